"""The forms of campaigns: ready-made checks mean what they say, and the last step lists every kind of choice."""

import html
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.ui.admin.campaigns.campaign_fields import check_values
from app.ui.admin.campaigns.quality_fields import COST
from app.ui.admin.campaigns.wizard.campaign_summary import plan_summary
from app.ui.admin.campaigns.wizard.wizard_steps import WizardChoices, wizard_steps
from app.ui.admin.parts import FormParts
from app.ui.visitor import Visitor
from app.views.campaign_words import say_of
from app.views.sentences import say
from arena.campaigns.creation import CampaignPlan
from arena.campaigns.forecast import CampaignForecast
from arena.campaigns.gold_files import GoldRow
from arena.campaigns.settings import DrawingSettings, check_settings
from arena.quality.presets import OWN, PRESETS, extra_answers, preset_of
from storage.campaigns.question_choice import QuestionCounts
from storage.campaigns.rules import QualityRules, set_rules
from storage.values import LANGUAGES, CampaignKind, Language, Role, Winner
from tests.app.admin_site import AdminSite
from tests.app.ui.admin.test_staff import NEW, Caller, root, site
from tests.clocks import START

__all__ = ["root", "site"]

SIZE = CampaignForecast(n_models=2, n_questions=4, n_pairs=90, n_votes=90)
GOLD = "\n".join(["question,model_a,model_b,winner", *(f"q{n},model-0,model-1,model_a" for n in range(4))])


def filled(name: str) -> dict[str, Any]:
    """The fields of checks as the page fills them for a preset."""
    values = check_values(PRESETS[name])
    return {"checks": name} | {field: "" if value is None else str(value) for field, value in values.items()}


def reviewed(plan: CampaignPlan, key: str, language: Language = "en") -> list[tuple[str, str]]:
    """Names and values that the last step lists of one step of the form."""
    summary = plan_summary(Visitor(1, "root", Role.admin, language, ""), plan, SIZE, [])
    (section,) = (part for part in summary.split("<section")[1:] if f'data-go="{key}"' in part)
    cells = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", section)
    return [(re.sub("<[^>]+>", "", name), html.unescape(value)) for name, value in cells]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_known_by_its_checks_and_needs_no_more_gold_items_than_it_says(name: str) -> None:
    rules = PRESETS[name]
    assert preset_of(replace(rules, most_votes=7, overlap_share=0.3)) == name, "the rest of the rules is no check"
    assert preset_of(replace(rules, repeat_gap=rules.repeat_gap + 1)) == OWN
    enough = rules.pause_after or 0
    check_settings(DrawingSettings(rules=rules), silent=enough, onboarding=0, now=None)


def test_checks_cost_what_their_share_of_all_answers_adds() -> None:
    assert [extra_answers(rules, 100) for rules in PRESETS.values()] == [0, 5, 25]
    strict = extra_answers(PRESETS["strict"], 90)
    assert strict / (90 + strict) == pytest.approx(0.2, abs=0.01), "a fifth of all answers are checks"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_fills_what_a_preset_says(site: AdminSite, root: Caller, language: Language) -> None:
    site.speak("root", language)
    form = root.do("campaigns/new")["html"]
    fills = json.loads(html.unescape(re.findall(r'data-fills="([^"]*)"', form)[0]))
    assert fills == {name: {key: filled(name)[key] for key in fills[name]} for name in PRESETS}
    for name, rules in PRESETS.items():
        told = say_of(language, "pair", f"campaign_checks_{name}", **check_values(rules))
        assert told in html.unescape(form)
        assert all(str(value) in told for value in (rules.pause_fast, rules.pause_after) if value is not None)
    assert 'value="none" checked' in form


@pytest.mark.parametrize(
    ("rules", "chosen"),
    [(QualityRules(repeat_share=0.05, pause_fast=12), "light"), (QualityRules(repeat_share=0.06), OWN)],
)
def test_the_form_that_changes_a_campaign_shows_the_checks_in_force(
    site: AdminSite, root: Caller, rules: QualityRules, chosen: str
) -> None:
    with site.database.writing() as session:
        set_rules(session, site.arena.campaign, rules)
    form = root.do("campaigns/change", campaign=site.arena.campaign)["html"]
    assert re.findall(r'name="checks" value="(\w+)" checked', form) == [chosen]


