"""The pages of our own for admins, through their endpoints: who may call what, what changes, and what is said."""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.ui.admin.campaigns.campaign_details import CampaignFacts, details, shown_state
from app.ui.admin.endpoints import StaffEndpoints
from app.ui.admin.pages import staff_parts
from app.ui.visitor import Visitor
from app.views.campaign_words import say_of
from app.views.sentences import say, sentences
from app.web.accounts.sessions import COOKIE, SignIns
from arena.campaigns.blindness import default_guidelines
from arena.campaigns.creation import CampaignPlan, CampaignProgress, create_campaign
from arena.decisions.stop_sign import Reason, StopSign
from arena.live.creation import LivePlan, create_live_campaign
from storage.accounts.crowd import crowd_terms
from storage.accounts.raters import find_person
from storage.audit import audit_lines
from storage.campaigns.campaigns import campaigns, guidelines, rater_ids
from storage.campaigns.rules import QualityRules, rules_of, set_rules
from storage.campaigns.tallies import raters, sources
from storage.conversations.live_campaigns import live_models
from storage.database.tables import Campaign, Model, Question, Rater
from storage.ledger import chain
from storage.values import BallotState, CampaignKind, CampaignState, RaterKind, Role
from tests.app.admin_site import AdminSite, admin_site
from tests.clocks import START

READS = {
    "campaigns",
    "campaigns/open",
    "data",
    "quality",
    "quality/rater",
    "quality/decide",
    "quality/take-back",
    "live",
}
"""What reviewers may call; everything else needs an administrator. Written down a second time on purpose."""

