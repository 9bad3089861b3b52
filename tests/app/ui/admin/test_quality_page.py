"""The Quality page through its endpoints: measures, a pause lifted, a pair decided and taken back, remarks."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.ui.admin.quality.raters_section import by_number
from app.ui.admin.quality.review_section import short_title, with_formulas
from app.views.sentences import say
from arena.campaigns.creation import CampaignPlan, create_campaign
from arena.campaigns.open_ballots import VoteInput
from arena.campaigns.score_recording import ScoreInput
from arena.campaigns.scoring import ScoringPlan
from storage.campaigns import rules
from storage.campaigns.campaigns import invite_raters
from storage.campaigns.review import disputed_pairs
from storage.campaigns.rules import BrokenRule
from storage.ledger.adjudications import decisions
from storage.values import CampaignKind, Winner
from tests.app.admin_site import AdminSite, admin_site
from tests.app.ui.admin.test_staff import HOSTILE, Caller


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    """Two raters disagree on a pair; the first flags it with a hostile comment, and is paused."""
    with admin_site(tmp_path) as built:
        with built.database.writing() as session:
            session.connection().exec_driver_sql("UPDATE campaign SET overlap = 2")
        for place, rater in enumerate(built.arena.raters):
            opened = built.arena.voting.open_ballots(rater)
            while opened.current is not None:
                left_first = opened.current.left_id < opened.current.right_id
                winner = Winner.model_a if left_first == (place == 0) else Winner.model_b
                flagged = place == 0 and opened.current.question_id == 1
                extra = {"flag": "broken", "comment": HOSTILE} if flagged else {}
                opened = built.arena.voting.vote(rater, opened.current.token, VoteInput(winner, **extra))  # type: ignore[arg-type]
        with built.database.writing() as session:
            broken = BrokenRule("gold", 1, 6)
            rules.pause_rater(session, 1, built.arena.raters[0], broken, now=built.arena.clock())
        yield built


def test_a_reviewer_reads_decides_and_takes_back_without_seeing_a_model(site: AdminSite) -> None:
    caller = Caller(site, "rev")
    status, page = caller.post("quality")
    assert status == 200
    html = page["html"]
    assert "&lt;img src=x" in html
    assert "<img src=x" not in html
    assert "model-0" not in html  # neither the table of raters nor the pairs to decide name a model
    assert "quality/go-on" not in html  # for administrators
    with site.database.reading() as session:
        first = disputed_pairs(session, 1)[0].pair
    key = "-".join(map(str, first))
    assert caller.post("quality/decide", campaign=1, pair=key, winner="best", reason="x")[1]["field"] == "winner"
    assert caller.post("quality/decide", campaign=1, pair=key, winner="tie", reason=" ")[1]["field"] == "reason"
    status, done = caller.post("quality/decide", campaign=1, pair=key, winner="tie", reason=HOSTILE)
    assert (status, done["said"]) == (200, "The decision is recorded. The votes stay as they are.")
    assert "<img src=x" not in done["html"]
    with site.database.reading() as session:
        (made,) = decisions(session)
    assert (made.winner, made.actor_id, made.pair) == (Winner.tie, site.people["rev"], first)
    again = caller.post("quality/decide", campaign=1, pair=key, winner="tie", reason="late")
    assert again[0] == 400
    assert "Somebody has decided" in again[1]["problem"]
    asked = caller.post("quality/take-back", campaign=1, decision=made.position)[1]
    assert asked["confirm"]["title"] == "Take this decision back?"
    caller.post("quality/take-back", campaign=1, decision=made.position, confirmed=True)
    with site.database.reading() as session:
        assert decisions(session) == []


def test_an_administrator_lifts_a_pause_and_reads_the_report_of_a_rater(site: AdminSite) -> None:
    caller = Caller(site)
    rater = site.arena.raters[0]
    assert "quality/go-on" in caller.post("quality", campaign=1)[1]["html"]
    status, done = caller.post("quality/go-on", campaign=1, rater=rater)
    assert (status, done["said"]) == (200, "r0 can go on in this campaign.")
    with site.database.reading() as session:
        assert not rules.is_paused(session, 1, rater)
    assert caller.post("quality/go-on", campaign=1, rater=rater)[0] == 404
    report = caller.post("quality/rater", campaign=1, rater=rater)[1]["parts"]["stf-quality-rater"]
    assert "Report on r0" in report
    assert "–" in report  # no gold item was answered, which is unknown
    shown = dict(re.findall(r'<tr[^>]*><th scope="row"[^>]*>([^<]+)</th><td[^>]*>([^<]+)<', report))
    assert (shown["Ties"], shown["Same answer as another rater, pair by pair"]) == ("0%", "0.0%"), (
        "they always disagree"
    )
    assert caller.post("quality/rater", campaign=1, rater=99)[0] == 400


def test_raters_of_a_campaign_of_scores_are_measured_without_what_only_pairs_have(site: AdminSite) -> None:
    plan = CampaignPlan("Scores", kind=CampaignKind.satisfaction, scoring=ScoringPlan(("overall",)))
    with site.database.writing() as session:
        number = create_campaign(session, plan, now=site.arena.clock())
        invite_raters(session, number, site.arena.raters[:1])
    service, rater = site.arena.rating(), site.arena.raters[0]
    opened = service.open_ballots(rater, number)
    assert opened.current is not None
    service.mark_shown(rater, opened.current.token)
    site.arena.clock.forward(seconds=6)
    service.rate(rater, opened.current.token, ScoreInput([{"overall": 4}], seconds=6.0, comment="Reads well."))
    html = Caller(site, "rev").post("quality", campaign=number)[1]["html"]
    row = re.search(r'<tr[^>]*><th scope="row"[^>]*><span dir="auto">r0</span></th>(.*?)</tr>', html)
    assert row is not None
    assert re.findall(r">([^<>]+)</td>", row[1]) == ["None", "1", "6.0", "–", "–"]
    assert "Reads well." in html
    assert "quality/decide" not in html
    report = Caller(site, "rev").post("quality/rater", campaign=number, rater=rater)[1]["parts"]["stf-quality-rater"]
    assert "Report on r0" in report
    assert re.findall(r'<tr[^>]*><th scope="row"[^>]*>([^<]+)</th>', report) == [
        *("Median seconds", "Seconds in a hidden tab, in all", "Scores given too fast to have looked"),
        *("Right answers to silent gold items", "Right answers to practice items"),
        "Repeated items scored alike, within one step",
    ]
    assert say("en", "quality_influence_unknown") not in report, "a score moves no leaderboard of votes"


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Is 3 > 2 in C#?", "Is 3 > 2 in C#?"),
        ("a | b, 2 * 3, 2**3 and 2**4, 5 `", "a | b, 2 * 3, 2**3 and 2**4, 5 `"),
        ("# **Why** does `x` > y?\n> * as **quoted**", "Why does x > y? as quoted"),
        ("请**注意**：\n```python\n#include = 1\n```\n#tag", "请注意： #include = 1 #tag"),
        ("word " * 20, "word word word…"),
        ("字" * 20, "字" * 16 + "…"),
        ("It is due now. Is it?", "It is due now…"),
        ("Solve $x^2 + y^2 = 1$ for x", "Solve…"),
        ("Is it \\$5 or \\$6 today?", "Is it \\$5 or \\$6…"),
    ],
)
def test_a_title_loses_marks_of_markdown_and_nothing_that_is_asked(question: str, title: str) -> None:
    assert short_title(question, 17 if title.endswith("…") else 80) == title


def test_formulas_of_a_title_are_drawn_and_everything_else_stays_text() -> None:
    drawn = with_formulas("Is $\\frac{1}{2}$ < 1 & <b>?").html
    assert "<mfrac>" in drawn and "$" not in drawn and drawn.endswith("&lt; 1 &amp; &lt;b&gt;?")
    for line in ("It costs $4 or 5$", "1. $x$", "a *b* c", "$\\unknown{x}$", "$x$ [there](https://example.org)"):
        assert "<math" not in with_formulas(line).html and "<a " not in with_formulas(line).html


def test_the_second_rater_comes_before_the_tenth() -> None:
    names = ["10", "a", "B", "rater 2", "rater 10", "rater 10b", "rater x", "rater²", "评 3", "评 12"]
    assert sorted(set(names), key=by_number) == names


def test_the_page_speaks_chinese(site: AdminSite) -> None:
    site.speak("rev", "zh")
    assert "待裁定的回答对" in Caller(site, "rev").post("quality")[1]["html"]
