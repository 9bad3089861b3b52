"""The Objective tab: its numbers are those of the run, nothing missing is a zero, and what models wrote is text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from app.ui.objective.choice import choose
from app.ui.objective.items import ITEMS_SHOWN, ObjectiveItems
from app.ui.objective.page import COMMANDS, ObjectivePage
from app.ui.objective.regression import ObjectiveRegression
from app.ui.objective.regression_markup import MOST_FLIPS
from app.ui.objective.summary_markup import FIRST_ON_PHONE, FIRST_TASKS, constants, summary_answer, summary_table
from app.ui.visitor import Page
from app.views.objective import CellView, RowView, excerpt, shared_start
from app.views.objective_notes import marked_by, note_text, remarks
from app.views.regressions.comparison import RegressionOptions, decide
from app.views.sentences import say
from objective.catalog import TaskSelection, select_tasks
from objective.evaluation import task_scores
from objective.evaluation.plan import EvaluationSettings, PromptContext
from objective.evaluation.run import Evaluation, evaluate
from objective.notes import COUNTED, FAILURES, MARKED, Note, NoteCode, read_note
from objective.request import FailedRequest, GenerateRequest
from objective.scoring.paired_comparison import compare_paired
from objective.summary.table import GROUP_METRICS, Summary, SummaryCell, SummaryLine, TaskResult
from objective.task import Item, Task, TaskGroup, Template
from objective.tasks.mini import FAMILY
from storage.database.engine import open_database
from storage.database.evaluation_tables import PredictionState
from storage.errors import BadInput
from storage.evaluations.reading import ItemFilters, count_endings, count_items, list_items
from storage.values import Language
from tests.app.admin_site import AdminSite, admin_site, asking
from tests.app.objective_runs import AT, GOLD, HOSTILE, always_a, gen_task, mumbles, run_model
from tests.objective.fakes import ScriptedBackend

RIGHT = sum(letter == "A" for letter in GOLD)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[AdminSite]:
    with admin_site(tmp_path) as built:
        yield built


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminSite]:
    """Two models, each run once; for tests that change nothing."""
    with admin_site(tmp_path_factory.mktemp("site")) as built:
        run_model(built.database, "steady", always_a)
        run_model(built.database, "mumbler", mumbles)
        yield built


def call(site: AdminSite, page: type[Page], handler: str, *values: Any, by: str = "rev") -> Any:
    return getattr(page(site.services), handler)(asking(by), *values)


def shown(answer: Any) -> str:
    return "\n".join(part for part in (answer if isinstance(answer, tuple) else (answer,)) if isinstance(part, str))


def change(part: Any) -> dict[str, Any]:
    return dict(part.constructor_args)


def listed(site: AdminSite, *sent: str, tasks: list[str] | None = None, page: int | None = None) -> Any:
    if page is None:
        return call(site, ObjectiveItems, "show", [], tasks, *(sent or ("", "")))
    return call(site, ObjectiveItems, "forward", page - 1, [], tasks, *(sent or ("", "")))


def rows(page: str) -> list[list[list[str]]]:
    """The words of a page's tables: rows of cells of words."""
    found = []
    for row in re.findall(r"<tr\b[^>]*>(.*?)</tr>", page, flags=re.DOTALL):
        cells = re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, flags=re.DOTALL)
        found.append([re.sub("<[^>]+>", " ", cell).split() for cell in cells])
    return found


def items_of(answer: Any) -> list[str]:
    return re.findall(r'data-adm-item="\d+"[^>]*>([^<]+)<', shown(answer))


def test_without_a_run_the_tab_says_how_to_start_one(empty: AdminSite) -> None:
    answer = call(empty, ObjectivePage, "show", [], [])
    assert say("en", "objective_none") in shown(answer)
    assert COMMANDS[0] in shown(answer)
    assert change(answer[3]) == {"visible": False}
    assert change(call(empty, ObjectiveItems, "show", [], [], "", "")[0]) == {"visible": False}