HOSTILE = "<img src=x onerror=window.__x=1>${window.__x=1}{{x}}\u202e"
NEW = {
    "name": "Second study",
    "kind": "pairwise",
    "questions": "filters",
    "models": ["model-0", "model-1"],
    "overlap": "2",
    "overlap_share": "100",
    "policy": "deficit",
    "uniform_share": "10",
    "asks": ["ask_strength"],
    "gold_share": "0",
    "repeat_share": "0",
    "repeat_gap": "10",
    "guidelines": "Be fair.",
    "people": ["ann"],
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    """A campaign of three models, four questions and two raters without an account."""
    with admin_site(tmp_path) as built:
        yield built


class Caller:
    """Calls of one person."""

    def __init__(self, site: AdminSite, name: str | None = "root") -> None:
        """Sign in, as nobody if there is no name."""
        sign_ins = SignIns(site.database, clock=site.services.clock)
        self.endpoints = StaffEndpoints(site.services, staff_parts(site.services), sign_ins=sign_ins)
        self.client = TestClient(Starlette(routes=self.endpoints.routes()))
        if name is not None:
            self.client.cookies.set(COOKIE, sign_ins.open(site.people[name]))

    def post(self, call: str, **values: Any) -> tuple[int, dict[str, Any]]:
        answer = self.client.post(f"/{call}", json=values)
        return answer.status_code, answer.json()

    def do(self, call: str, **values: Any) -> dict[str, Any]:
        status, reply = self.post(call, **values)
        assert status == 200, reply
        return reply

    def problem(self, call: str, **values: Any) -> tuple[str, str]:
        status, reply = self.post(call, **values)
        assert status >= 400, reply
        return reply["field"], reply["problem"]


@pytest.fixture
def root(site: AdminSite) -> Caller:
    return Caller(site)


def state_of(site: AdminSite) -> tuple[Any, ...]:
    with site.database.reading() as session:
        studies = [(one.name, one.state, rater_ids(session, int(one.id or 0))) for one in campaigns(session)]
        return (chain.head(session), studies, raters(session), audit_lines(session))


def test_each_call_needs_its_role_and_a_refused_one_changes_nothing(site: AdminSite, root: Caller) -> None:
    needs = {name: call.needs for name, call in root.endpoints.calls.items()}
    assert needs == {name: Role.reviewer if name in READS else Role.admin for name in needs}
    before = state_of(site)
    for who, statuses in ((None, {401}), ("ann", {403}), ("gone", {401}), ("rev", {403})):
        caller = Caller(site, who)
        for name in needs:
            if who == "rev" and name in READS:
                continue
            assert caller.post(name, campaign=1, rater=1, confirmed=True)[0] in statuses, (who, name)
        assert caller.client.post("/export", data={"kind": "dataset"}).status_code in statuses
    assert root.client.post("/campaigns", content="[]", headers={"content-type": "application/json"}).status_code == 400
    assert root.client.post("/campaigns", content="x=1").status_code == 415
    assert state_of(site) == before
    assert "stf-pause" not in Caller(site, "rev").do("campaigns")["html"], "reviewers have no controls"


def test_names_from_files_are_text_on_every_page(site: AdminSite, root: Caller) -> None:
    with site.database.writing() as session:
        for model in session.exec(select(Model)):
            model.name = f"{HOSTILE}{model.id}"
        session.add(Rater(kind=RaterKind.human, source=HOSTILE, key=HOSTILE, created_at=START))
        session.add(Question(source=HOSTILE, key="q", turns=None, created_at=START))
        campaigns(session)[0].name = HOSTILE
    root.do("campaigns/add", campaign=site.arena.campaign, people=["ann"])
    for call in ("campaigns", "raters", "data", "changes", "campaigns/new", "campaigns/change"):
        html = root.do(call, campaign=site.arena.campaign)["html"]
        assert "<img" not in html and "\u202e" not in html, call
        assert "&lt;img src=x" in html, call


def test_progress_counts_by_rater_and_by_pair(site: AdminSite, root: Caller) -> None:
    site.vote(site.arena.raters[0], n=3)
    html = root.do("campaigns")["html"]
    assert "3 of 12" in html
    assert 'role="progressbar"' in html and 'aria-valuenow="25"' in html
    row = re.search(r'<tr[^>]*><th scope="row"[^>]*><span dir="auto">r0</span></th>(.*?)</tr>', html)
    assert row is not None
    assert re.findall(r">([^<>]+)</td>", row[1])[:3] == ["3", "0", "8 s"], "votes, skips, median of 7, 8 and 9 seconds"
    assert html.count("stf-versus") == 3, "pairs without a vote are listed too"


def test_a_campaign_opens_in_place_of_the_list_and_the_way_back_leads_to_its_row(site: AdminSite, root: Caller) -> None:
    alone = root.do("campaigns")["html"]
    assert 'id="stf-campaign"' in alone and "stf-campaign-list" not in alone, "the only campaign needs no list"
    for name in ("Second study", "Third study"):
        root.do("campaigns/create", **NEW | {"name": name})
    listed = root.do("campaigns")["html"]
    assert re.findall(r'id="stf-open-(\d)"', listed) == ["3", "2", "1"], "newest first"
    assert 'id="stf-campaign"' not in listed
    opened = root.do("campaigns/open", campaign=2)
    assert (opened["focus"], opened["state"]) == ("stf-campaign", {"campaign": 2})
    assert 'id="stf-campaign"' in opened["html"] and "stf-campaign-list" not in opened["html"]
    assert "&quot;left&quot;:2" in opened["html"]
    back = root.do("campaigns", campaign=None, left=2)
    assert (back["focus"], "stf-campaign-list" in back["html"]) == ("stf-open-2", True)


def test_an_open_campaign_says_that_it_is_complete_or_over(site: AdminSite, root: Caller) -> None:
    def badge() -> str:
        return str(re.findall(r'class="ui-badge [^>]*>([^<]+)', root.do("campaigns")["html"])[0])

    assert badge() == say("en", "admin_state_open")
    with site.database.writing() as session:
        set_rules(session, site.arena.campaign, QualityRules(deadline=START - timedelta(hours=1)))
    assert badge() == say("en", "staff_deadline_over")
    assert 'is-primary" id="stf-change"' in root.do("campaigns")["html"], "a passed deadline is changed or left"
    with site.database.writing() as session:
        set_rules(session, site.arena.campaign, QualityRules())
    site.vote(site.arena.raters[0])
    html = root.do("campaigns")["html"]
    assert badge() == say("en", "staff_complete") and say_of("en", "pair", "campaign_undecided_text") in html
    assert '<button type="button" class="ui-button is-primary" id="stf-change"' in html, "one rater decides nothing"
    root.do("campaigns/close", campaign=site.arena.campaign, confirmed=True)
    assert badge() == say("en", "admin_state_closed")


def test_a_complete_campaign_offers_to_close_it_where_nothing_is_left_to_decide() -> None:
    campaign = Campaign(
        id=1, name="c", kind=CampaignKind.satisfaction, state=CampaignState.open, overlap=1, created_at=START
    )
    done = CampaignProgress([], 1, 1, 1, 1, {BallotState.voted: 1}, {}, {})
    state = shown_state(campaign, done, is_over=True)
    assert state == "complete", "votes that are all there matter more than a deadline"
    html = details(
        Visitor(1, "root", Role.admin, "en", ""),
        CampaignFacts(campaign, "response", done, state, (), set(), (), "", ()),
    )
    assert "Every response has the ratings that were asked for." in html
    assert re.findall(r'is-primary" id="(stf-[a-z]+)"', html) == ["stf-close"]


@pytest.mark.parametrize(("reason", "first"), [("too_close", "stf-close"), ("few_raters", "stf-change")])
def test_a_complete_campaign_asks_for_more_raters_only_where_they_may_decide(reason: Reason, first: str) -> None:
    campaign = Campaign(
        id=1, name="c", kind=CampaignKind.pairwise, state=CampaignState.open, overlap=1, created_at=START
    )
    done = CampaignProgress(["x", "y"], 1, 1, 1, 1, {BallotState.voted: 1}, {("x", "y"): 1}, {})
    sign = StopSign("impossible", reason, "x", "y", 9, 1)
    facts = CampaignFacts(campaign, "pair", done, "complete", (), set(), (), "", (), sign)
    html = details(Visitor(1, "root", Role.admin, "en", ""), facts)
    text = "campaign_complete_text" if reason == "too_close" else "campaign_undecided_text"
    assert say_of("en", "pair", text) in html
    assert re.findall(r'is-primary" id="(stf-[a-z]+)"', html) == [first]


def test_pausing_and_closing_say_first_what_happens_to_open_pairs(site: AdminSite, root: Caller) -> None:
    site.arena.voting.open_ballots(site.arena.raters[0])
    chosen = site.arena.campaign
    steps = {"pause": CampaignState.paused, "resume": CampaignState.open, "close": CampaignState.closed}
    for call, state in steps.items():
        reply = root.do(f"campaigns/{call}", campaign=chosen)
        if call != "resume":
            reserved = 1 if call == "pause" else 0
            asked = say_of("en", "pair", "campaign_open_ballots", shown=1, reserved=reserved)
            assert asked in reply["confirm"]["text"], "asked first"
            reply = root.do(f"campaigns/{call}", campaign=chosen, confirmed=True)
        with site.database.reading() as session:
            assert campaigns(session)[0].state == state
        assert "campaign" in reply["said"]
    for wrong in (None, "", "99", "x", "1; drop table", -1, True):
        assert root.problem("campaigns/pause", campaign=wrong) == ("", say("en", "admin_need_choice"))


def test_raters_join_and_leave_a_campaign(site: AdminSite, root: Caller) -> None:
    chosen, ann = site.arena.campaign, site.people["ann"]
    assert root.problem("campaigns/add", campaign=chosen, people=[]) == ("people", say("en", "admin_need_people"))
    assert root.do("campaigns/add", campaign=chosen, people=["ann", "nobody"])["said"] == say(
        "en", "admin_let_in_done", n=1
    )
    assert "confirm" in root.do("campaigns/remove", campaign=chosen, rater=ann)
    root.do("campaigns/remove", campaign=chosen, rater=ann, confirmed=True)
    with site.database.reading() as session:
        assert ann not in rater_ids(session, chosen)


def test_the_last_step_lists_what_each_step_chose_with_a_way_back(root: Caller) -> None:
    def review(**entries: object) -> dict[str, str]:
        summary = root.do("campaigns/preview", **{**NEW, **entries})["parts"]["stf-wiz-summary"]
        sections = {re.findall(r'data-go="(\w+)"', part)[0]: part for part in summary.split("<section")[1:]}
        assert list(sections) == ["name", "questions", "models", "guidelines", "workload", "quality", "people"]
        return sections

    own = review(n_questions="3", source=["test"])
    assert say("en", "staff_guidelines_own") in own["guidelines"]
    questions = re.findall(r"<dd[^>]*>([^<]*)", own["questions"])
    assert questions == ["test", "3"]
    assert f'{say("en", "staff_step_change")}<span class="ui-hidden"> {say("en", "staff_step_models")}' in own["models"]
    plain = review(guidelines=default_guidelines(CampaignKind.pairwise), people=[])
    assert say("en", "staff_guidelines_built_in") in plain["guidelines"]
    assert say("en", "staff_all_questions") in plain["questions"]
    assert say("en", "staff_people_later") in plain["people"]


def test_the_last_step_shows_the_campaign_that_is_made(site: AdminSite, root: Caller) -> None:
    summary = root.do("campaigns/preview", **NEW)["parts"]
    assert "2 models, 4 questions: 4 pairs, 8 votes to collect." in summary["stf-wiz-size"]
    assert "Second study" in summary["stf-wiz-summary"] and "Be fair." in summary["stf-wiz-guidelines"]
    fewer = root.do("campaigns/preview", **NEW, n_questions="3")["parts"]["stf-wiz-size"]
    assert "2 models, 3 questions: 3 pairs, 6 votes to collect." in fewer and "With checks" not in fewer
    repeats = root.do("campaigns/preview", **NEW | {"repeat_share": "20"})["parts"]["stf-wiz-size"]
    assert "8 votes to collect. With checks: about 10 votes." in repeats, "a fifth of what is answered is repeats"
    made = root.do("campaigns/create", **NEW)
    assert made["said"] == "“Second study” is open: 4 pairs, 8 votes to collect."
    assert made["cleared"]
    with site.database.reading() as session:
        second = campaigns(session)[1]
        assert (second.overlap, rater_ids(session, 2)) == (2, [site.people["ann"]])
        assert guidelines(session, 2, 1) == "Be fair."
    clone = root.do("campaigns/clone", campaign=2)["html"]
    assert "Copy of Second study" in clone and 'value="same" checked' in clone
    again = NEW | {"name": "Third", "questions": "same", "like": 2, "search": "ignored", "models": []}
    assert "3 models, 4 questions: 12 pairs, 24 votes to collect." in str(root.do("campaigns/preview", **again))


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"name": " "}, "name", "admin_need_name"),
    ({"name": "campaign"}, "name", "admin_name_taken"),
    ({"name": "About MODEL-0"}, "name", "staff_tells"),
    ({"guidelines": "model-1 is ours"}, "guidelines", "staff_tells"),
    ({"overlap": "0"}, "overlap", "staff_need_number"),
    ({"overlap": "1.5"}, "overlap", "staff_need_number"),
    ({"deadline": "2020-01-01T00:00"}, "deadline", "staff_deadline_past"),
    ({"deadline": "soon"}, "deadline", "staff_need_time"),
    ({"gold_share": "10"}, "gold_share", "staff_gold_first"),
    ({"pause_after": "3"}, "pause_below", "staff_need_both"),
    ({"repeat_share": "70"}, "repeat_share", "staff_need_percent"),
    ({"models": ["model-0"]}, "models", "campaign_size_none_pair"),
    ({"search": "no such words"}, "search", "campaign_size_none_pair"),
    ({"policy": "luck"}, "policy", "staff_need_choice"),
    ({"kind": "satisfaction", "scale_low": "3", "scale_high": "3"}, "scale_high", "staff_need_steps"),
    (
        {"kind": "satisfaction", "scale_low": "1", "scale_high": "5", "layout": "single", "dimensions": []},
        "dimensions",
        "staff_need_dimensions",
    ),
]


