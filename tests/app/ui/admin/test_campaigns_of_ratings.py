"""Campaigns in which responses are rated: forms and pages speak of responses and ratings, and numbers add up."""

import re
from html import unescape
from typing import Any

import pytest

from app.views.campaign_words import SHAPES
from app.views.sentences import say
from arena.campaigns.blindness import default_guidelines
from arena.campaigns.creation import CampaignPlan, create_campaign, progress
from arena.campaigns.score_recording import ScoreInput
from arena.campaigns.scoring import ScoringPlan
from arena.campaigns.service import RatingService
from storage.campaigns.campaigns import campaigns, guidelines, invite_raters
from storage.campaigns.rules import QualityRules, set_rules
from storage.campaigns.tallies import raters, workers
from storage.ledger.preferences import exclude
from storage.values import LANGUAGES, BallotState, CampaignKind, Language
from tests.app.admin_site import AdminSite
from tests.app.ui.admin.test_staff import NEW, Caller, root, site
from tests.app.views.test_campaign_words import PAIRS
from tests.clocks import START

__all__ = ["root", "site"]

RATINGS = NEW | {
    "name": "Ratings",
    "kind": "satisfaction",
    "dimensions": ["overall"],
    "scale_low": "1",
    "scale_high": "5",
    "layout": "single",
    "policy": "informative",
    "guidelines": "",
}
KINDS = re.compile(r"<fieldset[^>]*><legend>(?:What raters do|标注方式)</legend>.*?</fieldset>", re.DOTALL)


def seen(html: str, shape: str) -> str:
    """The text of a page as its style shows it to somebody who chose a kind with this shape."""
    for tag in ("span", "label", "div"):
        for asks in {found for found in re.findall(r'data-asks="([^"]+)"', html) if shape not in found.split()}:
            html = re.sub(rf'<{tag}[^>]* data-asks="{asks}">.*?</{tag}>', "", html, flags=re.DOTALL)
            html = re.sub(rf'<{tag} data-asks="{asks}">.*?</{tag}>', "", html, flags=re.DOTALL)
    html = re.sub(r"<textarea.*?</textarea>", "", html, flags=re.DOTALL)  # the guidelines have a test of their own
    return unescape(re.sub(r"<[^>]+>", " ", KINDS.sub("", html)))


def make(site: AdminSite, **more: Any) -> int:
    """A campaign of ratings with the two raters of the site."""
    with site.database.writing() as session:
        plan = CampaignPlan("Ratings", kind=CampaignKind.satisfaction, scoring=ScoringPlan(("overall",), **more))
        number = create_campaign(session, plan, now=START)
        invite_raters(session, number, list(site.arena.raters[:2]))
    return number


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_form_and_page_uses_the_words_of_what_is_asked(site: AdminSite, root: Caller, language: Language) -> None:
    site.speak("root", language)
    wizard = root.do("campaigns/new")["html"]
    for shape in SHAPES:
        assert bool(PAIRS.search(seen(wizard, shape))) == (shape == "pair"), shape
    for label in {"en": ("“Very poor”", "“Excellent”"), "zh": ("“很差”", "“优秀”")}[language]:
        assert wizard.count(label) == 1, "at the field of its end, in the language of the reader"
    made = make(site)
    for call in ("campaigns/change", "campaigns/open", "campaigns/pause", "campaigns/close"):
        reply = root.do(call, campaign=made)
        assert not PAIRS.search(seen(str(reply.get("html") or reply["confirm"]), "response")), call
    assert PAIRS.search(seen(root.do("campaigns/change", campaign=site.arena.campaign)["html"], "pair"))


