"""Crowd work on the Campaigns page: the link by which people of a platform join, and what they meet on the way.

The comprehension check is written as text: a question on a line, its answers on the lines below, the right one with
a star in front; an empty line ends a question.
"""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from app.rendering.guidelines import guidelines_html
from app.rendering.html import render_plain
from app.ui.admin import parts
from app.ui.admin.calls import StaffCall, StaffForm, StaffPart, StaffReply
from app.ui.admin.campaigns.campaign_fields import LONGEST_GUIDELINES, bar, beside
from app.ui.admin.campaigns.campaigns_part import chosen_campaign
from app.ui.admin.parts import FormParts, Option
from app.ui.visitor import RefusedForm, Visitor
from app.views.board import language_name
from arena.campaigns.blindness import telling_word
from storage.accounts.crowd import CheckQuestion, CrowdTerms, crowd_terms, set_crowd_terms
from storage.campaigns.campaigns import names
from storage.values import LANGUAGES, Language, Role

MOST_QUESTIONS = 10
LONGEST_CODE = 100
LONGEST_URL = 1000
_CONSENT, _CHECK = "stf-consent-shown", "stf-check-shown"
"""Ids of the elements with the consent text and the check as people see them."""


class CrowdPart(StaffPart):
    """Sets up crowd links; administrators only."""

    def calls(self) -> dict[str, StaffCall]:
        """Return the calls of this form by name."""
        return {
            "campaigns/crowd": StaffCall(Role.admin, self.edit),
            "campaigns/crowd-draft": StaffCall(Role.admin, self.draft),
            "campaigns/crowd-save": StaffCall(Role.admin, self.save),
        }

    def edit(self, form: StaffForm) -> StaffReply:
        """Show the form with the present link, or with that of a new one."""
        visitor, say = form.visitor, form.visitor.say
        with self.services.database.reading() as session:
            campaign = chosen_campaign(session, form)
            number = int(campaign.id or 0)
            terms = crowd_terms(session, number)
        fields = _fields(
            visitor, FormParts(visitor, "crowd", _values(terms or CrowdTerms("", language=visitor.language)))
        )
        save = f'<button type="submit" class="ui-button is-primary">{render_plain(say("staff_save"))}</button>'
        body = (
            FormParts(visitor, "crowd")
            .wrap(
                "campaigns/crowd-save",
                f'{_link(visitor, terms)}{fields}<div class="stf-nav">{save}</div>',
                draft=f"crowd.{number}.{visitor.name}",
                sends={"campaign": number},
            )
            .replace("<form ", '<form data-live="campaigns/crowd-draft" ', 1)
        )
        close = parts.button(say("staff_back_to_campaign"), "campaigns", kind="is-quiet", key="back", campaign=number)
        said = '<p class="stf-said" role="status" tabindex="-1"></p>'
        title = say("staff_crowd_title", name=campaign.name)
        content = f"{parts.lead(say('staff_crowd_lead'))}{body}"
        card = parts.card(title, content, identity="stf-crowd-card", closing=close)
        html = f'<div class="ui-stack">{said}{card}</div>'
        return StaffReply(html=html, focus="stf-crowd-card", state={"campaign": number})

    def draft(self, form: StaffForm) -> StaffReply:
        """Show the consent text and the check as people will see them."""
        visitor = form.visitor
        consent = form.text("consent", longest=LONGEST_GUIDELINES)
        language: Language = "zh" if form.values.get("language") == "zh" else "en"
        shown = guidelines_html(self.services.renderer, consent, language) if consent else ""
        empty = parts.lead(visitor.say("staff_consent_none"))
        return StaffReply(parts={_CONSENT: shown or empty, _CHECK: _check_shown(form)})

    def save(self, form: StaffForm) -> StaffReply:
        """Store the link; its address stays the same."""
        visitor = form.visitor
        with self.services.changing(visitor) as session:
            campaign = chosen_campaign(session, form)
            number = int(campaign.id or 0)
            before = crowd_terms(session, number)
            terms = _read(form, self.services.mint() if before is None else before.token)
            for field, text in (("consent", terms.consent), ("questions", written(terms.questions))):
                told = telling_word(text, names(session, number)[0])
                if told is not None:
                    raise RefusedForm(visitor.say("staff_tells", word=told[0], model=told[1]), field=field)
            set_crowd_terms(session, number, terms)
        said = visitor.say("staff_crowd_saved" if terms.is_open else "staff_crowd_closed", name=campaign.name)
        return replace(self.edit(form), said=said, cleared=True)


def written(questions: Sequence[CheckQuestion]) -> str:
    """Return the questions of a check as they are written in the form."""
    blocks = [
        "\n".join([one.text, *(f"{'*' if place == one.right else ''}{text}" for place, text in enumerate(one.options))])
        for one in questions
    ]
    return "\n\n".join(blocks)