def test_the_table_shows_scores_and_notes_on_missing_data(site: AdminSite) -> None:
    """`steady` says A to ABAB…, 13 of 25; `mumbler` is never read as anything, which is not the same as failing."""
    page = shown(call(site, ObjectivePage, "show", [], []))
    [letters] = [row for row in rows(page) if row and row[0][:1] == ["letters"]]
    assert letters[0][1:] == ["generation"], "what differs between tasks"
    low, _, high = letters[1][1:4]
    assert letters[1][0] == f"{100 * RIGHT / 25:.1f}"
    assert 30.0 < float(low.strip("(")) < 52.0 < float(high.strip(")")) < 74.0, "about 1.96 times 10"
    assert letters[2][0] == "0.0" and letters[2][-2:] == ["25", "unparsed"]
    [lost] = [row for row in rows(page) if row and row[0][:1] == ["lost"]]
    assert lost[1] == lost[2] == ["–", "no", "data"]
    likely = [row for row in rows(page) if row and row[0][:1] == ["likely"]]
    assert {row[0][1]: row[1][0] for row in likely} == {
        "likelihood": "100.0", "accuracy_chars": "100.0", "accuracy_bytes": "100.0", "accuracy_tokens": "100.0",
    }, "the first metric, and below it the others"  # fmt: skip
    assert "expected its data" in page


def test_a_group_is_the_mean_of_its_tasks_and_comes_first(empty: AdminSite) -> None:
    chosen = select_tasks([FAMILY.name], data_dir=Path())
    evaluation = Evaluation("steady", "rev", chosen, EvaluationSettings())
    backend = ScriptedBackend(lambda _: " A")
    evaluate(empty.database, evaluation, lambda: backend, PromptContext(), now=lambda: AT, report=lambda *_: None)
    answer = call(empty, ObjectivePage, "show", [], [])
    body = [row for row in rows(shown(answer)) if row and row[0] and row[0][0].startswith("evenhand-mini")]
    first, values = body[0], [float(row[1][0]) for row in body[1:]]
    assert first[0] == ["evenhand-mini", "mean", "of", "9", "tasks"]
    assert len(values) == len(FAMILY.tasks)
    assert float(first[1][0]) == pytest.approx(sum(values) / len(values), abs=0.1), "with one decimal"
    assert answer[6] == "" and change(answer[7]) == {"visible": False}, "each has one task, so bars repeat the table"
    one = call(empty, ObjectivePage, "show", [], ["task:evenhand-mini-code"])
    assert [row[0][0] for row in rows(shown(one)) if row and row[0]][:2] == ["Task", "evenhand-mini-code"]
    assert sum(int(cell[0]) for cell in rows(shown(one))[-1][2:]) == 5, "its answers only"
    whole = call(empty, ObjectivePage, "show", [], ["group:evenhand-mini"])
    assert rows(shown(whole)) == rows(shown(answer))


def test_an_unknown_group_is_shown_as_its_run_stored_it(empty: AdminSite) -> None:
    own = TaskGroup("our-two", ("evenhand-mini-code", "evenhand-mini-safety"))
    chosen = replace(select_tasks(list(own.members), data_dir=Path()), groups=(own,))
    evaluation = Evaluation("steady", "rev", chosen, EvaluationSettings())
    evaluate(
        empty.database,
        evaluation,
        lambda: ScriptedBackend(lambda _: " A"),
        PromptContext(),
        now=lambda: AT,
        report=lambda *_: None,
    )
    first, *tasks = [row for row in rows(shown(call(empty, ObjectivePage, "show", [], []))) if row and row[0]][1:4]
    assert first[0][0] == "our-two" and ["".join(row[0]) for row in tasks] == list(own.members)


def test_notes_of_runs_are_summed_over_tasks_in_the_reader_s_language() -> None:
    about = {"model": "m", "metric": "accuracy", "mode": "gen", "version": "v", "content": "", "state": "scored"}
    notes = {"a": 1, "b": 2}
    results = tuple(
        TaskResult(task=task, notes=(Note(NoteCode.length, count=n, total=5), read_note("own words")), **about)  # type: ignore[arg-type]
        for task, n in notes.items()
    )
    summary = Summary(("m",), (), results)
    assert remarks(summary, "en") == [
        "m: 3 of 10 answers reached the limit of new tokens (a, b)",
        "m: own words (a, b)",
    ]
    assert "answers" not in remarks(summary, "zh")[0]
    assert remarks(summary, "zh")[1] == "m：own words（a, b）", "text of version 0.1 stays as it is stored"
    told = {"finish": "length", "dropped": 1, "truncated": 1, "system_as_user": True}
    ended = (told, {"finish": "refused"})
    some = [SimpleNamespace(details=one, state=PredictionState.scored) for one in ended]
    made = task_scores._differences(some)  # type: ignore[arg-type]
    of_programs = {code for code in COUNTED if code.startswith("program_")}  # a scorer counts these
    assert {note.code for note in made} == COUNTED - FAILURES - of_programs - {*MARKED}, "no note is left out"
    assert {(note.count, note.total) for note in made} == {(1, 2)}