def test_what_cannot_be_is_said_at_its_field(site: AdminSite, root: Caller) -> None:
    before = state_of(site)
    for change, field, key in WRONG:
        at, problem = root.problem("campaigns/create", **NEW | change)
        values = {"word": "MODEL-0", "model": "model-0", "name": "campaign", "now": "2026-01-01 09:00"}
        values |= {"word": "model-1", "model": "model-1"} if field == "guidelines" else {}
        bounds = {"staff_need_steps": {"low": 3, "high": 3}, "staff_need_number": {"low": 1, "high": 100}}
        assert (at, problem) == (field, say("en", key, most=12, **values, **bounds.get(key, {"low": 0, "high": 50}))), (
            change
        )
    assert state_of(site) == before


def edit(root: Caller, campaign: int) -> dict[str, Any]:
    """What a form that changes a campaign holds when it is opened."""
    html = root.do("campaigns/change", campaign=campaign)["html"]
    sends = re.search(r'data-sends="(\{&quot;campaign.*?\})"', html)
    assert sends is not None
    values = dict(re.findall(r"&quot;(\w+)&quot;:(?:&quot;)?(\w+)", sends[1]))
    rest = {key: value for key, value in NEW.items() if key not in ("models", "people", "questions", "kind")}
    return rest | {"name": "campaign", "overlap": "1", **values, "campaign": campaign}


