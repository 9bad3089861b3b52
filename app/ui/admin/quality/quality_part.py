"""The calls of the Quality page: one campaign, the report of a rater, a pause lifted, a pair decided or taken back."""

from collections.abc import Sequence

from sqlmodel import Session

from app.rendering.html import RenderedTurn
from app.ui.admin import parts
from app.ui.admin.calls import StaffCall, StaffForm, StaffPart, StaffReply
from app.ui.admin.parts import FormParts
from app.ui.admin.quality.raters_section import pauses_list, raters_table, report_card
from app.ui.admin.quality.review_section import WINNERS, PairTexts, decided_table, queue, remarks_table
from app.ui.visitor import RefusedForm, Visitor
from app.web.compare.rendered_texts import render_response, response_turns
from app.web.media.page_pictures import pictures_html, pictures_of
from arena.quality.report import measure_raters, report_rater
from storage.audit import Subject, record
from storage.campaigns.campaigns import campaigns
from storage.campaigns.rater_votes import shown_names
from storage.campaigns.review import DisputedPair, disputed_pairs, remarks
from storage.campaigns.rules import lift_pause, pauses
from storage.campaigns.tallies import last_answered
from storage.database.tables import Campaign
from storage.ledger.adjudications import LONGEST_REASON, decide, take_back
from storage.questions.transcripts import exchange_turns, question_turns
from storage.values import CampaignKind, Role, Turn, Winner, turn_plain_text

_KINDS = (CampaignKind.pairwise, CampaignKind.satisfaction)
"""Kinds of campaigns whose raters can be measured."""


