"""Gold items in the form that changes a campaign: shown, added and taken out, with their answers kept."""

import html
import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.ui.admin.calls import StaffForm
from app.ui.admin.campaigns.gold_fields import READ, gold_lines, gold_text, read_gold
from app.ui.visitor import Visitor
from app.views.sentences import say
from arena.campaigns.creation import CampaignPlan, create_campaign
from arena.campaigns.open_ballots import VoteInput
from arena.campaigns.scoring import ScoringPlan
from storage.audit import audit_lines
from storage.campaigns.gold_answers import GoldLine, list_gold
from storage.database.tables import CampaignQuestion, Question
from storage.values import CampaignKind, Role, Winner
from tests.app.admin_site import AdminSite
from tests.app.ui.admin.test_staff import Caller, edit, root, site
from tests.clocks import START

__all__ = ["root", "site"]

FIRST = (
    '{"question": "q0", "model_a": "model-0", "model_b": "model-1", "winner": "tie", "onboarding": true}\n'
    '{"question": "q1", "model_a": "model-1", "model_b": "model-2", "winner": "model_a"}'
)


def lines(site: AdminSite) -> list[GoldLine]:
    with site.database.reading() as session:
        return list_gold(session, site.arena.campaign)


def opened(root: Caller, campaign: int, **change: Any) -> dict[str, Any]:
    """The form as it is opened, gold items included, with changes."""
    shown = root.do("campaigns/change", campaign=campaign)["html"]
    field = re.search(r'<textarea[^>]*name="gold_rows"[^>]*>(.*?)</textarea>', shown, re.DOTALL)
    assert field is not None
    return edit(root, campaign) | {"gold_rows": html.unescape(field[1]).strip()} | change


def save(root: Caller, form: dict[str, Any]) -> str:
    question = root.do("campaigns/save", **form)["confirm"]
    root.do("campaigns/save", **form, confirmed=True, agreed=question["agreed"])
    return str(question["text"])


def test_gold_items_are_added_changed_and_taken_out_with_the_answers_of_the_others_kept(
    site: AdminSite, root: Caller
) -> None:
    chosen = site.arena.campaign
    assert opened(root, chosen)["gold_rows"] == ""
    said = save(root, opened(root, chosen, gold_rows=FIRST, gold_share="20"))
    assert "Gold items: 2 new or changed, 0 taken out or replaced." in said
    rater = site.arena.raters[0]
    practice = site.arena.voting.open_ballots(rater).current
    assert practice is not None
    site.arena.voting.vote(rater, practice.token, VoteInput(Winner.tie))
    first, second = lines(site)
    assert (first.onboarding, first.answers, first.right) == (True, 1, 1)
    form = opened(root, chosen, gold_share="20")
    assert form["gold_rows"].splitlines()[0] == "question\tmodel_a\tmodel_b\twinner\tonboarding\tsource"
    assert root.problem("campaigns/save", **form) == ("", say("en", "staff_nothing_changed"))
    row = form["gold_rows"].splitlines()
    changed = row[2].replace("\tmodel_a\t", "\tmodel_b\t")
    assert (len(row), changed != row[2]) == (3, True)
    said = save(root, form | {"gold_rows": "\n".join([*row[:2], changed])})
    assert "1 new or changed, 1 taken out or replaced" in said
    kept, new = lines(site)
    assert (kept, new.winner, new.id > second.id) == (first, "model_b", True)
    with site.database.reading() as session:
        assert [(one.old, one.new) for one in audit_lines(session) if one.what == "gold_rows"] == [("0", "2")]