def test_a_change_says_its_effect_and_two_editors_lose_nothing(site: AdminSite, root: Caller) -> None:
    chosen = site.arena.campaign
    site.arena.voting.open_ballots(site.arena.raters[0])
    form = edit(root, chosen) | {"overlap": "3", "most_votes": "50", "deadline": "2030-01-01T10:00"}
    question = root.do("campaigns/save", **form)["confirm"]
    assert question["changes"] == [
        ["Guidelines", "", "New version"],
        ["Raters per pair", "1", "3"],
        ["Votes per rater, at most", "No limit", "50"],
        ["Deadline (UTC)", "None", "2030-01-01 10:00"],
    ]
    assert "1 on screen, 1 reserved" in question["text"]
    assert "given that many" not in question["text"], "nobody has reached the new number"
    lower = root.do("campaigns/save", **form | {"most_votes": "2"})["confirm"]["text"]
    assert "1 rater has given that many votes already and gets no more." in lower
    count = root.do("campaigns/draft", **form)["parts"]["stf-change-count"]
    assert "Guidelines, Raters per pair, Votes per rater, at most, Deadline (UTC)" in count
    assert root.do("campaigns/draft", **form | {"overlap": "none"})["parts"]["stf-change-count"] == ""
    with site.database.writing() as session:
        set_rules(session, chosen, QualityRules(most_votes=7))
    second = root.do("campaigns/save", **form, confirmed=True, agreed=question["agreed"])["confirm"]
    assert second["title"] == say("en", "staff_conflict_title", name="campaign"), "it was changed in the meantime"
    said = root.do("campaigns/save", **form, confirmed=True, agreed=second["agreed"])
    assert said["said"].startswith("“campaign” was changed") and said["cleared"]
    with site.database.reading() as session:
        assert campaigns(session)[0].overlap == 3
        rules = rules_of(session, chosen)
        assert rules.most_votes == 50 and rules.deadline is not None
        assert guidelines(session, chosen, 2) == "Be fair."
        assert {line.what for line in audit_lines(session)} == {"overlap", "most_votes", "deadline", "guidelines"}
    assert root.problem("campaigns/save", **edit(root, chosen) | {"guidelines": ""})[0] == "guidelines"
    unchanged = edit(root, chosen) | {"overlap": "3", "most_votes": "50", "deadline": "2030-01-01T10:00"}
    assert say("en", "staff_edit_none") in root.do("campaigns/draft", **unchanged)["parts"]["stf-change-count"]
    assert root.problem("campaigns/save", **unchanged) == ("", say("en", "staff_nothing_changed"))


