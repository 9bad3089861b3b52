"""The Judges page: progress, counts, figures, statistics and the choice of a judge."""

import random
import re
from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest
from sqlalchemy import text

from app.ui.judges.overview import ListedJudge, judges_list
from app.ui.judges.page import COMMANDS, JudgesPage
from app.ui.judges.report import N_REPORT
from app.ui.judges.watch import RECENT, JudgeWatch
from app.views.fused.judge_verdicts import JudgeFigures
from app.views.judge_charts.rows import category_figure, pair_figure
from app.views.judge_charts.scores import category_means_figure, score_figure
from app.views.judges import PAIR_ENDS, pair_end
from app.views.sentences import say
from arena.agreement.report import measure
from arena.bias.report import measure_bias
from judging.chat.model import RequestCause
from judging.run.items import all_pairs, make_items
from judging.run.judge import Judge
from storage.database.engine import open_database
from storage.judges.judgeable import Scope, judgeable
from storage.judges.outcome_counts import JudgmentOutcome, Spending, read_outcomes, read_spending
from storage.judges.replies import JudgeLine, judges
from storage.ledger import chain
from storage.ledger.battle_reading import Selection
from storage.ledger.preferences import exclude
from storage.values import RaterKind
from tests.app.admin_site import asking
from tests.app.judged_site import SALT, JudgedSite
from tests.app.ui.admin.judges.conftest import (
    STANDING,
    change,
    examine,
    first_is_m1,
    rows,
    show,
    shown,
)
from tests.clocks import Clock
from tests.judging.judged_store import NOW, ScriptedJudge, answers, fill, prompts, run
from tests.stores import void_row


def test_an_empty_store_says_how_to_start_a_judge(site: JudgedSite) -> None:
    page = show(site)
    assert say("en", "judges_none") in shown(page)
    assert COMMANDS[0] in shown(page) and COMMANDS[0].startswith("evenhand judge pairwise --model")
    assert change(page[0]) == {"visible": False}


def test_every_outcome_is_a_bar_of_its_own_and_none_is_counted_as_another(site: JudgedSite) -> None:
    def by_question(prompt: str) -> str | RequestCause:
        one, two = answers(prompt)
        if "question 0 turn" in prompt:
            return "[[A]]" if one < two else "[[B]]"  # the same model in both orders: A is better
        if "question 1 turn" in prompt:
            return "[[C]]"  # a tie in both
        if "question 2 turn" in prompt:
            return "[[A]]"  # whoever is first: inconsistent
        return "[[C]]" if one < two else "no verdict"  # one order says nothing: failed

    judge = site.judge_pairs(by_question)
    outcomes = JudgeWatch(site.database, site.clock).look(judge).outcomes
    ends: Counter[str] = Counter()
    for outcome, number in outcomes.items():
        ends[pair_end(outcome)] += number
    assert ends == {"a": 3, "tie": 3, "inconsistent": 3, "failed": 3}
    figure = pair_figure(outcomes, "en").to_dict()
    labels = figure["layout"]["yaxis"]["ticktext"]
    drawn = dict(zip(labels, figure["data"][0]["x"], strict=True))
    assert drawn == {
        say("en", "judges_end_a"): 0.25,
        say("en", "judges_end_tie"): 0.25,
        say("en", "judges_end_b"): 0.0,
        say("en", "judges_end_inconsistent"): 0.25,
        say("en", "judges_end_failed"): 0.25,
    }
    parts = category_figure(outcomes, "en").to_dict()["data"]
    by_category = {part["name"]: list(part["x"]) for part in parts}
    assert by_category[say("en", "judges_end_tie")] == [0.5, 0.0], "code has the ties of question 1"
    assert by_category[say("en", "judges_end_inconsistent")] == [0.0, 0.5]
    for place in range(2):
        assert sum(column[place] for column in by_category.values()) == pytest.approx(1.0)


def test_a_win_and_a_tie_are_in_between(site: JudgedSite) -> None:
    judge = site.judge_pairs(lambda prompt: "[[A]]" if answers(prompt)[0] < answers(prompt)[1] else "[[C]]", n=1)
    figure = pair_figure(JudgeWatch(site.database, site.clock).look(judge).outcomes, "en").to_dict()
    assert list(figure["data"][0]["x"])[PAIR_ENDS.index("fractional")] == 1.0
    assert figure["layout"]["xaxis"]["tickvals"][-1] == 1.0, "no mark beyond all judgments"


