"""An evaluation run keeps every prediction, resumes after interruptions, reuses nothing stale, and reports failures."""

import re
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from objective.catalog import TaskSelection, UnreadyTask, select_tasks
from objective.causes import Cause, CauseCode, read_cause
from objective.evaluation.outputs import collect_outputs
from objective.evaluation.plan import (
    EvaluationSettings,
    PlannedItem,
    PromptContext,
    plan_task,
    run_digest,
    task_version,
)
from objective.evaluation.rotations import rotated
from objective.evaluation.run import Evaluation, evaluate, find_run, item_scores, rescore, summarize_runs
from objective.evaluation.task_scores import task_score_rows
from objective.notes import Note, NoteCode
from objective.prompting.prompts import PromptSettings
from objective.prompting.shots import ShotSelection
from objective.request import Backend, GeneratedText, GenerateRequest, ScoredContinuation, ScoreRequest
from objective.summary.table import Summary
from objective.task import Item, Task, TaskGroup, Template
from storage.database.engine import Database, open_database
from storage.database.evaluation_tables import Prediction, PredictionState
from storage.errors import BadInput, NotFound
from storage.evaluations import runs
from tests.clocks import Clock
from tests.objective.fakes import CharacterTokenizer, ScriptedBackend
from tests.objective.test_tasks import write_ceval
from tests.stores import open_store

START = datetime(2026, 1, 1, tzinfo=UTC)
GOLD = "ABAB"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(tmp_path / "evenhand.db")
    yield opened
    opened.close()


@pytest.fixture
def either(database_url: str) -> Iterator[Database]:
    """A store of each kind, for the tests that together execute every statement."""
    opened = open_database(database_url)
    yield opened
    opened.close()


def ticking() -> Clock:
    """A clock that moves by a second before each reading."""
    return Clock(START, step=timedelta(seconds=1))


def task(name: str = "t", mode: Any = "gen", **changes: Any) -> Task:
    items = tuple(Item(str(n), f"{name} question {n}?", (gold,), ("x", "yy")) for n, gold in enumerate(GOLD))
    made = Task(name, mode, items, {"": Template("Q: {question}\n{options}\nA:")}, source="data")
    return replace(made, **changes)


def evaluation(*tasks: Task | UnreadyTask, **changes: Any) -> Evaluation:
    groups = (TaskGroup("both", tuple(one.name for one in tasks)),)
    made = Evaluation("m", "rev", TaskSelection(tuple(tasks), groups), EvaluationSettings())
    return replace(made, **changes)


def run(database: Database, asked: Evaluation, backend: Backend, context: PromptContext | None = None) -> Summary:
    run_id = evaluate(
        database,
        asked,
        lambda: backend,
        context or PromptContext(),
        now=ticking(),
        report=lambda done, total: None,
    )
    return summarize_runs(database, [run_id], asked.selection.groups)


def cells(summary: Summary) -> dict[str, str]:
    return {f"{line.dataset} {line.metric}": str(line.cells["m"]) for line in summary.lines}


def right(prompt: str) -> str:
    """The gold letter of the question that a prompt ends with."""
    return GOLD[int(prompt.rpartition("question ")[2][0])]


def test_a_model_with_right_answers_has_100_percent_in_both_modes(database: Database) -> None:
    backend = ScriptedBackend(right, lambda context, option: float(option.strip() == right(context)))
    summary = run(database, evaluation(task("g"), task("p", "ppl")), backend)
    assert cells(summary) == {"g accuracy": "100.00", "p accuracy": "100.00", "both naive_average": "100.00"}
    assert summary.is_complete
    assert summary.lines[-1].mode == "mixed"
    assert len(backend.asked) == 4 + 4 * 2


def test_scores_equal_a_count_by_hand(database: Database) -> None:
    """Always A on ABAB: half right. Text options: `x` is likelier raw, `yy` per character with these numbers."""
    backend = ScriptedBackend(likelihood=lambda context, option: {" x": -2.0, " yy": -3.0}[option])
    summary = run(database, evaluation(task("g"), task("p", "ppl", options_as="text")), backend)
    found = cells(summary)
    assert found["g accuracy"] == "50.00"
    assert found["p accuracy"] == "50.00"
    assert [line.metric for line in summary.lines[1:5]] == [
        "accuracy", "accuracy_chars", "accuracy_bytes", "accuracy_tokens",
    ]  # fmt: skip
    assert summary.results[0].error == pytest.approx((4 * 0.25 / 3) ** 0.5 / 2)