def test_toasts_and_chips_say_what_is_true_after_the_action(site: AdminSite, root: Caller) -> None:
    ann = site.people["ann"]
    assert root.problem("raters/exclude", rater=ann, reason=" ") == ("reason", say("en", "admin_need_reason"))
    assert "confirm" in root.do("raters/exclude", rater=ann, reason="clicks <b>fast</b>")
    out = root.do("raters/exclude", rater=ann, reason="clicks <b>fast</b>", confirmed=True)
    assert say("en", "staff_votes_excluded", name="ann", n=0) in out["said"]
    assert say("en", "staff_votes_out") in out["html"] and "clicks &lt;b&gt;fast" in out["html"]
    off = root.do("raters/sign-in", rater=ann, active=False)
    excluded = say("en", "staff_votes_excluded", name="ann", n=0)
    assert off["said"] == f"{say('en', 'staff_cannot_sign_in', name='ann')} {excluded}"
    assert "count on" not in off["said"], "an excluded person's votes do not count, whatever else happens"
    assert root.problem("raters/exclude", rater=ann, reason="again")[1] == say(
        "en", "admin_excluded_already", name="ann"
    )
    root.do("raters/sign-in", rater=ann, active=True)
    back = root.do("raters/readmit", rater=ann, reason="was wrong")
    assert say("en", "staff_votes_count", name="ann", n=0) in back["said"]
    assert root.problem("raters/readmit", rater=ann, reason="x")[1] == say("en", "admin_counts_already", name="ann")