def parse_questions(visitor: Visitor, text: str) -> tuple[CheckQuestion, ...]:
    """Return the questions that a text describes.

    Raises:
        RefusedForm: a question has fewer than two answers, or not one right answer.
    """
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        if not lines:
            continue
        question, options = lines[0], lines[1:]
        right = [place for place, option in enumerate(options) if option.startswith("*")]
        if len(options) < 2 or len(right) != 1:
            raise RefusedForm(visitor.say("staff_need_answers", question=question), field="questions")
        found.append(CheckQuestion(question, tuple(option.lstrip("* ") for option in options), right[0]))
    if len(found) > MOST_QUESTIONS:
        raise RefusedForm(visitor.say("staff_many_questions", most=MOST_QUESTIONS), field="questions")
    return tuple(found)


def _values(terms: CrowdTerms) -> dict[str, str]:
    """Return the values of the fields for the terms of a link."""
    return {
        "is_open": "yes" if terms.is_open else "no",
        "parameter": terms.parameter,
        "consent": terms.consent,
        "questions": written(terms.questions),
        "completion_code": terms.completion_code,
        "return_url": terms.return_url,
        "language": terms.language,
    }


def _fields(visitor: Visitor, form: FormParts) -> str:
    """Return the fields in the order in which people meet them: the link, what comes first, and the way back."""
    say = visitor.say
    states: list[Option] = [(say("staff_crowd_open"), "yes"), (say("staff_crowd_shut"), "no")]
    languages: list[Option] = [(language_name(code, visitor.language), code) for code in LANGUAGES]
    join = [
        form.select("is_open", say("staff_crowd_state"), states),
        form.line("parameter", say("staff_parameter"), hint=say("staff_parameter_hint"), longest=60),
        form.select("language", say("admin_language"), languages, hint=say("staff_crowd_language_hint")),
    ]
    consent = form.area("consent", say("staff_consent"), hint=say("staff_consent_hint"), rows=8)
    questions = form.area("questions", say("staff_check"), hint=say("staff_check_hint"), rows=8)
    after = [
        form.line("completion_code", say("staff_code"), hint=say("staff_code_hint"), longest=LONGEST_CODE),
        form.line("return_url", say("staff_return"), hint=say("staff_return_hint"), longest=LONGEST_URL, kind="url"),
    ]
    first = beside(consent, visitor, _CONSENT) + beside(questions, visitor, _CHECK, name="staff_check_read")
    return "".join(
        parts.section(say(f"staff_crowd_{name}"), content)
        for name, content in (("join", bar(join)), ("first", first), ("after", bar(after)))
    )


def _check_shown(form: StaffForm) -> str:
    """Return the questions of the check with their right answers marked, or what is wrong with the text."""
    visitor = form.visitor
    try:
        found = parse_questions(visitor, form.text("questions", longest=LONGEST_GUIDELINES))
    except RefusedForm as error:
        return parts.note(str(error), "is-alert")
    if not found:
        return parts.lead(visitor.say("staff_check_none"))
    right = f' <span class="stf-right">✓ {render_plain(visitor.say("staff_check_right"))}</span>'
    blocks = []
    for one in found:
        options = "".join(
            f'<li dir="auto">{render_plain(text)}{right if place == one.right else ""}</li>'
            for place, text in enumerate(one.options)
        )
        blocks.append(f'<p dir="auto"><strong>{render_plain(one.text)}</strong></p><ul>{options}</ul>')
    return "".join(blocks)


def _read(form: StaffForm, token: str) -> CrowdTerms:
    say = form.visitor.say
    parameter = form.required("parameter", "staff_need_parameter", longest=60)
    if not (parameter.isascii() and parameter.replace("_", "").replace("-", "").isalnum()):
        raise RefusedForm(say("staff_need_parameter"), field="parameter")
    address = form.text("return_url", longest=LONGEST_URL)
    if address and (urlsplit(address).scheme != "https" or not urlsplit(address).netloc):
        raise RefusedForm(say("staff_need_https"), field="return_url")
    return CrowdTerms(
        token=token,
        is_open=form.choice("is_open", ["yes", "no"]) == "yes",
        parameter=parameter,
        consent=form.text("consent", longest=LONGEST_GUIDELINES),
        questions=parse_questions(form.visitor, form.text("questions", longest=LONGEST_GUIDELINES)),
        completion_code=form.text("completion_code", longest=LONGEST_CODE),
        return_url=address,
        language=form.choice("language", list(LANGUAGES)),
    )


def _link(visitor: Visitor, terms: CrowdTerms | None) -> str:
    """Return the field with the address as the platform needs it, or that there is none yet."""
    if terms is None:
        return parts.note(visitor.say("staff_crowd_link_none"))
    address = f"{visitor.site}/join/{terms.token}?{terms.parameter}={{{{%{terms.parameter}%}}}}"
    copied, copy = render_plain(visitor.say("staff_copied")), render_plain(visitor.say("staff_copy"))
    return (
        f'<div class="ui-field"><label for="stf-crowd-link">{render_plain(visitor.say("staff_crowd_link"))}</label>'
        f'<div class="stf-with stf-link"><input class="ui-input" id="stf-crowd-link" readonly dir="ltr" '
        f'value="{render_plain(address)}"><button type="button" class="ui-button" data-copy="stf-crowd-link" '
        f'data-done="{copied}">{copy}</button></div>'
        f'<p class="ui-hint">{render_plain(visitor.say("staff_crowd_link_hint"))}</p></div>'
    )