def test_prompts_and_outputs_are_stored(either: Database) -> None:
    asked = evaluation(task("g"), task("p", "ppl"))
    run(either, asked, ScriptedBackend(lambda prompt: "The answer is B.\x00"))
    with either.reading() as session:
        [first, *_] = runs.predictions(session, find_run(either, asked), "g")
        likely = runs.predictions(session, find_run(either, asked), "p")
        assert {one.item: one.prompt for one in likely}["2"] == "Q: p question 2?\nA. x\nB. yy\nA:"
        assert [len(runs.predictions(session, find_run(either, asked), name)) for name in "gp"] == [4, 4]
        assert [line.model for line in runs.list_runs(session)] == ["m"]
    assert (first.output, first.extracted, first.state) == ("The answer is B.\ufffd", "B", "scored")
    assert first.details["finish"] == "stop"
    assert likely[0].details["options"] == [" A", " B"]
    assert likely[0].details["nats"] == [-2.0, -2.0]


@pytest.mark.parametrize("mode", ["gen", "ppl"])
@pytest.mark.parametrize("answered", [0, 1, 3])
def test_an_interrupted_run_sends_nothing_twice(database: Database, mode: str, answered: int) -> None:
    asked = evaluation(task("a", mode), task("b", mode))
    per_item = 2 if mode == "ppl" else 1
    broken = ScriptedBackend(right, break_after=answered * per_item)
    with pytest.raises(KeyboardInterrupt):
        run(database, asked, broken)
    backend = ScriptedBackend(right)
    summary = run(database, asked, backend)
    assert len(backend.asked) == (8 - answered) * per_item
    assert not set(backend.asked) & set(broken.asked)
    idle = ScriptedBackend(right)
    assert run(database, asked, idle) == summary
    assert idle.asked == []
    with database.reading() as session:
        assert len(runs.list_runs(session)) == 1


def test_a_generated_text_is_stored_before_the_next_is_requested(database: Database) -> None:
    """After a SIGKILL, only what is in the store at that moment remains."""
    seen: list[int] = []

    def answer(prompt: str) -> str:
        with database.reading() as session:
            seen.append(len(runs.predictions(session, 1, "t")))
        return right(prompt)

    run(database, evaluation(task()), ScriptedBackend(answer))
    assert seen == [0, 1, 2, 3]


KILLED = """
import os, signal, sys
from objective.evaluation.run import evaluate
from objective.evaluation.plan import PromptContext
from storage.database.engine import open_database
from tests.objective.evaluation.test_run import evaluation, right, task, ticking
from tests.objective.fakes import ScriptedBackend

left = [5]

def answer(prompt):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return right(prompt)

asked = evaluation(task("a"), task("b"))
evaluate(open_database(sys.argv[1]), asked, lambda: ScriptedBackend(answer), PromptContext(), now=ticking(),
         report=lambda *_: None)
"""


def test_a_killed_run_loses_no_output_and_resumes_to_the_same_summary(database: Database, tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "evenhand.db")], cwd=root, check=False)
    assert killed.returncode == -signal.SIGKILL
    backend = ScriptedBackend(right)
    asked = evaluation(task("a"), task("b"))
    again = run(database, asked, backend)
    assert len(backend.asked) == 3
    assert again == run(database, replace(asked, reuse=False), ScriptedBackend(right))


CHANGES: dict[str, Any] = {
    "prompt": lambda asked: replace(
        asked, settings=replace(asked.settings, prompts=PromptSettings(system="Be brief."))
    ),
    "model revision": lambda asked: replace(asked, revision="other"),
    "sampling": lambda asked: replace(asked, settings=replace(asked.settings, temperature=0.7)),
    "length": lambda asked: replace(asked, settings=replace(asked.settings, max_tokens=5)),
}