def test_answers_that_could_not_be_parsed_are_said_once_for_each_model_whatever_the_number_of_metrics() -> None:
    about = {"mode": "gen", "version": "v", "content": "", "state": "scored"}
    counts = {("a", "f1"): 2, ("a", "exact"): 2, ("b", "accuracy"): 1, ("c", "accuracy"): 0}
    results = tuple(
        TaskResult(model=model, task=task, metric=metric, unparsed=n, **about)  # type: ignore[arg-type]
        for model, of in (("m", counts), ("n", {("b", "accuracy"): 1}))
        for (task, metric), n in of.items()
    )
    assert remarks(Summary(("m", "n"), (), results), "en") == [
        "m: 3 answers could not be parsed and count as wrong (a, b)",
        "n: 1 answer could not be parsed and counts as wrong (b)",
    ]


def test_a_run_says_who_marked_its_answers_with_counts_over_its_tasks(site: AdminSite) -> None:
    notes = [
        Note(NoteCode.grader_failed, count=1, total=9, name="strong"),
        Note(NoteCode.marked_by_rules, count=4, total=9),
        Note(NoteCode.length, count=9, total=9),
        Note(NoteCode.marked_by_grader, count=2, total=9, name="strong"),
        Note(NoteCode.marked_by_rules, count=3, total=3),
    ]
    told = "7 by rules, 2 by the grader strong, 1 without a mark, as the grader strong failed"
    assert marked_by(notes, "en") == told
    assert marked_by(notes, "zh").startswith("规则判定 7 个，判卷模型 strong 判定 2 个，")
    assert marked_by([Note(code, 1, 1, name="m") for code in MARKED], "zh").count("，") == len(MARKED) - 1
    page = shown(call(site, ObjectivePage, "show", [], []))
    assert f"<dt>{say('en', 'objective_fact_grader')}</dt><dd>{marked_by([], 'en')}</dd>" in page


@pytest.mark.parametrize("code", NoteCode)
def test_every_note_has_words_in_both_languages_and_comes_back_from_the_store(code: NoteCode) -> None:
    note = Note(code, count=2, total=5, reasons=2 if code == NoteCode.failed else 0, name="arc", model="m")
    assert read_note(note.as_json()) == note
    texts = [note_text(note, language, cause="out of memory") for language in ("en", "zh")]
    assert all(texts) and (texts[0] != texts[1]) == (code != NoteCode.sentence)


def test_causes_of_failure_are_counted_over_tasks_and_a_task_that_could_not_be_asked_says_why() -> None:
    about = {"model": "m", "metric": "accuracy", "mode": "gen", "version": "v", "content": "", "state": "failed"}
    failed = Note(NoteCode.failed, count=1, total=4, reasons=2)
    unasked = Note(NoteCode.not_asked, count=1, total=4)
    summary = Summary(
        ("m",),
        (),
        (
            TaskResult(task="a", cause="timed out", notes=(failed,), **about),  # type: ignore[arg-type]
            TaskResult(task="b", cause="timed out", notes=(failed, unasked), **about),  # type: ignore[arg-type]
            TaskResult(task="c", cause="no such file", **about),  # type: ignore[arg-type]
        ),
    )
    assert remarks(summary, "en") == [
        "m: 2 of 8 failed: timed out (and 1 other reasons) (a, b)",
        "m: 1 of 4 have not been asked yet (b)",
        "m: no such file (c)",
    ]


def test_scores_have_bars_and_missing_values_none(site: AdminSite) -> None:
    page = shown(call(site, ObjectivePage, "show", [], []))
    [letters] = [row for row in re.findall(r"<tr\b.*?</tr>", page) if ">letters<" in row and "obj-bar" in row]
    assert re.findall(r'<i style="width:([\d.]+)%">', letters) == [f"{100 * RIGHT / 25:.1f}", "0.0"]
    [lost] = [row for row in re.findall(r"<tr\b.*?</tr>", page) if ">lost<" in row]
    assert "obj-bar" not in lost


