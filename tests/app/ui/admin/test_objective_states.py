"""The Objective tab in its states: what is missing, an evaluation that has not finished, and several tasks."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import update

from app.ui.objective.markup import items_table, opened
from app.ui.objective.missing_markup import endings_table, missing_answer
from app.ui.objective.page import ObjectivePage
from app.ui.objective.regression import ObjectiveRegression
from app.ui.objective.summary_markup import main_metrics, summary_answer
from app.views.objective import CellView, RowView
from app.views.sentences import say
from objective.summary.table import SummaryCell, SummaryLine
from storage.database.evaluation_tables import EvaluationRun, PredictionState
from storage.evaluations.reading import ENDINGS, ItemDetails, ItemLine, PredictionDetails
from tests.app.admin_site import AdminSite, admin_site
from tests.app.objective_runs import always_a, mumbles, run_model
from tests.app.ui.admin.test_objective_page import call, change, shown


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with admin_site(tmp_path) as built:
        yield built


def words(markup: str) -> str:
    return re.sub("<[^>]+>", "", markup)


def task(name: str, metric: str, *scores: float | None, mode: str = "gen") -> RowView:
    """A row of the table with scores of the models a, b and so on."""
    cells = {model: SummaryCell(score, 1.0) for model, score in zip("abc", scores, strict=False)}
    return RowView(SummaryLine(name, "-", metric, mode, cells), 0, tuple(CellView("") for _ in cells))


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        (
            [task("t", "accuracy", 9.0, 8.0), task("u", "accuracy", 9.0, 8.0), task("v", "accuracy", 1.0, 2.0)],
            "a has the highest score on 2 of the 3 tasks that all models have answered in full",
        ),
        (
            [task("t", "accuracy", 9.0, 8.0), task("u", "accuracy", 9.0, 8.0), task("v", "accuracy", None, 2.0)],
            "a has the highest score on 2 of the 2 tasks that all models have answered in full",
        ),
        ([task("t", "accuracy", 9.0, 8.0), task("u", "accuracy", 8.0, 9.0)], ""),
        ([task("t", "accuracy", 9.0, 9.0), task("u", "accuracy", 7.0, 7.0)], ""),
        (
            [task("t", "accuracy", 9.0, 8.0), task("u", "accuracy", 9.0, None), task("v", "accuracy", None, None)],
            "Not ranked over all tasks: some items have no score for b",
        ),
        ([task("t", "accuracy", 9.0), task("u", "accuracy", 9.0)], ""),
        (
            [task("t", "accuracy", 9.0), task("u", "accuracy", 7.06), task("v", "accuracy", None)],
            "a scores 7.1% to 9.0% on 2 tasks",
        ),
        ([task("t", "perplexity", 9.0, 8.0), task("u", "perplexity", 9.0, 8.0)], ""),
    ],
)
def test_over_several_tasks_the_model_is_named_that_is_first_on_most_that_all_have(
    rows: list[RowView], answer: str
) -> None:
    assert words(summary_answer(rows, "en").markup.html) == answer


def test_a_task_counts_by_its_first_metric() -> None:
    rows = [task("t", "accuracy", 1.0, 2.0), task("t", "f1", 2.0, 1.0), task("t", "accuracy", 2.0, 1.0, mode="ppl")]
    assert main_metrics(rows) == ([rows[0], rows[2]], [rows[1]])


def test_what_is_missing_is_counted_by_kind_and_nothing_missing_is_said() -> None:
    every = Counter(dict.fromkeys(ENDINGS, 1))
    told = words(missing_answer({"m": every, "n": every}, ["n"], 2, "en").html)
    assert told == (
        "2 of 12 answers could not be parsed and count as wrong. 2 of 12 predictions failed and have no score. "
        "2 of 12 answers have no mark, because the grader failed; they have no score. "
        "2 of 12 answers are not scored yet. n has not finished. 2 tasks have no score; the notes below say why."
    )
    assert "无法解析" in missing_answer({"m": every}, [], 1, "zh").html
    whole = {"m": Counter({"right": 3, "wrong": 1})}
    assert words(missing_answer(whole, [], 0, "en").html) == "Nothing is missing: all 4 answers were parsed and scored."  # type: ignore[arg-type]
    assert words(missing_answer({"m": Counter()}, [], 0, "en").html) == "There are no answers yet."
    table = endings_table({"m": every, "<b>": Counter({"failed": 3})}, "en").html
    assert re.findall(r'class="is-([a-z-]+)" style="width:([\d.]+)%"', table)[-1] == ("failed", "100.00")
    assert table.count("<i class") == 2 * len(ENDINGS) + 1 and "&lt;b&gt;" in table, "the legend, and the bars"


def test_an_evaluation_that_has_not_finished_says_how_to_go_on_and_is_not_compared_by_default(site: AdminSite) -> None:
    first = run_model(site.database, "steady", always_a)
    second = run_model(site.database, "mumbler", mumbles)
    third = run_model(site.database, "slow", always_a)
    with site.database.writing() as session:
        session.execute(update(EvaluationRun).where(EvaluationRun.id == third).values(finished_at=None))  # type: ignore[arg-type]
    answer = shown(call(site, ObjectivePage, "show", [], []))
    assert say("en", "objective_unfinished_title", model="slow") in answer
    assert say("en", "objective_unfinished_text", n=28) in answer
    assert say("en", "objective_unfinished_title", model="steady") not in answer
    pair = call(site, ObjectiveRegression, "show", [], None, None)
    assert [change(one)["value"] for one in pair[1:3]] == [str(first), str(second)]


def prediction(run_id: int, state: PredictionState, output: str | None, **others: Any) -> PredictionDetails:
    """A prediction on an item; `others` are what differs from an answer without score."""
    values: dict[str, Any] = {
        "sample": 0,
        "prompt": "1 + 1?",
        "extracted": None,
        "score": None,
        "cause": None,
        "details": {},
    } | others
    return PredictionDetails(run_id=run_id, state=state, output=output, **values)


def test_an_opened_item_tells_every_kind_of_missing_answer_apart_and_repeats_a_prompt_only_where_they_differ() -> None:
    scored, unparsed = PredictionState.scored, PredictionState.unparsed
    names = dict(enumerate(["failed", "open", "blank", "empty", "absent", "sampled"]))
    kinds = [
        prediction(0, PredictionState.failed, None, cause="out of memory"),
        prediction(1, PredictionState.asked, None),
        prediction(2, unparsed, " \n"),
        prediction(3, scored, "", score=0.0),
        prediction(5, scored, "two", score=1.0, extracted="2"),
        prediction(5, scored, "three", score=0.0, extracted="3", sample=1),
    ]
    page = opened(ItemDetails("sums", "a", ("2",), tuple(kinds)), 7, names, "en").html
    sides = [words(side) for side in page.split('<section class="adm-side">')[1:]]
    assert len(sides) == len(names)
    for side, text in (
        (0, "out of memory"),
        (1, say("en", "objective_no_output")),
        (3, say("en", "objective_empty_output")),
        (4, say("en", "objective_not_asked")),
        (5, say("en", "objective_sample", n=2)),
    ):
        assert text in sides[side] and not any(text in other for other in sides[:side] + sides[side + 1 :])
    assert say("en", "objective_output") not in page.split("blank</h3>")[1].split("</section>")[0]
    assert page.count("1 + 1?") == 1, "all were asked the same"
    other = prediction(1, scored, "2", score=1.0, prompt="What is 1 + 1?")
    page = opened(ItemDetails("sums", "a", ("2",), (kinds[0], other)), 7, {0: "a", 1: "b"}, "zh").html
    assert [side.count("1 + 1?") for side in page.split('<section class="adm-side">')] == [0, 1, 1]


def test_a_list_of_items_names_the_task_where_the_item_does_not_and_says_who_was_not_asked() -> None:
    lines = [ItemLine(1, "mini-code", "code-1", "q", ("A",)), ItemLine(2, "mini-sums", "x", "q", ("B",))]
    page = items_table(lines, {1: "llama"}, {}, "en").html
    assert re.findall(r'<small class="obj-of">([^<]+)</small>', page) == ["sums"]
    assert page.count(say("en", "objective_not_asked")) == 2