@pytest.mark.parametrize("what", CHANGES)
def test_nothing_stale_is_reused_when_one_thing_changes(database: Database, what: str) -> None:
    asked = evaluation(task("t"))
    run(database, asked, ScriptedBackend(right))
    backend = ScriptedBackend(right)
    run(database, CHANGES[what](asked), backend)
    assert len(backend.asked) == 4


def test_a_changed_answer_is_scored_anew_and_one_changed_question_is_one_request(database: Database) -> None:
    asked = evaluation(task("t"))
    run(database, asked, ScriptedBackend(right))
    items = list(asked.selection.ready[0].items)
    items[3] = replace(items[3], gold=("A",))
    corrected = task("t", items=tuple(items), source="corrected")
    backend = ScriptedBackend(right)
    assert cells(run(database, evaluation(corrected), backend))["t accuracy"] == "75.00"
    assert backend.asked == []
    items[0] = replace(items[0], question="another question 0?")
    run(database, evaluation(task("t", items=tuple(items), source="rewritten")), backend)
    assert len(backend.asked) == 1


def test_outputs_stored_by_an_earlier_version_are_reused(database: Database) -> None:
    """Its digests held the digest of the data file too."""
    asked = evaluation(task("t"))
    run(database, asked, ScriptedBackend(right))
    planned = plan_task(asked.selection.ready[0], asked.settings, PromptContext(), revision="rev").items
    with database.writing() as session:
        for one in planned:
            session.execute(
                update(Prediction).where(Prediction.item == one.item.key).values(asked=one.earlier_digest)  # type: ignore[arg-type]
            )
    backend = ScriptedBackend(right)
    run(database, asked, backend)
    run(database, evaluation(task("t"), task("u")), backend)
    assert len(backend.asked) == 4, "those of u"


def test_outputs_of_other_runs_are_reused_for_equal_prompts_unless_disabled(either: Database) -> None:
    run(either, evaluation(task("t")), ScriptedBackend(right))
    wider = evaluation(task("t"), task("u"))
    backend = ScriptedBackend(right)
    assert cells(run(either, wider, backend))["t accuracy"] == "100.00"
    assert len(backend.asked) == 4
    repeated = ScriptedBackend()
    assert cells(run(either, replace(wider, reuse=False), repeated))["t accuracy"] == "50.00"
    assert len(repeated.asked) == 8