def test_strict_checks_without_known_answers_are_refused_where_these_are_entered(root: Caller) -> None:
    form = NEW | filled("strict")
    missing = say("en", "staff_checks_need_gold", least=5, n=0)
    assert root.problem("campaigns/create", **form) == ("gold_rows", missing)
    assert missing in root.do("campaigns/preview", **form, gold_rows="")["parts"]["stf-gold-read"]
    few = say("en", "staff_checks_need_gold", least=5, n=4)
    assert root.problem("campaigns/create", **form, gold_rows=GOLD) == ("gold_rows", few)
    shown = root.do("campaigns/preview", **NEW | filled("light"))["parts"]
    assert shown["stf-gold-read"] == ""
    assert "8 votes" in root.do("campaigns/preview", **form | {"overlap": "2"})["parts"][COST]
    assert root.do("campaigns/preview", **NEW)["parts"][COST] == ""


def test_the_form_says_what_an_empty_store_lacks() -> None:
    visitor = Visitor(1, "root", Role.admin, "en", "")
    shown = wizard_steps(
        visitor, FormParts(visitor, "wizard"), WizardChoices(QuestionCounts({}, {}, {}), [], [], "", None)
    )
    for missing in ("questions", "models"):
        assert f"<strong>{say('en', f'staff_{missing}_none')}</strong>" in shown
        assert f'name="{missing}"' not in shown, "there is nothing to choose"


def test_the_details_list_the_settings_in_force(site: AdminSite, root: Caller) -> None:
    chosen = site.arena.campaign
    with site.database.writing() as session:
        set_rules(session, chosen, replace(PRESETS["light"], most_votes=1200, deadline=START + timedelta(days=1)))
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", root.do("campaigns/open", campaign=chosen)["html"]))
    assert (facts["Raters per pair"], facts["Votes per rater, at most"], facts["Checks"]) == ("1", "1,200", "Light")
    assert (facts["Gold items"], facts["Raters are paused"]) == ("None", "After 12 hasty votes in a row")
    assert facts["Deadline (UTC)"] == f"{START + timedelta(days=1):%Y-%m-%d %H:%M}"


QUESTIONS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({}, [("Questions", "All that can be answered")]),
    ({"like": 3, "category": ("math",)}, [("Questions", "Those of the original campaign")]),
    ({"category": ("math", "")}, [("Category", "math, None")]),
    ({"language": ("zh",)}, [("Language", "Chinese")]),
    ({"source": ("a", "b")}, [("Source", "a, b")]),
    ({"search": "sum & <b>"}, [("Words in the question", "sum & <b>")]),
    ({"n_questions": 1200}, [("Number of questions", "1,200")]),
    (
        {"source": ("a",), "search": "x", "n_questions": 2},
        [("Source", "a"), ("Words in the question", "x"), ("Number of questions", "2")],
    ),
]


@pytest.mark.parametrize(("chosen", "expected"), QUESTIONS)
def test_the_last_step_lists_how_questions_are_chosen(chosen: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert reviewed(CampaignPlan("x", **chosen), "questions") == expected


def test_the_last_step_says_what_pauses_a_rater_and_what_checks_cost() -> None:
    gold = [
        GoldRow("", "test", "q0", "model-0", "model-1", Winner.tie, None, None, None, "", onboarding)
        for onboarding in (True, False)
    ]
    strict = dict(reviewed(CampaignPlan("x", rules=PRESETS["strict"], gold=gold), "quality"))
    assert strict["Raters are paused"] == "Below 60% right after 5 known answers, or after 6 hasty votes in a row"
    assert (strict["Checks"], strict["Extra votes"]) == ("Strict", "About 22")
    assert strict["Gold items"] == "1 mixed in (10%), 1 as practice"
    none = dict(reviewed(CampaignPlan("x", kind=CampaignKind.satisfaction), "quality"))
    assert (none["Checks"], none["Raters are paused"], none["Extra ratings"]) == ("None", "Never", "None")
    assert (
        dict(reviewed(CampaignPlan("x", rules=PRESETS["light"]), "quality", "zh"))["暂停标注员"] == "连续 12 次投票过快"
    )