def cards(root: Caller, *people: int) -> dict[int, str]:
    """The card of each of these raters, as HTML."""
    pages = {who: root.do("raters/open", rater=who)["html"] for who in people}
    return {who: html[html.index('id="stf-rater"') : html.index("</section>")] for who, html in pages.items()}


def test_roles_and_passwords_are_changed_and_never_ones_own_role(site: AdminSite, root: Caller) -> None:
    ann, own = site.people["ann"], site.people["root"]
    root.do("raters/role", rater=ann, role="reviewer")
    assert root.problem("raters/role", rater=own, role="annotator")[0] == "role"
    assert root.problem("raters/role", rater=ann, role="king")[0] == "role"
    assert root.problem("raters/sign-in", rater=own, active=False)[1] == say("en", "admin_not_yourself")
    assert root.problem("raters/erase", rater=own)[1] == say("en", "admin_not_yourself")
    offered = {
        who: set(re.findall(r'data-call="raters/([a-z-]+)"', html)) for who, html in cards(root, ann, own).items()
    }
    assert offered[ann] - offered[own] == {"role", "sign-in", "erase"}, "what the server refuses is not offered"
    assert say("en", "staff_own_account") in cards(root, own)[own]
    assert root.problem("raters/sign-in", rater=site.arena.raters[0])[1] == say("en", "admin_no_account")
    assert root.problem("raters/password", rater=ann, password="short")[0] == "password"
    root.do("raters/password", rater=ann, password="correct horse battery")
    with site.database.reading() as session:
        person = find_person(session, "ann")
        assert person is not None and person.role is Role.reviewer and person.password_hash != "no hash"
        assert "horse" not in str(audit_lines(session)) and person.password_hash not in str(audit_lines(session))
    assert "confirm" in root.do("raters/erase", rater=ann)
    root.do("raters/erase", rater=ann, confirmed=True)
    assert ">ann<" not in root.do("changes")["html"], "the name is gone from the log too"