@pytest.mark.parametrize(("wins", "ties"), [(2, 3), (1, 0), (1, 24)])
def test_the_marks_of_the_axis_reach_the_longest_bar(wins: int, ties: int) -> None:
    outcomes = Counter(
        {
            JudgmentOutcome("judgement", None, "", "scored", None, 1.0, 0.0, 1.0): wins,
            JudgmentOutcome("judgement", None, "", "scored", None, 0.5, 0.0, 1.0): ties,
        }
    )
    marks = pair_figure(outcomes, "en").to_dict()["layout"]["xaxis"]["tickvals"]
    assert max(wins, ties) / (wins + ties) <= marks[-1] <= 1.0
    assert marks[0] == 0.0 and 3 <= len(marks) <= 7


def test_tiles_count_judgments_failures_tokens_and_cost(site: JudgedSite) -> None:
    judge = site.judge_pairs(
        lambda prompt: RequestCause.timeout if "question 3 turn" in prompt else first_is_m1(prompt)
    )
    page = shown(show(site, judge))
    tiles = dict(re.findall(r"<div><dt>([^<]+)</dt><dd>([^<]+)</dd></div>", page))
    assert tiles[say("en", "judges_verdicts")] == "12"
    assert tiles[say("en", "judges_failed")] == "3"
    assert tiles[say("en", "judges_replies")] == "18", "nine pairs in both orders"
    assert tiles[say("en", "judges_tokens_read")] == "1,800"
    assert tiles[say("en", "judges_tokens_written")] == "180"
    assert tiles[say("en", "judges_cost")] == "0.0036", "18 x (100 x 1 + 10 x 10) millionths"
    assert f"{say('en', 'judges_cause_timeout')}</th><td" in page


def test_replies_of_the_last_minutes_are_counted_and_grow_old(site: JudgedSite) -> None:
    page = JudgesPage(site.services)
    judge = site.judge_pairs(first_is_m1)
    assert JudgeWatch(site.database, site.clock).look(judge).recent == 24
    answer = page.show(asking("rev"), str(judge))
    seen = answer[-1]
    assert page.look(asking("rev"), seen) == gr.skip(), "nothing happened"
    site.clock.forward(seconds=RECENT.total_seconds() + 3600)
    later = page.look(asking("rev"), seen)
    assert later[-1] == (judge, seen[1], 0, None)
    assert "<dd>0</dd>" in later[0]
    assert set(map(str, later[1:-1])) == {str(gr.skip())}, "figures did not change"