def made_rows(*lines: tuple[str, str, str, Mapping[str, float | None]]) -> list[RowView]:
    """Rows of the summary, of name, metric, mode and values by model."""
    return [
        RowView(
            SummaryLine(name, "-", metric, mode, {model: SummaryCell(value, 0.1) for model, value in values.items()}),
            2 if metric in GROUP_METRICS else 0,
            tuple(CellView("–" if value is None else f"{value:.2f}") for value in values.values()),
        )
        for name, metric, mode, values in lines
    ]


def test_what_is_the_same_for_all_tasks_is_said_once_and_a_long_table_is_cut() -> None:
    group = ("family", "naive_average", "gen", {"m<b>": 50.0})
    many = made_rows(group, *((f"family-{n}", "accuracy", "gen", {"m<b>": 50.0}) for n in range(20)))
    assert constants(many, "en") == ["Metric of all tasks: accuracy.", "Mode of all tasks: generation."]
    table = summary_table(many, ["m<b>"], "en").html
    assert rows(table)[0] == [["Task"], ["m&lt;b&gt;"]]
    assert table.count('class="ui-rest"') == 21 - FIRST_TASKS and say("en", "table_all", n=21) in table
    assert table.count('class="ui-rest-phone"') == FIRST_TASKS - FIRST_ON_PHONE
    assert table.count('data-label="m&lt;b&gt;"') == 21, "a phone shows the name of the model at each score"
    assert table.count('<span class="obj-prefix">family-</span>') == 20
    varied = made_rows(group, ("a", "accuracy", "gen", {"m<b>": 1.0}), ("b", "accuracy", "ppl", {"m<b>": 1.0}))
    assert constants(varied, "zh") == ["所有任务的指标：准确率。"]
    assert rows(summary_table(varied, ["m<b>"], "en").html)[3][0] == ["b", "likelihood"]
    weighted = made_rows(("family", "weighted_average", "gen", {"m": 1.0}), ("a", "accuracy", "gen", {"m": 1.0}))
    assert len(constants(weighted, "en")) == 1, "a weighted mean is named"
    assert "obj-bar" not in summary_table(made_rows(("a", "perplexity", "ppl", {"m": 12.0})), ["m"], "en").html


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (
            [("all", "naive_average", "gen", {"a": 10.0, "b": 30.0, "c": 20.0}), ("t", "accuracy", "gen", {})],
            "b scores highest on all: 30.00%, followed by c with 20.00%",
        ),
        ([("t", "accuracy", "gen", {"a": 10.0, "b": 10.0})], "a, b share the highest score on t: 10.00%"),
        ([("t", "accuracy", "gen", {"a": 10.0})], "a scores 10.00% on t"),
        ([("t", "accuracy", "gen", {"a": 9.0, "b": 9.0, "c": 9.0})], "a, b, c share the highest score on t: 9.00%"),
        (
            [("t", "accuracy", "gen", {"a": 9.0, "b": 8.0, "c": 8.0})],
            "a scores highest on t: 9.00%, followed by b, c with 8.00%",
        ),
        (
            [("t", "accuracy", "gen", {"a": 10.0, "b": None, "c": 20.0})],
            "Not ranked on t: some items have no score for b",
        ),
        ([("t", "accuracy", "gen", {"a": None, "b": None})], ""),
        ([("t", "perplexity", "ppl", {"a": 9.0, "b": 8.0})], ""),
        ([("t", "accuracy", "gen", {"a": 1.0}), ("u", "accuracy", "gen", {"a": 1.0})], ""),
        ([], ""),
    ],
)
def test_the_summary_answers_only_where_one_number_ranks_the_models(lines: list[Any], answer: str) -> None:
    assert re.sub("<[^>]+>", "", summary_answer(made_rows(*lines), "en").markup.html) == answer


OPEN = "a has the highest score on t, {}%, but no difference is shown from {}"
FIRST = "a scores highest on t: 20.00%, followed by b with 10.00%"