def test_invitations_are_made_listed_and_revoked(site: AdminSite, root: Caller) -> None:
    offer = {"role": "annotator", "days": "7", "language": "zh", "campaign": str(site.arena.campaign)}
    link = re.search(r'value="([^"]+)"', root.do("invitations/make", **offer)["parts"]["stf-invite-made"])
    assert link is not None
    token = link[1].rsplit("/", 1)[1]
    found = site.accounts.invitation(token)
    assert (found.language, found.campaign_id) == ("zh", 1)
    assert timedelta(days=6) < found.expires_at - site.services.clock() < timedelta(days=7)
    assert token not in root.do("raters")["html"]
    for wrong in ("0", "366", "", "x"):
        assert root.problem("invitations/make", role="annotator", days=wrong)[0] == "days"
    assert root.problem("invitations/make", role="annotator", days="7", campaign="99")[0] == "campaign"
    name = re.search(r"<code>(\w+)</code>", root.do("raters")["html"])
    assert name is not None
    assert "confirm" in root.do("invitations/revoke", invitation=name[1])
    assert say("en", "staff_invite_revoked") in str(root.do("invitations/revoke", invitation=name[1], confirmed=True))
    assert root.post("invitations/revoke", invitation=name[1], confirmed=True)[0] == 409


def upload(root: Caller, content: str, name: str = "more.jsonl") -> str:
    piece = b64encode(content.encode()).decode()
    return str(root.do("imports/piece", upload="", file=name, start=0, piece=piece)["state"]["upload"])


def test_a_file_is_checked_shown_and_then_imported(site: AdminSite, root: Caller) -> None:
    one = upload(root, '{"key": "q9", "turns": ["Why <b>so</b>?"]}\n')
    before = state_of(site)
    tried = root.do("imports/check", upload=one, content="questions")["parts"]["stf-import-result"]
    assert ">Why &lt;b&gt;so&lt;/b&gt;?<" in tried and ">Import 1 row<" in tried
    assert state_of(site) == before
    assert Caller(site, "rev").post("imports/check", upload=one)[0] == 403
    lacking = upload(root, '{"key": "q7"}\n{"key": "q8", "turns": ["And then?", "Why?"]}\n', "lacking.jsonl")
    tried = root.do("imports/check", upload=lacking, content="questions")["parts"]["stf-import-result"]
    assert ">And then? / Why?<" in tried and ">Import 2 rows (1 without a text)<" in tried
    root.do("imports/store", upload=one, content="questions")
    with site.database.reading() as session:
        assert {line.source: line.questions for line in sources(session)}["more"] == 1
        assert [(line.what, line.name) for line in audit_lines(session)] == [("import", "more.jsonl")]
    assert root.post("imports/store", upload=one, content="questions")[0] == 404, "a file is imported once"
    bad = upload(root, '{"key": "q1", "turns": ["x"]}\n{"key": 7, "turns": []}\n', "../../etc/bad.jsonl")
    refused = root.do("imports/check", upload=bad, content="questions")["parts"]["stf-import-result"]
    assert say("en", "staff_import_refused") in refused and "evenhand-uploads" not in refused
    assert root.problem("imports/check", content="questions")[0] == "file"
    assert root.post("imports/piece", upload=bad, file="x", start=3, piece="AAAA")[0] == 400


def test_everything_is_exported_as_a_file_and_the_log_says_so(site: AdminSite, root: Caller) -> None:
    site.vote(site.arena.raters[0], n=2)
    whole = root.client.post("/export", data={"kind": "dataset", "format": "jsonl"})
    assert whole.status_code == 200 and whole.content[:2] == b"PK"
    votes = root.client.post("/export", data={"kind": "preferences", "format": "jsonl"})
    assert len(votes.text.splitlines()) == 2
    assert "attachment" in votes.headers["content-disposition"]
    assert root.client.post("/export", data={"kind": "secrets", "format": "jsonl"}).status_code == 400
    with site.database.reading() as session:
        assert [line.new for line in audit_lines(session)] == ["preferences", "dataset"]


def test_the_store_is_counted_by_source(site: AdminSite) -> None:
    site.vote(site.arena.raters[0], n=5)
    html = Caller(site, "rev").do("data")["html"]
    row = re.search(r'<tr[^>]*><th scope="row"[^>]*><span dir="auto">test</span></th>(.*?)</tr>', html)
    assert row is not None
    assert re.findall(r">([^<>]+)</td>", row[1]) == ["4", "0", "12", "5", "0", "0"]
    assert "stf-import" not in html, "reviewers import nothing"