def test_a_page_that_stays_open_follows_the_ledger_and_reads_only_what_is_new(
    site: JudgedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = site.judge_pairs(first_is_m1, n=4)
    page = JudgesPage(site.services)
    seen = page.show(asking("rev"), str(judge))[-1]
    spans: list[tuple[int, int]] = []

    def spy(session: Any, rater_id: int, after: int, up_to: int) -> Counter[JudgmentOutcome]:
        spans.append((after, up_to))
        return read_outcomes(session, rater_id, after, up_to)

    monkeypatch.setattr("app.ui.judges.watch.read_outcomes", spy)
    assert page.look(asking("rev"), None) == gr.skip(), "the tab was not filled yet"
    assert page.look(asking("rev"), seen) == gr.skip()
    assert spans == [], "the ledger rests, and so does the page"
    site.judge_pairs(first_is_m1)
    answer = page.look(asking("rev"), seen)
    assert f"<dt>{say('en', 'judges_verdicts')}</dt><dd>12</dd>" in answer[0]
    assert spans == [(4, 12)]
    other = site.judge_singles(lambda _: "[[7]]", name="other")
    assert other != judge
    assert page.look(asking("rev"), answer[-1]) == gr.skip(), "another judge has judged"


def test_statistics_are_computed_once_per_ledger_position(site: JudgedSite, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = site.judge_pairs(first_is_m1)
    made: list[str] = []

    def agreement(*asked: Any) -> Any:
        made.append("agreement")
        return measure(*asked)

    def bias(*asked: Any, **more: Any) -> Any:
        made.append("bias")
        return measure_bias(*asked, **more)

    monkeypatch.setattr("app.ui.judges.watch.measure", agreement)
    monkeypatch.setattr("app.ui.judges.watch.measure_bias", bias)
    page = JudgesPage(site.services)
    for _ in range(3):
        page.examine(asking("rev"), str(judge))
    assert made == ["agreement", "bias", "bias"], "of the judge, and of people"
    site.judge_singles(lambda _: "[[7]]", name="other")
    page.examine(asking("rev"), str(judge))
    assert len(made) == 6


@pytest.mark.parametrize("seed", range(4))
def test_incremental_counts_equal_a_full_count(site: JudgedSite, seed: int) -> None:
    """Failed judgments are repeated (and become void), rows are set aside and taken back in."""
    rng = random.Random(seed)

    def unsteady(prompt: str) -> str | RequestCause:
        return rng.choice(["[[A]]", "[[B]]", "[[C]]", "nothing", RequestCause.timeout])

    watch = JudgeWatch(site.database, site.clock)
    judge = site.judge_pairs(unsteady, n=3)
    for _ in range(8):
        step = rng.randrange(4)
        with site.database.writing() as session:
            head = chain.head(session)[0]
            if step == 0:
                void_row(session, rng.randint(1, head), now=NOW)
            elif step == 1:
                voided = (
                    session.connection().execute(text("SELECT position FROM void WHERE reverses IS NULL")).scalars()
                )
                taken = session.connection().execute(text("SELECT reverses FROM void WHERE reverses > 0")).scalars()
                if left := sorted({*voided} - {*taken}):
                    row = {"voids": 0, "reason": "back", "reverses": rng.choice(left), "created_at": NOW}
                    chain.append(session, "void", [row], now=NOW)
        if step >= 2:
            site.judge_pairs(unsteady, n=rng.randint(1, 12), again=step == 3)
        found = watch.look(judge)
        fresh = JudgeWatch(site.database, site.clock).look(judge)
        assert (found.outcomes, found.recent) == (fresh.outcomes, fresh.recent)
        assert vars(found.spending) == pytest.approx(vars(fresh.spending))
        void_rows = STANDING.format("voids")
        standing = f"SELECT state, COUNT(*) FROM judgement WHERE position NOT IN ({void_rows}) GROUP BY state"
        states: Counter[str] = Counter()
        for outcome, number in found.outcomes.items():
            states[outcome.state] += number
        assert states == Counter(dict(rows(site, standing)))


def test_repeated_judgments_count_once_and_cost_twice(site: JudgedSite) -> None:
    site.judge_pairs(lambda _: "nothing", n=1)
    judge = site.judge_pairs(first_is_m1, n=1, again=True)
    found = JudgeWatch(site.database, site.clock).look(judge)
    assert found.outcomes.total() == 1 and found.spending.replies == 4


# Scores


def test_scores_are_counted_by_dimension_and_missing_ones_separately(site: JudgedSite) -> None:
    said = iter(["[[7]]", "[[7]]", "[[10]]", "no number", "[[11]]", "[[1]]"])
    judge = site.judge_singles(lambda _: next(said), n=6, name="single")
    outcomes = JudgeWatch(site.database, site.clock).look(judge).outcomes
    bars = score_figure(outcomes, "en").to_dict()
    numbers = dict(zip(bars["layout"]["xaxis"]["ticktext"], bars["data"][0]["y"], strict=True))
    assert {label: n for label, n in numbers.items() if n} == {
        "1": 1,
        "7": 2,
        "10": 1,
        say("en", "judges_end_failed"): 2,
    }
    assert len(numbers) == 11, "ten scores, and what failed"


def test_means_by_category_show_their_range(site: JudgedSite) -> None:
    # Knowledge: 10 and 1 and one missing. Of the scale: 1, 0, ?: mean 1/2, from 1/3 to 2/3.
    said = iter(["[[10]]", "[[1]]", "none", "[[4]]", "[[4]]", "[[4]]"])
    judge = site.judge_singles(lambda _: next(said), n=6, name="single")
    outcomes = JudgeWatch(site.database, site.clock).look(judge).outcomes
    bars = category_means_figure(outcomes, "en").to_dict()
    place = list(bars["layout"]["yaxis"]["ticktext"]).index(say("en", "admin_category_knowledge"))
    data = bars["data"][0]
    assert data["x"][place] == pytest.approx(0.5)
    assert data["error_x"]["array"][place] == pytest.approx(1 / 6)
    assert data["error_x"]["arrayminus"][place] == pytest.approx(1 / 6)
    other = 1 - place
    assert data["x"][other] == pytest.approx(1 / 3)
    assert data["error_x"]["array"][other] is None, "nothing is missing, so nothing can move"


def test_many_dimensions_are_rows_of_shares(site: JudgedSite) -> None:
    names = ("correctness", "completeness", "need met", "clarity", "robustness", "overall")

    def rate(prompt: str) -> str:
        asked = [name for name in names if f"- {name}:" in prompt or name == "overall"]
        return "{" + ", ".join(f'"{name}": {3 if name == "clarity" else 8}' for name in asked) + "}"

    judge = site.judge_singles(rate, prompt="dimensions", name="rubric")
    outcomes = JudgeWatch(site.database, site.clock).look(judge).outcomes
    figure = score_figure(outcomes, "en").to_dict()
    labels = [label.rsplit(" (", 1)[0] for label in figure["layout"]["yaxis"]["ticktext"]]
    assert labels[0] == "overall" and set(labels) == set(names)
    z = figure["data"][0]["z"]
    assert z[labels.index("clarity")][2] == 1.0 and z[labels.index("overall")][7] == 1.0
    assert z[labels.index("clarity")][7] is None, "nothing is not zero"


# Details


def test_judges_are_offered_with_counts_and_the_newest_is_selected(site: JudgedSite) -> None:
    first = site.judge_pairs(first_is_m1, name="first")
    last = site.judge_singles(lambda _: "[[7]]", name="last")
    chooser = change(show(site)[0])
    assert chooser["value"] == str(last)
    labels = {value: label for label, value in chooser["choices"]}
    assert labels == {str(first): "first (12 judgments)", str(last): "last (12 judgments)"}
    assert change(show(site, 999)[0])["value"] == str(last), "a judge that is not there"


def test_statistics_that_are_there_are_drawn_once(site: JudgedSite) -> None:
    first = site.judge_pairs(first_is_m1, name="first")
    last = site.judge_singles(lambda _: "[[7]]", name="last")
    page, asked = JudgesPage(site.services), asking("rev")
    waiting = page.show(asked, str(first))
    assert "adm-table" in shown(page.examine(asked, str(first), waiting[-1]))
    ready = page.show(asked, str(first))
    again = page.examine(asked, str(first), ready[-1])
    assert all(part == gr.skip() for part in again) and len(again) == len(waiting[-3 - N_REPORT : -1])
    assert "adm-table" in shown(page.examine(asked, str(last), ready[-1])), "another judge"
    site.judge_pairs(first_is_m1, name="another", n=6)
    assert "adm-table" in shown(page.examine(asked, str(first), ready[-1])), "the ledger has grown"


def test_every_judge_is_listed_with_a_verdict_as_text_and_its_name_is_harmless(site: JudgedSite) -> None:
    attack = '"><img src=x onerror=window.__x=1>'
    first = site.judge_pairs(first_is_m1, name=attack)
    last = site.judge_singles(lambda _: "[[7]]", n=6, name="last")
    page = JudgesPage(site.services)
    waiting, filled = page.show(asking("rev"), str(last))[-2], page.examine(asking("rev"), str(last))[-1]
    for listed in (waiting, filled):
        assert re.findall(r'data-adm-judge="(\d+)"', listed) == [str(first), str(last)], "the most judgments first"
        assert re.findall(r'data-adm-judge="(\d+)"[^>]*aria-current="true"', listed) == [str(last)]
        assert "<img" not in listed and "&lt;img src=x" in listed
    assert say("en", "judges_working") in waiting and say("en", "judges_working") not in filled
    assert filled.count(say("en", "judges_trust_alone_text")) == 2, "no person has rated the same"
    another = page.show(asking("rev"), str(first))
    assert say("en", "judges_working") not in shown(another), "the statistics are there already"
    assert change(another[0])["visible"] is False, "two judges need no list to choose from"
    with site.database.writing() as session:
        exclude(session, rater_id=first, actor_id=None, reason="no", now=NOW)
    assert say("en", "judges_left_out_text") in examine(site, last)[-1]


# Statistics


def listed_judge(number: int, judgments: int) -> ListedJudge:
    line = cast("JudgeLine", SimpleNamespace(rater_id=number, judgments=judgments, scores=0))
    return ListedJudge(line, f"judge {number}", False, JudgeFigures())


def test_the_chosen_judge_is_among_the_rows_that_are_shown_at_first() -> None:
    listed = [listed_judge(number, 100 - number) for number in range(20)]
    for chosen, n_shown in ((0, 8), (7, 8), (12, 13), (19, 20)):
        html = judges_list(listed, chosen, "en").html
        rows = re.findall("<tr([^>]*)>(.*?)</tr>", html, re.DOTALL)[1:]
        assert [("ui-rest" in kind) for kind, _ in rows] == [place >= n_shown for place in range(20)]
        assert [place for place, (_, row) in enumerate(rows) if "aria-current" in row] == [chosen]


def test_judgments_that_do_not_count_are_not_told_as_none() -> None:
    assert say("en", "judges_none_count") in judges_list([listed_judge(1, 5)], 1, "en").html
    assert say("zh", "judges_no_judgments") in judges_list([listed_judge(1, 0)], 1, "zh").html


def test_coverage_and_agreement_are_those_of_the_pipelines(site: JudgedSite) -> None:
    judge = site.judge_pairs(lambda prompt: "none" if "question 3 turn" in prompt else first_is_m1(prompt), name="one")
    site.judge_pairs(lambda prompt: "[[A]]" if answers(prompt)[0] < answers(prompt)[1] else "[[B]]", name="two")
    answer = examine(site, judge)
    page = shown(answer)
    bias = measure_bias(site.database, Selection(rater="one"), kinds=(RaterKind.judge,)).rows[0]
    assert bias.coverage is not None
    for one in bias.coverage.win_rates:
        assert one.mean is not None and one.lowest is not None and one.highest is not None
        row = re.search(rf">{one.name}</span></th>(.*?)</tr>", page)
        assert row is not None
        assert f"{100 * one.mean:.1f}%" in row[1]
        assert f"{100 * one.lowest:.1f} – {100 * one.highest:.1f}" in row[1]
    found = measure(site.database, Selection()).rows
    between = next(row.found for row in found if {row.one, row.other} == {"one", "two"})
    plot = change(answer[1])["value"].to_dict()
    assert list(plot["layout"]["yaxis"]["ticktext"]) == ["two"]
    agrees = next(part for part in plot["data"] if part["name"] == say("en", "judges_agrees"))
    assert agrees["x"][0] == pytest.approx(between.agreement.value)
    assert agrees["x"][0] - agrees["error_x"]["arrayminus"][0] == pytest.approx(between.agreement.lower)


def test_bias_is_drawn_around_one_half_with_intervals(site: JudgedSite) -> None:
    judge = site.judge_pairs(lambda prompt: "[[A]]" if random.Random(prompt).random() < 0.7 else "[[B]]")
    answer = examine(site, judge)
    effects = measure_bias(site.database, Selection(rater="pairs"), kinds=(RaterKind.judge,)).rows[0].effects.effects
    side = next(effect for effect in effects if effect.feature == "side")
    plot = change(answer[4])["value"].to_dict()
    place = list(plot["layout"]["yaxis"]["ticktext"]).index(say("en", "judges_feature_side"))
    dots = plot["data"][0]
    assert dots["x"][place] == pytest.approx(side.wins)
    assert dots["x"][place] - dots["error_x"]["arrayminus"][place] == pytest.approx(side.wins_lower)
    left, right = plot["layout"]["xaxis"]["range"]
    assert left + right == pytest.approx(1.0)


def test_a_single_judge_page_explains_what_agreement_needs(site: JudgedSite) -> None:
    assert say("en", "judges_agreement_none") in shown(examine(site, site.judge_pairs(first_is_m1)))


# Reading


def test_counts_are_the_same_on_both_databases(database_url: str) -> None:
    database = open_database(database_url)
    fill(database)
    with database.reading() as session:
        items = make_items(all_pairs(judgeable(session, Scope())))
    judge = Judge("judge-model", prompts("pair-3"), SALT, name="pairs")
    run(database, judge, items, ScriptedJudge(lambda prompt: "no" if "question 1 turn" in prompt else "[[A]]"))
    run(database, judge, items, ScriptedJudge(lambda _: "[[C]]"), again=True)
    with database.reading() as session:
        rater, head = judges(session)[0].rater_id, chain.head(session)[0]
        found, spent = read_outcomes(session, rater, 0, head), read_spending(session, rater, 0, head)
    assert {(one.state, one.category): number for one, number in found.items()} == {
        ("inconsistent", "knowledge"): 6,
        ("inconsistent", "code"): 3,
        ("scored", "code"): 3,
    }
    assert spent == Spending(replies=30, prompt_tokens=3000, completion_tokens=300, last=spent.last)
    watch = JudgeWatch(database, Clock(NOW))
    assert watch.look(rater).outcomes == found and watch.look(rater).recent == 30
    database.close()