@pytest.mark.parametrize(
    ("scores", "answer"),
    [
        ([(20.0, 3.0), (10.0, 4.0)], FIRST),  # 10 is more than 1.96 times 5
        (
            [(20.0, 3.0), (10.3, 4.0)],  # 9.7 is less than 9.8
            OPEN.format("20.00", "b (10.30%)"),
        ),
        (
            [(20.0, 3.0), (10.0, 4.0), (1.0, 0.1)],  # of two differences each must be more than 2.24 times its error
            OPEN.format("20.00", "b (10.00%)"),
        ),
        ([(20.0, 0.3), (10.0, 0.4), (9.0, 0.1)], FIRST),
        (
            [(20.0, 1.0), (10.0, 1.0), (10.0, 9.0)],
            OPEN.format("20.00", "c (10.00%)"),
        ),
        (
            [(20.0, None), (10.0, 0.1)],
            OPEN.format("20.00", "b (10.00%)"),
        ),
        (
            [(100.0, 0.0), (0.0, 0.0)],
            OPEN.format("100.00", "b (0.00%)"),
        ),
    ],
)
def test_no_model_is_called_best_beyond_its_figures(scores: list[tuple[float, float | None]], answer: str) -> None:
    cells = {model: SummaryCell(*score) for model, score in zip("abc", scores, strict=False)}
    assert answered(cells, "en") == answer


def test_a_model_with_a_part_of_the_items_is_not_ranked_in_either_language() -> None:
    cells = {"a": SummaryCell(20.0, 0.1, partial=True), "b": SummaryCell(10.0, 0.1)}
    assert answered(cells, "en") == "Not ranked on t: some items have no score for a"
    assert answered(cells, "zh") == "t 暂不排名：a 有题目没有得分"
    level = {"a": SummaryCell(20.0, 0.1), "b": SummaryCell(20.0, 0.1), "c": SummaryCell(1.0, 0.1)}
    assert answered(level, "zh") == "a、b 在 t 上并列最高：20.00%"
    assert answered({"a": SummaryCell(9.0, 5.0), "b": SummaryCell(8.0, 5.0)}, "zh") == (
        "a 在 t 上得分最高：9.00%，但尚看不出与 b (8.00%) 的差异"
    )


def answered(cells: dict[str, SummaryCell], language: Language) -> str:
    row = RowView(
        SummaryLine("t", "-", "accuracy", "gen", cells), 0, tuple(CellView(cell.number) for cell in cells.values())
    )
    return re.sub("<[^>]+>", "", summary_answer([row], language).markup.html)


def test_runs_of_one_model_are_told_apart_and_the_newest_is_shown_first(empty: AdminSite) -> None:
    first = run_model(empty.database, "steady", always_a)
    second = run_model(empty.database, "steady", always_a, seed=7)
    other = run_model(empty.database, "mumbler", mumbles)
    with empty.database.reading() as session:
        assert choose(session, [], []).names == {second: "steady", other: "mumbler"}
        both = choose(session, [str(second), str(first), "999", "x"], ["task:gone", "task:likely"])
    assert both.names == {first: f"steady #{first}", second: f"steady #{second}"}
    assert both.tasks == ["likely"]
    page = shown(call(empty, ObjectivePage, "show", [str(first), str(second)], []))
    assert rows(page)[0][-2:] == [["steady", f"#{first}"], ["steady", f"#{second}"]]


def test_the_list_is_filtered_by_task_and_result_and_paged(site: AdminSite) -> None:
    everything, differing = listed(site), [str(n) for n in range(0, 25, 2)]
    assert items_of(everything) == differing[:ITEMS_SHOWN], "those that differ come first"
    assert items_of(listed(site, page=1)) == [*differing[ITEMS_SHOWN:], *(str(n) for n in range(1, 15, 2))]
    assert say("en", "objective_range", first=1, last=ITEMS_SHOWN, total=28) in shown(everything)
    assert items_of(listed(site, page=2)) == ["15", "17", "19", "21", "23", "p0", "p1", "p2"]
    assert '<small class="obj-of">letters</small> <button' in shown(listed(site, page=2)), "the task of an item"
    assert items_of(listed(site, tasks=["task:likely"])) == ["p0", "p1", "p2"]
    assert items_of(listed(site, "wrong", "")) == [str(n) for n in range(1, 21, 2)]
    assert len(items_of(listed(site, "unparsed", "2"))) == ITEMS_SHOWN
    assert items_of(listed(site, "unparsed", "1")) == []
    assert items_of(listed(site, "differ", "", page=1)) == differing[ITEMS_SHOWN:]
    assert items_of(listed(site, "no such", "77")) == items_of(everything)