@pytest.mark.parametrize(("layout", "size"), [("single", "12 responses, 24 ratings"), ("side_by_side", "8 answers")])
def test_the_size_of_a_campaign_of_ratings_is_in_its_own_words(root: Caller, layout: str, size: str) -> None:
    form = RATINGS | {"layout": layout, "models": []}
    shown = root.do("campaigns/preview", **form)["parts"]
    assert f"3 models, 4 questions: {size} to collect." in shown["stf-wiz-size"]
    assert say("en", "staff_kind_satisfaction_long") in shown["stf-wiz-summary"]
    assert not PAIRS.search(seen(shown["stf-wiz-summary"], ""))
    assert "1 (Very poor) to 5 (Excellent)" in shown["stf-wiz-summary"]
    unnamed = root.do("campaigns/preview", **form | {"name": ""})["parts"]["stf-wiz-size"]
    assert unnamed == shown["stf-wiz-size"], "the size is known before everything else is"
    alone = root.do("campaigns/preview", **form | {"models": ["model-0"]})["parts"]["stf-wiz-size"]
    assert "1 model, 4 questions" in alone, "one model is enough"


def test_built_in_guidelines_fit_the_kind(site: AdminSite, root: Caller) -> None:
    of_ratings = default_guidelines(CampaignKind.satisfaction)
    assert not PAIRS.search(of_ratings) and PAIRS.search(default_guidelines())
    said = root.do("campaigns/create", **RATINGS)["said"]
    assert said == "“Ratings” is open: 8 responses, 16 ratings to collect."
    with site.database.reading() as session:
        made = campaigns(session)[1]
        assert guidelines(session, int(made.id or 0), 1) == of_ratings
        assert made.policy == "deficit", "without pairs there are no close models"
    assert (
        "Score each response by itself"
        in root.do("campaigns/preview", **RATINGS | {"name": "x"})["parts"]["stf-wiz-guidelines"]
    )


def test_what_raters_did_adds_up_in_every_place(site: AdminSite, root: Caller) -> None:
    chosen, (one, other) = site.arena.campaign, site.arena.raters[:2]
    with site.database.writing() as session:
        set_rules(session, chosen, QualityRules(repeat_share=0.5, repeat_gap=1))
    answered = [site.vote(one, n=6), site.vote(other, n=3)]
    with site.database.reading() as session:
        team = {line.rater_id: line for line in workers(session, chosen)}
        done = progress(session, campaigns(session)[0])
    repeats = [sum(team[rater].special.values()) for rater in (one, other)]
    assert [team[rater].ballots[BallotState.voted] for rater in (one, other)] == answered
    assert repeats[0] > 0 and done.ballots[BallotState.voted] == sum(answered) - sum(repeats)
    n_votes = done.ballots[BallotState.voted]
    told = f"{n_votes} votes + {sum(repeats)} repeats = {sum(answered)} answers."
    html = root.do("campaigns")["html"]
    assert told in html
    row = re.search(r'<tr[^>]*><th scope="row"[^>]*><span dir="auto">r0</span></th>(.*?)</tr>', html)
    assert row is not None
    cells = [int(cell) for cell in re.findall(r">(\d+)</td>", row[1])]
    assert cells[:2] == [answered[0] - repeats[0], repeats[0]]
    with site.database.writing() as session:
        exclude(session, rater_id=other, actor_id=None, reason="clicks", now=START)
    assert say("en", "campaign_sum_excluded", n=answered[1]) in root.do("campaigns")["html"]


def test_ratings_are_counted_by_rater_and_by_model_with_their_time(site: AdminSite, root: Caller) -> None:
    chosen, rater = make(site), site.arena.raters[0]
    rating = RatingService(site.database, clock=site.services.clock, mint=site.services.mint)
    ballots = rating.open_ballots(rater, chosen)
    for seconds in (4.0, 9.0):
        assert ballots.current is not None
        ballots = rating.rate(rater, ballots.current.token, ScoreInput([{"overall": 3}], seconds=seconds))
    with site.database.reading() as session:
        (line,) = (line for line in raters(session) if line.rater_id == rater)
        (worker,) = (one for one in workers(session, chosen) if one.rater_id == rater)
    assert (line.votes, line.ratings, worker.ordinary, worker.median_seconds) == (0, 2, 2, 6.5)
    html = root.do("campaigns/open", campaign=chosen)["html"]
    section = html.split(say("en", "staff_by_model"))[-1]
    counts = [int(cell) for cell in re.findall(r"<td[^>]*>(\d+)</td>", section)]
    assert (sum(counts[:3]), len(counts[:3])) == (2, 3), "models without a rating are listed too"