class QualityPart(StaffPart):
    """Shows the quality of a campaign's raters, and lets reviewers decide disputed pairs."""

    def calls(self) -> dict[str, StaffCall]:
        """Return the calls of this page by name."""
        return {
            "quality": StaffCall(Role.reviewer, self.show),
            "quality/rater": StaffCall(Role.reviewer, self.show_rater),
            "quality/go-on": StaffCall(Role.admin, self.let_go_on),
            "quality/decide": StaffCall(Role.reviewer, self.decide_pair),
            "quality/take-back": StaffCall(Role.reviewer, self.take_decision_back),
        }

    def show(self, form: StaffForm) -> StaffReply:
        """Show the chosen campaign, else the one in which somebody answered last."""
        return self._page(form.visitor, form.row_id("campaign"))

    def show_rater(self, form: StaffForm) -> StaffReply:
        """Show the report of one rater under the table."""
        rater, campaign = form.row_id("rater"), form.row_id("campaign")
        with self.services.database.reading() as session:
            report = None if rater is None else report_rater(session, rater, campaign)
            measured = None if campaign is None else session.get(Campaign, campaign)
        if report is None:
            raise RefusedForm(form.visitor.say("staff_need_choice"))
        has_pairs = measured is None or measured.kind == CampaignKind.pairwise
        card = report_card(form.visitor, report, has_pairs=has_pairs)
        return StaffReply(parts={"stf-quality-rater": card}, focus="stf-quality-report")

    def let_go_on(self, form: StaffForm) -> StaffReply:
        """Lift the pause of a rater; administrators only."""
        visitor = form.visitor
        rater, campaign = form.row_id("rater") or 0, form.row_id("campaign") or 0
        with self.services.changing(visitor) as session:
            name = shown_names(session).get(rater, "")
            lift_pause(session, campaign, rater, by=visitor.rater_id, note="", now=self.services.clock())
            record(session, Subject.rater, rater, "quality pause", old=_name_of(session, campaign), new=None)
        reply = self._page(visitor, campaign)
        return StaffReply(html=reply.html, state=reply.state, said=visitor.say("quality_goes_on", name=name))

    def decide_pair(self, form: StaffForm) -> StaffReply:
        """Record a decision on a pair that waits for one."""
        visitor = form.visitor
        campaign = form.row_id("campaign") or 0
        winner = form.text("winner")
        if winner not in WINNERS:
            raise RefusedForm(visitor.say("quality_need_winner"), field="winner")
        reason = form.required("reason", "quality_need_reason", longest=LONGEST_REASON)
        with self.services.changing(visitor) as session:
            waiting = {"-".join(map(str, one.pair)): one.pair for one in disputed_pairs(session, campaign)}
            pair = waiting.get(form.text("pair"))
            if pair is None:
                raise RefusedForm(visitor.say("quality_decided_already"))
            now = self.services.clock()
            decide(session, pair, Winner(winner), actor_id=visitor.rater_id, reason=reason, now=now)
        reply = self._page(visitor, campaign)
        return StaffReply(html=reply.html, state=reply.state, said=visitor.say("quality_decided"))

    def take_decision_back(self, form: StaffForm) -> StaffReply:
        """Reverse a decision, after a question."""
        visitor = form.visitor
        if not form.is_confirmed:
            title, text = visitor.say("quality_back_title"), visitor.say("quality_back_text")
            return self.confirm(form, title, text, ok=visitor.say("quality_take_back"))
        with self.services.changing(visitor) as session:
            number, now = form.row_id("decision") or 0, self.services.clock()
            take_back(session, number, actor_id=visitor.rater_id, reason="", now=now)
        reply = self._page(visitor, form.row_id("campaign"))
        return StaffReply(html=reply.html, state=reply.state, said=visitor.say("quality_taken_back"))

    def _page(self, visitor: Visitor, wanted: int | None) -> StaffReply:
        with self.services.database.reading() as session:
            offered = [one for one in campaigns(session) if one.kind in _KINDS]
            chosen = wanted or last_answered(session, [int(one.id or 0) for one in offered])
            shown = next((one for one in offered if one.id == chosen), offered[-1] if offered else None)
            if shown is None:
                return StaffReply(html=parts.empty(visitor.say("quality_none"), visitor.say("quality_no_campaign")))
            content = self._campaign(session, visitor, shown)
        html = "".join(
            [
                '<div class="ui-stack">',
                parts.lead(visitor.say("quality_lead")),
                _chooser(visitor, offered, shown),
                '<p class="stf-said" role="status" tabindex="-1"></p>',
                content,
                "</div>",
            ]
        )
        return StaffReply(html=html, state={"campaign": shown.id})

    def _campaign(self, session: Session, visitor: Visitor, campaign: Campaign) -> str:
        number, has_pairs = int(campaign.id or 0), campaign.kind == CampaignKind.pairwise
        raters = raters_table(visitor, measure_raters(session, number), number, has_pairs=has_pairs)
        held = pauses_list(visitor, pauses(session, number))
        flags = parts.lead(visitor.say("quality_raters_lead"))
        return "".join(
            [
                parts.card(visitor.say("quality_raters"), f"{flags}{raters}{held}"),
                '<div id="stf-quality-rater"></div>',
                self._disputes(session, visitor, number) if has_pairs else "",
                parts.card(visitor.say("quality_remarks"), remarks_table(visitor, remarks(session, number))),
            ]
        )

    def _disputes(self, session: Session, visitor: Visitor, number: int) -> str:
        waiting = queue(visitor, disputed_pairs(session, number), lambda one: self._texts(session, visitor, one))
        made = decided_table(visitor, disputed_pairs(session, number, decided=True), shown_names(session))
        lead = parts.lead(visitor.say("quality_queue_lead"))
        return parts.card(visitor.say("quality_queue"), f"{lead}{waiting}{made}")

    def _texts(self, session: Session, visitor: Visitor, one: DisputedPair) -> PairTexts:
        renderer, gone = self.services.renderer, visitor.say("admin_picture_gone")

        def pictures(turns: list[Turn]) -> str:
            return pictures_html(pictures_of(session, turns), gone)

        first = question_turns(session, one.pair.question_id)[:1]
        asked = turn_plain_text(first[0])
        question = renderer.render_turns([RenderedTurn(asked, by="user")])
        left, right = (
            response_turns(exchange_turns(session, number))
            for number in (one.pair.response_a_id, one.pair.response_b_id)
        )
        return PairTexts(
            asked,
            question + pictures(first),
            render_response(renderer, left) + pictures(left),
            render_response(renderer, right) + pictures(right),
        )


def _chooser(visitor: Visitor, offered: Sequence[Campaign], shown: Campaign) -> str:
    form = FormParts(visitor, "quality", {"campaign": str(shown.id)})
    options = [(one.name, str(one.id)) for one in reversed(offered)]
    field = form.select("campaign", visitor.say("admin_campaign"), options)
    return form.wrap("quality", f'<div class="stf-with">{field}{parts.button(visitor.say("staff_show"), "")}</div>')


def _name_of(session: Session, campaign: int) -> str | None:
    return next((one.name for one in campaigns(session) if one.id == campaign), None)