def test_chinese_readers_get_the_chinese_part_of_guidelines_first(site: AdminSite, root: Caller) -> None:
    site.speak("root", "zh")
    html = root.do("campaigns")["html"]
    assert html.index("您会看到一个问题") < html.index("You will see a question")


def test_every_text_of_the_log_exists_for_what_is_recorded() -> None:
    recorded = {"account", "role", "sign_in", "password", "erased", "campaign", "exclusion", "created", "state", "name"}
    recorded |= {"guidelines", "overlap", "policy", "uniform_share", "import", "export", "crowd", "pause_lifted"}
    recorded |= set(QualityRules.__dataclass_fields__)
    assert {f"staff_what_{name}" for name in recorded} <= set(sentences("en"))


def test_a_crowd_link_is_set_up_with_a_check_and_hides_the_models(site: AdminSite, root: Caller) -> None:
    chosen = site.arena.campaign
    form = {"campaign": chosen, "is_open": "yes", "parameter": "PROLIFIC_PID", "language": "zh"}
    form |= {"consent": "Be kind.", "completion_code": "C1", "return_url": "https://platform.example/x"}
    form |= {"questions": "Longer is better?\nYes\n*No\n\nMay you skip?\n* Yes\nNo"}
    for change, field in (
        ({"questions": "Only one answer?\n*Yes"}, "questions"),
        ({"questions": "Which?\nA\nB"}, "questions"),
        ({"return_url": "javascript:alert(1)"}, "return_url"),
        ({"parameter": "a b"}, "parameter"),
        ({"consent": "You will see Model-1"}, "consent"),
        ({"language": "xx"}, "language"),
    ):
        assert root.problem("campaigns/crowd-save", **form | change)[0] == field
    assert say("en", "staff_crowd_link_none") in root.do("campaigns/crowd", campaign=chosen)["html"]
    shown = root.do("campaigns/crowd-draft", **form)["parts"]
    assert "Be kind." in shown["stf-consent-shown"]
    assert re.findall(r"<li[^>]*>(\w+) <span", shown["stf-check-shown"]) == ["No", "Yes"], "the right ones are marked"
    wrong = root.do("campaigns/crowd-draft", **form | {"consent": "", "questions": "Which?\nA\nB"})["parts"]
    assert say("en", "staff_need_answers", question="Which?") in wrong["stf-check-shown"]
    assert say("en", "staff_consent_none") in wrong["stf-consent-shown"]
    saved = root.do("campaigns/crowd-save", **form)
    assert "/join/" in saved["html"] and saved["cleared"]
    with site.database.reading() as session:
        terms = crowd_terms(session, chosen)
    assert terms is not None and [one.right for one in terms.questions] == [1, 0]
    root.do("campaigns/crowd-save", **form | {"is_open": "no"})
    with site.database.reading() as session:
        after = crowd_terms(session, chosen)
        assert after is not None and (after.token, after.is_open) == (terms.token, False)
        assert [line.what for line in audit_lines(session)] == ["crowd", "crowd"]


def test_a_model_of_a_live_campaign_is_switched_off_and_on_by_admins_only(site: AdminSite, root: Caller) -> None:
    with site.database.writing() as session:
        create_live_campaign(session, LivePlan("Live", ["model-0", "model-1"]), now=START)
        number = next(one.id for one in live_models(session) if one.name == "model-0")
    assert root.do("live/switch", model=number)["said"] == "model-0 is off."
    with site.database.reading() as session:
        assert [one.is_on for one in live_models(session)] == [False, True]
    html = Caller(site, "rev").do("live")["html"]
    assert "model-0" in html and "live/switch" not in html, "reviewers see states and have no controls"
    assert root.do("live/switch", model=number)["said"] == "model-0 is on."


def test_the_form_of_a_campaign_leads_back_to_what_was_seen(site: AdminSite, root: Caller) -> None:
    assert say("en", "staff_back_to_campaign") in root.do("campaigns/new")["html"], "the only one stands open"
    with site.database.writing() as session:
        create_campaign(session, CampaignPlan("another"), now=START)
    assert say("en", "staff_back_to_list") in root.do("campaigns/new")["html"]