def test_a_changed_scorer_scores_stored_outputs_without_the_model(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = evaluation(task("t"))
    run(database, asked, ScriptedBackend(right))
    with database.reading() as session:
        before = runs.predictions(session, find_run(database, asked), "t")[0].content
    changed = evaluation(task("t", items=tuple(replace(item, gold=("A",)) for item in task("t").items)))
    idle = ScriptedBackend()
    assert cells(run(database, changed, idle))["t accuracy"] == "50.00"
    assert idle.asked == []
    monkeypatch.setattr("objective.evaluation.plan.SCORER", "another")
    again = run(database, asked, idle)
    assert cells(again)["t accuracy"] == "100.00"
    assert idle.asked == []
    with database.reading() as session:
        stored = runs.predictions(session, find_run(database, asked), "t")[0]
    assert stored.content != before


def test_rescoring_needs_no_model_and_reports_items_never_asked(either: Database) -> None:
    asked = evaluation(task("t"))
    with pytest.raises(NotFound, match="stored run of 'm'"):
        rescore(either, asked, now=ticking())
    with pytest.raises(KeyboardInterrupt):
        run(either, asked, ScriptedBackend(right, break_after=3))
    run_id = rescore(either, asked, now=ticking())
    summary = summarize_runs(either, [run_id], ())
    assert cells(summary) == {"t accuracy": "100.00*"}, "that of the items with an answer"
    assert summary.results[0].failed == 1
    assert summary.results[0].notes == (Note(NoteCode.not_asked, count=1, total=4),)
    assert summary.results[0].cause is None
    assert not summary.is_complete


def test_a_missing_task_has_a_named_row_and_its_group_no_value(database: Database, tmp_path: Path) -> None:
    chosen = select_tasks(["ceval-logic", "ceval-law"], data_dir=write_ceval(tmp_path))
    asked = replace(evaluation(), selection=replace(chosen, groups=(TaskGroup("g", ("ceval-logic", "ceval-law")),)))
    summary = run(database, asked, ScriptedBackend(lambda prompt: "B"))
    assert [line.texts for line in summary.lines] == [
        ["ceval-logic", "f5b022", "accuracy", "gen", "100.00"],
        ["ceval-law", "-", "accuracy", "gen", "-"],
        ["g", "-", "naive_average", "gen", "-"],
    ]
    assert "law_val.csv" in summary.lines[1].causes[0]
    assert summary.results[1].state == "missing"
    assert not summary.is_complete


class FailingBackend(ScriptedBackend):
    """Fails for prompts with a word, before any request of the call is answered."""

    def __init__(self, word: str, error: BaseException) -> None:
        super().__init__(right)
        self._word, self._raised = word, error

    def generate(self, requests: Any) -> Any:
        if any(self._word in request.prompt for request in requests):
            raise self._raised
        return super().generate(requests)


def test_a_task_that_breaks_the_engine_fails_alone(database: Database) -> None:
    broken = FailingBackend("b question", RuntimeError("CUDA out of memory\nTried to allocate"))
    summary = run(database, evaluation(task("a"), task("b"), task("c")), broken)
    assert cells(summary) == {
        "a accuracy": "100.00", "b accuracy": "-", "c accuracy": "100.00", "both naive_average": "-",
    }  # fmt: skip
    assert summary.results[1].cause == "RuntimeError: CUDA out of memory"
    assert summary.results[1].notes == (Note(NoteCode.failed, count=4, total=4, reasons=1),)
    assert summary.results[1].failed == 4
    backend = ScriptedBackend(right)
    again = run(database, evaluation(task("a"), task("b"), task("c")), backend)
    assert len(backend.asked) == 4
    assert again.is_complete


def test_one_input_that_the_engine_rejects_fails_alone(database: Database) -> None:
    refused = FailingBackend("question 2", BadInput("expected at most 9 tokens, got 12"))
    summary = run(database, evaluation(task("a"), task("b")), refused)
    assert [(one.items, one.failed, one.cause) for one in summary.results] == [
        (3, 1, "expected at most 9 tokens, got 12")
    ] * 2
    assert cells(summary)["a accuracy"] == cells(summary)["both naive_average"] == "100.00*"
    assert summary.lines[-1].notes == (Note(NoteCode.partial_task_scores, count=2, total=2, name="a", model="m"),)


def test_a_prompt_that_does_not_fit_and_a_chat_without_a_template_are_reported(database: Database) -> None:
    long = task("t", items=(*task().items, Item("long", "x" * 500, ("A",), ("x", "y"))))
    summary = run(database, evaluation(long), ScriptedBackend(right), PromptContext(count=len, room=400))
    assert summary.results[0].failed == 1
    long_prompt = read_cause(summary.results[0].cause or "")
    assert (long_prompt.code, long_prompt.name, long_prompt.limit) == (CauseCode.prompt_too_long, "long", 400)
    chat = replace(evaluation(task("t")), settings=EvaluationSettings(prompts=PromptSettings(chat=True)))
    failed = run(database, chat, ScriptedBackend(right), PromptContext(tokenizer=CharacterTokenizer(template=None)))
    assert failed.results[0].state == "failed"
    assert read_cause(failed.results[0].cause or "").code == CauseCode.no_chat_template


def test_unparsed_answers_are_counted_separately(database: Database) -> None:
    summary = run(
        database, evaluation(task("t")), ScriptedBackend(lambda prompt: "A" if "question 0" in prompt else "no idea")
    )
    [whole, parsed] = summary.results
    assert (whole.value, whole.unparsed, whole.items) == (0.25, 3, 4)
    assert (parsed.metric, parsed.value, parsed.items) == ("accuracy_parsed", 1.0, 1)
    assert summary.is_complete


def test_several_samples_per_item_are_all_kept_and_averaged(either: Database) -> None:
    asked = replace(evaluation(task("t")), settings=EvaluationSettings(samples=3, temperature=1.0))
    summary = run(either, asked, ScriptedBackend(right))
    with either.reading() as session:
        stored = runs.predictions(session, find_run(either, asked), "t")
        assert [one.sample for one in stored] == [0, 1, 2] * 4
        assert len(runs.predictions(session, find_run(either, asked), "t", first=10, count=5)) == 2
    assert summary.results[0].items == 4
    assert item_scores(either, find_run(either, asked), ["t"]) == {f"t/{n}": 1.0 for n in range(4)}


def test_several_samples_give_pass_at_k_the_vote_and_the_spread_of_rounds(database: Database) -> None:
    """By hand: the first two of four samples are right in the items 0 and 1, the first in the items 2 and 3."""

    class Rounds(ScriptedBackend):
        def generate(self, requests: Sequence[GenerateRequest]) -> Iterator[tuple[int, tuple[GeneratedText, ...]]]:
            for place, request in enumerate(requests):
                good = right(request.prompt)
                other = "A" if good != "A" else "B"
                is_easy = re.search(r"question [01]", request.prompt)
                answers = [good, good, other, "no idea"] if is_easy else [good, "no idea", "no idea", other]
                yield place, tuple(GeneratedText(text, "end", 1, 1) for text in answers)

    asked = replace(evaluation(task("t")), settings=EvaluationSettings(samples=4, temperature=1.0))
    found = {result.metric: result.value for result in run(database, asked, Rounds(right)).results}
    assert found["accuracy"] == pytest.approx(0.375)
    assert found["pass@2"] == pytest.approx((2 * (1 - 1 / 6) + 2 * (1 - 3 / 6)) / 4)
    assert found["pass@4"] == 1.0
    assert found["g-pass@2_1.0"] == pytest.approx(2 * (1 / 6) / 4)
    assert found["majority"] == 1.0
    assert found["spread"] == pytest.approx(statistics.stdev([1.0, 0.5, 0.0, 0.0]))


def test_the_vote_leaves_out_items_whose_answers_only_a_grader_could_read() -> None:
    def sample(item: str, number: int, extracted: str | None, score: float | None, mark: str = "") -> Prediction:
        details = {"grade": {"grader": "g", "mark": mark}} if mark else {}
        state = PredictionState.unparsed if score is None else PredictionState.scored
        fixed: dict[str, Any] = {"task": "t", "asked": "", "prompt": "", "gold": [], "created_at": Clock()()}
        own: dict[str, Any] = {
            "item": item,
            "sample": number,
            "extracted": extracted,
            "score": score,
            "details": details,
        }
        return Prediction(**fixed, **own, state=state)

    stored = [
        *(sample("0", number, "A", 1.0) for number in range(2)),
        *(sample("1", number, None, 1.0, "correct") for number in range(2)),
        *(sample("2", number, "B", 0.0) for number in range(2)),
        sample("3", 0, None, None, "not_attempted"),
        sample("3", 1, "A", 1.0),
    ]
    settings = EvaluationSettings(samples=2, temperature=1.0, grader="g")
    rows = {row["metric"]: row for row in task_score_rows(task("t"), stored, settings)}
    assert (rows["majority"]["value"], rows["majority"]["items"]) == (pytest.approx(2 / 3), 3)
    assert {"code": "without_vote", "count": 1, "total": 4} in rows["accuracy"]["notes"]
    all_graded = task_score_rows(task("t"), stored[2:4], replace(settings, limit=1))
    assert "majority" not in {row["metric"] for row in all_graded}, "no vote is no 0"


def test_circular_evaluation_counts_an_item_only_if_it_is_right_in_every_rotation(database: Database) -> None:
    """A model that always says A is right in one rotation of each item, one that reads the options in all."""
    circular = EvaluationSettings(circular=True, limit=3)
    asked = replace(evaluation(task("t")), settings=circular)
    backend = ScriptedBackend(lambda prompt: "A")
    found = {result.metric: (result.value, result.items) for result in run(database, asked, backend).results}
    assert found == {"circular": (0.0, 3), "accuracy": (0.5, 6)}
    assert len(backend.asked) == 6
    read = replace(asked, model="reader", revision="another")
    reading = ScriptedBackend(lambda prompt: prompt[prompt.index("x" if "question 0" in prompt else "yy") - 3])
    found = {result.metric: (result.value, result.items) for result in run(database, read, reading).results}
    assert found["circular"][0] == pytest.approx(2 / 3)  # the gold of item 2 is x
    assert run_digest("m", "rev", asked.selection, EvaluationSettings(limit=3)) == (
        replace(asked, settings=EvaluationSettings(limit=3)).digest
    )


def test_a_rotation_keeps_the_right_option_and_belongs_to_its_item() -> None:
    item = Item("7", "Which?", ("C",), ("p", "q", "r", "s"))
    made = rotated(task(items=(item, Item("8", "How many?", ("4",), kind="number")), recipe="published"))
    assert [(one.key, one.group) for one in made.items] == [*((f"7~{n}", "7") for n in range(4)), ("8", "")]
    assert all(one.options[one.letters.index(one.gold[0])] == "r" for one in made.items[:4])
    assert made.items[0] == replace(item, key="7~0", group="7")
    assert made.recipe == ""


def test_a_limit_takes_the_first_items_and_raising_it_sends_only_the_rest(database: Database) -> None:
    asked = evaluation(task("t"))
    backend = ScriptedBackend(right)
    limited = run(database, replace(asked, settings=EvaluationSettings(limit=1)), backend)
    assert limited.results[0].items == 1
    run(database, asked, backend)
    assert len(backend.asked) == 4


def test_the_version_is_the_published_id_only_for_the_published_words(tmp_path: Path) -> None:
    [logic] = select_tasks(["ceval-logic"], data_dir=write_ceval(tmp_path)).ready
    plain = EvaluationSettings()
    assert task_version(logic, plain) == "f5b022"
    assert task_version(replace(logic, mode="ppl"), plain) == "c9c394"
    others = [
        EvaluationSettings(prompts=PromptSettings(system="S")),
        EvaluationSettings(prompts=PromptSettings(shots=ShotSelection("first", 0))),
        EvaluationSettings(prompts=PromptSettings(shots=ShotSelection("random", 5))),
    ]
    versions = {task_version(logic, other) for other in others}
    assert len(versions) == 3
    assert all(version.startswith("eh-") for version in versions)
    assert task_version(logic, EvaluationSettings(prompts=PromptSettings(chat=True))) == "f5b022"
    fewer = task_version(logic, EvaluationSettings(prompts=PromptSettings(shots=ShotSelection("first", 3))))
    assert fewer != "f5b022" and not fewer.startswith("eh-")


def asks(mode: Any) -> tuple[PlannedItem, ...]:
    return plan_task(task("t", mode), EvaluationSettings(), PromptContext(), revision="r").items


def test_an_option_without_tokens_and_a_missing_answer_are_failures() -> None:
    class Empty(ScriptedBackend):
        def score(self, requests: Any) -> Iterator[tuple[int, ScoredContinuation]]:
            yield from ((place, ScoredContinuation(0.0, 0, 0, True)) for place in range(len(requests)))

    class Forgetful(ScriptedBackend):
        def generate(self, requests: Any) -> Any:
            return iter(())

    assert {result.cause for result in collect_outputs(Empty(), asks("ppl"))} == {
        Cause(CauseCode.option_without_tokens, name=" A")
    }
    assert {result.cause for result in collect_outputs(Forgetful(), asks("gen"))} == {Cause(CauseCode.no_answer)}


def test_requests_of_a_task_carry_its_name_so_that_the_engine_can_share() -> None:
    seen: list[ScoreRequest | GenerateRequest] = []

    class Watching(ScriptedBackend):
        def score(self, requests: Any) -> Any:
            seen.extend(requests)
            return super().score(requests)

        def generate(self, requests: Any) -> Any:
            seen.extend(requests)
            return super().generate(requests)

    list(collect_outputs(Watching(), [*asks("gen"), *asks("ppl")]))
    assert {request.group for request in seen} == {"t"}
    assert [request.continuation for request in seen if isinstance(request, ScoreRequest)] == [" A", " B"] * 4
    [sampling] = {request.sampling for request in seen if isinstance(request, GenerateRequest)}
    assert (sampling.max_tokens, sampling.temperature, sampling.stop) == (256, 0.0, ("\nQ:",))