def test_an_item_shows_the_exact_prompt_and_every_model(site: AdminSite) -> None:
    [number] = re.findall(r'data-adm-item="(\d+)"[^>]*>22<', shown(listed(site, page=1)))
    page = call(site, ObjectiveItems, "open", number, [])
    prompt = gen_task().template(gen_task().items[22]).render_question(gen_task().items[22])
    assert f">{prompt}</pre>" in page
    assert page.count("<pre") == 3, "one prompt for both, and two outputs"
    assert page.index("steady") < page.index("> A</pre>") < page.index("mumbler") < page.index("I would not know")
    assert f">{say('en', 'objective_end_right')}<" in page and f">{say('en', 'objective_end_unparsed')}<" in page


def test_likelihoods_are_shown_option_by_option(site: AdminSite) -> None:
    [number] = re.findall(r'data-adm-item="(\d+)"[^>]*>p1<', shown(listed(site, page=2)))
    page = call(site, ObjectiveItems, "open", number, [])
    options = [row for row in rows(page) if row and row[0][:1] in (["A."], ["B."])]
    assert [row[:2] for row in options[:2]] == [[["A.", "one"], ["-1.500"]], [["B.", "second"], ["-1.000"]]]
    assert options[1][4] == [say("en", "objective_taken"), say("en", "objective_end_right")]
    assert options[0][4] == []


def test_model_outputs_and_file_contents_stay_text(empty: AdminSite) -> None:
    site = empty
    run_model(site.database, HOSTILE[:60], mumbles)
    run_model(site.database, "steady", always_a)
    [number] = re.findall(r'data-adm-item="(\d+)"[^>]*>24<', shown(listed(site, page=1)))
    pages = [
        shown(call(site, ObjectivePage, "show", [], [])),
        shown(listed(site)),
        call(site, ObjectiveItems, "open", number, []),
    ]
    for page in pages:
        assert "&lt;img src=//evil.example" in page
        assert not re.search(r"<(img|script|a)\b", page)
        assert "\u202e" not in page


@pytest.mark.parametrize("sent", [None, "", "x", "-1", "999999", "1 or 1=1"])
def test_a_missing_item_is_reported(site: AdminSite, sent: str | None) -> None:
    with pytest.warns(UserWarning, match="choose an item"):
        assert call(site, ObjectiveItems, "open", sent, []) == gr.skip()


class Refusing(ScriptedBackend):
    """A backend that gets no answer to anything."""

    def generate(self, requests: Sequence[GenerateRequest]) -> Iterator[tuple[int, FailedRequest]]:  # type: ignore[override]
        for place in range(len(requests)):
            yield place, FailedRequest(BadInput("refused"))


def compared(site: AdminSite, *sent: str | None, runs: list[str] | None = None, by: str = "rev") -> Any:
    return call(site, ObjectiveRegression, "show", runs, *(sent or (None, None)), by=by)


def test_two_runs_are_compared_in_pairs_with_every_item_that_differs(site: AdminSite) -> None:
    """`mumbler` came last, so it is held against `steady`, which had 13 of 25 letters and all three of the others."""
    panel, old, new, page = compared(site)
    assert (change(panel), change(old)["value"], change(new)["value"]) == ({"visible": True}, "1", "2")
    assert "mumbler is worse than steady: −46.4 points on 28 items" in page
    assert f"mumbler on 0 items, steady on {RIGHT} items; exact McNemar p = {2 / 2**RIGHT:.3g}" in page
    tasks, flips = rows(page)[1:3], [row for row in rows(page) if row and row[0][-1:] == ["letters"] and row[0][1:]]
    assert [row[0] for row in tasks] == [["letters"], ["likely"]]
    assert tasks[0][1:3] == [["worse"], ["−52.0"]] and tasks[0][-3:-1] == [["0"], [f"{RIGHT}"]]
    assert tasks[1][1:4] == [["no", "difference", "shown"], ["0"], ["0", "–", "0"]]
    assert say("en", "regression_chance", level="95%", n=20) in page
    assert [row[0] for row in flips] == [[f"{n}", "letters"] for n in range(0, 25, 2)]
    assert flips[0][1] == ["lost"] and flips[0][3:] == [["A"], ["right", "A"], ["unparsed"]]
    assert "steady is better than mumbler: +46.4 points" in shown(compared(site, "2", "1"))
    assert say("en", "regression_same") in shown(compared(site, "1", "1"))
    with site.database.reading() as session:
        [item] = list_items(session, ItemFilters([1, 2]), skip=0, most=1)
    assert f'data-adm-item="{item.number}"' in shown(compared(site, "2", "1")), "a row opens its item in the list below"