def test_what_cannot_be_is_said_at_the_field_and_a_second_editor_is_told(site: AdminSite, root: Caller) -> None:
    chosen = site.arena.campaign
    for rows, part in (("question,winner\nq0,tie", "gold.csv"), (FIRST.replace("model-2", "model-9"), "model-9")):
        field, problem = root.problem("campaigns/save", **opened(root, chosen, gold_rows=rows))
        assert (field, part in problem) == ("gold_rows", True)
    assert lines(site) == []
    one = opened(root, chosen, gold_rows=FIRST)
    other = opened(root, chosen, gold_rows=FIRST.splitlines()[0], most_votes="9")
    save(root, one)
    question = root.do("campaigns/save", **other)["confirm"]
    assert question["title"] == say("en", "staff_conflict_title", name="campaign")
    shared = opened(root, chosen, gold_share="20")
    save(root, shared)
    without = opened(root, chosen, gold_rows="", gold_share="20")
    assert root.problem("campaigns/save", **without) == ("gold_share", say("en", "staff_gold_first"))
    save(root, without | {"gold_share": "0"})
    assert lines(site) == []


NASTY = ("plain", 'a, "b"', "tab\there", "two\nlines", " outer ", "中文，逗号", "{brace", "\u2028 line")


@pytest.mark.parametrize("text", NASTY)
def test_the_table_of_gold_items_is_read_as_it_was_written(text: str) -> None:
    pair = GoldLine(1, "s", text, "m0", "m1", "tie", None, None, None, True, None, 0, 0)
    score = GoldLine(2, "s", "q", text, None, None, "overall", 1.0, 2.5, False, text, 0, 0)
    for items in ([pair], [score], [pair, replace(pair, id=3, onboarding=False, explanation=text)]):
        form = StaffForm(Visitor(1, "root", Role.admin, "en", ""), {"gold_rows": gold_text(items)})
        read = [replace(row, where="") for row in read_gold(form)]
        assert read == list(gold_lines(items).values()), gold_text(items)
    assert gold_text([]) == ""


def test_rows_that_were_read_and_an_example_that_works_are_shown(site: AdminSite, root: Caller) -> None:
    shown = root.do("campaigns/draft", campaign=site.arena.campaign, guidelines="x", gold_rows=FIRST)["parts"][READ]
    assert say("en", "staff_gold_read", n=2, first=1, rest=1) in shown
    assert "model-1" in shown and say("en", "quality_winner_tie") in shown
    wrong = root.do("campaigns/draft", campaign=site.arena.campaign, guidelines="x", gold_rows="question\nq0")
    assert "gold.csv:2" in wrong["parts"][READ]
    form = root.do("campaigns/change", campaign=site.arena.campaign)["html"]
    example = re.search(r'data-example="([^"]*)"', form)
    assert example is not None
    save(root, opened(root, site.arena.campaign, gold_rows=html.unescape(example[1])))
    assert [(one.question, one.onboarding, one.winner) for one in lines(site)] == [("q0", True, "model_a")]


def test_the_example_of_a_campaign_of_scores_fits_its_questions_dimension_and_scale(
    site: AdminSite, root: Caller
) -> None:
    scoring = ScoringPlan(("tone", "length"), low=0, high=5)
    plan = CampaignPlan("scores", kind=CampaignKind.satisfaction, scoring=scoring, n_questions=1, seed=3)
    with site.database.writing() as session:
        number = create_campaign(session, plan, now=START)
        chosen = select(col(Question.key)).join(CampaignQuestion, col(CampaignQuestion.question_id) == col(Question.id))
        questions = set(session.execute(chosen.where(col(CampaignQuestion.campaign_id) == number)).scalars())
    form = root.do("campaigns/change", campaign=number)["html"]
    example = re.search(r'data-example="([^"]*)" data-scores="([^"]*)"', form)
    assert example is not None and example[1] == example[2], "what raters do is settled"
    save(root, opened(root, number, name="scores", gold_rows=html.unescape(example[1])))
    with site.database.reading() as session:
        (item,) = list_gold(session, number)
    assert (item.dimension, item.score_low, item.score_high) == ("tone", 4.0, 5.0)
    assert {item.question} == questions