@pytest.mark.parametrize(("lost", "decision"), [(4, "open"), (6, "worse"), (12, "worse")])
def test_few_items_decide_nothing_unless_the_exact_test_does(lost: int, decision: str) -> None:
    """Four items that all turn give an interval without zero, and p = 0.125; six give p = 0.031."""
    old = {f"t/{n}": 1.0 for n in range(lost)}
    found = compare_paired(dict.fromkeys(old, 0.0), old, seed=0)
    assert (found.high, decide(found, RegressionOptions())) == (-1.0, decision)


@pytest.mark.parametrize(
    ("items", "differing", "decision"),
    [(1, 0, "open"), (3, 0, "open"), (58, 0, "open"), (59, 0, "equal"), (180, 2, "equal"), (100, 2, "open")],
)
def test_few_items_that_agree_do_not_make_two_runs_equal(items: int, differing: int, decision: str) -> None:
    """1 - 0.05 ** (1 / n) is at most 0.05 from 59 items on; resampling gives no width at all."""
    old = {f"t/{n}": 1.0 for n in range(items)}
    found = compare_paired(old | {f"t/{n}": 0.0 for n in range(differing)}, old, seed=0)
    assert max(-found.low, found.high) <= 0.05 and decide(found, RegressionOptions(margin=0.05)) == decision


def test_without_two_runs_or_common_tasks_the_comparison_says_so(empty: AdminSite) -> None:
    assert change(compared(empty)[0]) == {"visible": False}
    first = run_model(empty.database, "steady", always_a)
    assert change(compared(empty)[0]) == {"visible": False}
    second = run_model(empty.database, "steady", always_a, seed=7)
    assert change(compared(empty)[0]) == {"visible": True}, "two runs of the only model"
    other = run_model(empty.database, "mumbler", mumbles)
    both = [str(first), str(second), str(other)]
    assert change(compared(empty, None, str(second), runs=both)[1])["value"] == str(first), "the same model's before"
    same = shown(compared(empty, str(first), str(second), runs=both))
    assert f"steady #{second}" in same and say("en", "regression_none_differ") in same
    chosen = select_tasks(["evenhand-mini-code"], data_dir=Path())
    backend = ScriptedBackend(lambda _: " A")
    evaluation = Evaluation("else", "rev", chosen, EvaluationSettings())
    alone = evaluate(
        empty.database, evaluation, lambda: backend, PromptContext(), now=lambda: AT, report=lambda *_: None
    )
    page = shown(compared(empty, str(first), str(alone), runs=[str(first), str(alone)]))
    assert page == f'<p class="adm-nothing">{say("en", "regression_nothing_common")}</p>'
    failing = evaluate(
        empty.database,
        replace(evaluation, model="failing", revision="other"),
        Refusing,
        PromptContext(),
        now=lambda: AT,
        report=lambda *_: None,
    )
    page = shown(compared(empty, str(alone), str(failing), runs=[str(alone), str(failing)]))
    assert page == f'<p class="adm-nothing">{say("en", "regression_nothing_answered")}</p>'


def test_a_long_table_of_differences_is_cut_and_hostile_names_stay_text(empty: AdminSite) -> None:
    items = tuple(Item(f"{n}", f"Q {n}?", ("A",), ("x", "y")) for n in range(MOST_FLIPS + 3))
    task = Task("many", "gen", items, {"": Template("{question}\n{options}\nA:")}, source="made")
    for model, answer in ((HOSTILE[:60], always_a), ("steady", mumbles)):
        asked = Evaluation(model, model, TaskSelection((task,), ()), EvaluationSettings())
        backend = partial(ScriptedBackend, answer)
        evaluate(empty.database, asked, backend, PromptContext(), now=lambda: AT, report=lambda *_: None)
    page = shown(compared(empty))
    assert len(re.findall(r"data-adm-item", page)) == MOST_FLIPS and "… and 3 more" in page
    assert "&lt;img src=//evil.example" in page and not re.search(r"<(img|script|a)\b", page)


def test_a_late_reply_leaves_alone_what_the_reader_chose_meanwhile(site: AdminSite) -> None:
    """A reply names a value only where it shows another than was sent; replies of one part come in order."""
    first = call(site, ObjectivePage, "show", [], None)
    assert change(first[0])["value"] == ["1", "2"] and change(first[1])["value"] == []
    later = call(site, ObjectivePage, "show", ["1", "2"], ["task:likely"])
    assert not any("value" in change(part) for part in later[:2])
    assert change(call(site, ObjectivePage, "show", ["1", "9"], ["task:gone"])[0])["value"] == ["1"]
    assert ["value" in change(part) for part in compared(site, "2", "9")[1:3]] == [False, True]
    assert ["value" in change(part) for part in listed(site, "differ", "9")[1:3]] == [False, True]
    with gr.Blocks(analytics_enabled=False) as blocks, gr.Tab() as tab:
        parts = ObjectivePage(site.services).lay_out()
        for part in parts:
            gr.on([tab.select, *part.events], part.show, part.inputs, part.outputs)
    filled = [one for one in blocks.fns.values() if one.name == "show"]
    assert [len(one.targets) for one in filled] == [4, 5, 6], "one listener for all events of a part"


def test_invalid_lists_from_a_browser_count_as_empty(site: AdminSite) -> None:
    page = shown(call(site, ObjectivePage, "show", "1", {"a": 1}))
    assert "steady" in page and "mumbler" in page


def test_every_text_exists_in_chinese(site: AdminSite) -> None:
    site.speak("root", "zh")
    page = shown(call(site, ObjectivePage, "show", [], [], by="root"))
    page += shown(call(site, ObjectiveItems, "show", [], [], "", "", by="root"))
    page += shown(compared(site, by="root"))
    assert "mumbler 不如 steady" in page and " points" not in page
    assert say("zh", "objective_summary") in page and say("zh", "objective_end_unparsed") in page
    words = re.sub(r' class="[^"]*"', "", page)
    assert "unparsed" not in words and "not asked" not in words


def test_an_excerpt_begins_where_the_prompts_of_a_task_differ() -> None:
    shots = "Question: a long example?\nAnswer: B\n\n"
    prompts = [f"{shots}Question: {word}?\nAnswer:" for word in ("first", "second", "third")]
    assert excerpt(prompts[1], prompts) == "Question: second? Answer:"
    assert excerpt(prompts[1], []) == " ".join(prompts[1].split())
    assert excerpt("same", ["same", "same"]) == "same"
    assert shared_start(["ab", "abc"]) == "ab"


def test_endings_and_lists_agree_on_either_database(database_url: str) -> None:
    """Each ending is counted by one statement and filtered by another; both must tell the same."""
    database = open_database(database_url)
    first, second = run_model(database, "steady", always_a), run_model(database, "mumbler", mumbles)
    with database.reading() as session:
        counts = count_endings(session, [first, second])
        assert counts == {first: {"right": 16, "wrong": 12}, second: {"right": 3, "unparsed": 25}}
        for run_id, counted in counts.items():
            for ending, number in counted.items():
                wanted = ItemFilters([first, second], ending=ending, by_run=run_id)
                lines = list_items(session, wanted, skip=0, most=100)
                assert len(lines) == number == count_items(session, wanted)
                assert all(line.predictions[run_id][0].ending == ending for line in lines)
        assert count_items(session, ItemFilters([first], tasks=["likely"])) == 3
        assert count_items(session, ItemFilters([first, second], ending="differ")) == RIGHT
        lines = list_items(session, ItemFilters([first, second], differing_first=True), skip=0, most=100)
        assert [int(line.item) for line in lines[:25]] == [*range(0, 25, 2), *range(1, 25, 2)]
    database.close()


def test_scores_stand_beside_the_ratings_of_people_once_there_are_votes(tmp_path: Path) -> None:
    """`model-0` is right on 13 of 25 `letters` and 3 of 3 `likely`: 76.0 % on average; `model-1` on 0 and 3: 50.0 %."""
    with admin_site(tmp_path) as built:
        for name, answer in (("model-0", always_a), ("model-1", mumbles), ("unrated", always_a)):
            run_model(built.database, name, answer)
        before = call(built, ObjectivePage, "show", [], [])
        for rater in built.arena.raters:
            built.vote(rater)
        after = call(built, ObjectivePage, "show", [], [])
    assert say("en", "worlds_title") not in shown(before), "nobody has voted"
    assert say("en", "worlds_title") in shown(after)
    drawn = change(after[9])["value"].to_dict()["data"][0]["customdata"]
    scores = {text.split(":")[0]: text.rpartition(", ")[2] for text in drawn}
    assert scores == {"model-0": "76.0% on tasks", "model-1": "50.0% on tasks"}
    assert "unrated" in after[10] and "model-2" in after[10], "only in one of both worlds"
