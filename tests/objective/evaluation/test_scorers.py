"""Tasks with a scorer of their own run as any other: several metrics, metrics over all outputs, contexts by option."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from objective.causes import Cause, CauseCode, TaskProblem, read_cause
from objective.evaluation.plan import EvaluationSettings, PromptContext
from objective.evaluation.run import find_run
from objective.evaluation.sample_log import sample_rows
from objective.prompting.prompts import PromptSettings
from objective.scoring import registry
from objective.scoring.registry import Scorer
from objective.task import Item, Task, Template
from storage.database.engine import Database
from storage.evaluations import runs
from tests.objective.evaluation.test_run import evaluation, run
from tests.objective.fakes import CharacterTokenizer, ScriptedBackend
from tests.stores import open_store

CALLS: list[str] = []


def _overlap(item: Item, output: str) -> dict[str, float] | None:
    CALLS.append(output)
    if not output.strip():
        return None
    words = set(output.split())
    return {"overlap": len(words & set(item.gold)) / len(words), "exact": float(output == item.data.get("exact"))}


def _longest(items: Sequence[Item], outputs: Sequence[str]) -> float:
    return max(map(len, outputs)) / 100


def _refuse(item: Item, output: str) -> None:
    raise TaskProblem("programs may not run", Cause(CauseCode.message, text="programs may not run"))


OVERLAP = Scorer("overlap", 1, ("overlap", "exact"), score=_overlap, corpus={"longest": _longest})
NEWER = Scorer("overlap", 2, ("overlap", "exact"), score=_overlap, corpus={"longest": _longest})
REFUSED = Scorer("refused", 1, ("accuracy",), score=_refuse)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    own = {"overlap": f"{__name__}:OVERLAP", "refused": f"{__name__}:REFUSED"}
    monkeypatch.setattr(registry, "SCORERS", {**registry.SCORERS, **own})
    opened = open_store(tmp_path / "evenhand.db")
    yield opened
    opened.close()


def free(scorer: str = "overlap") -> Task:
    items = tuple(
        Item(str(n), f"question {n}?", ("red", "blue"), kind="text", data={"exact": "red"}, group=f"passage {n // 2}")
        for n in range(4)
    )
    return Task("free", "gen", items, {"": Template("Q: {question}\nA:")}, source="data", scorer=scorer)


ANSWERS = {"0": "red", "1": "red blue", "2": "<think>green</think>red green", "3": ""}


def answer(prompt: str) -> str:
    return ANSWERS[prompt.rpartition("question ")[2][0]]


def test_every_metric_of_a_scorer_is_counted_and_kept_with_the_outputs(database: Database) -> None:
    """By hand: overlaps 1, 1 and 1/2 and an unparsed 0; one exact answer of four; the longest output has 9 letters."""
    asked = evaluation(free())
    CALLS.clear()
    summary = run(database, asked, ScriptedBackend(answer))
    found = {result.metric: result for result in summary.results}
    assert {name: result.value for name, result in found.items()} == {
        "overlap": pytest.approx(2.5 / 4), "exact": 0.25, "overlap_parsed": pytest.approx(2.5 / 3), "longest": 0.09,
    }  # fmt: skip
    assert [line.metric for line in summary.lines][:3] == ["overlap", "exact", "longest"]
    assert (found["overlap"].unparsed, found["longest"].error) == (1, None)
    assert found["overlap"].error == pytest.approx((2 * 2 * 0.75**2) ** 0.5 / 4)
    with database.reading() as session:
        stored = {one.item: one for one in runs.predictions(session, find_run(database, asked), "free")}
    assert stored["2"].details["values"] == {"overlap": 0.5, "exact": 0.0}
    assert (stored["3"].state, stored["3"].details["values"]) == ("unparsed", None)
    assert CALLS.count("red green") == 1
    logged = list(sample_rows(free(), list(stored.values()), asked.settings))
    for name in ("overlap", "exact"):
        assert sum(row[name] for row in logged) / len(logged) == pytest.approx(found[name].value), "as in the results"


def test_an_answer_of_one_line_is_read_after_the_thinking(database: Database) -> None:
    task = replace(free(), stop=("\n",))
    asked = evaluation(task, settings=EvaluationSettings(PromptSettings(chat=True)))
    backend = ScriptedBackend(lambda _: "<think>\nred?\n</think>\n\nred\nOr green,\nor more.")
    summary = run(database, asked, backend, PromptContext(CharacterTokenizer()))
    found = {result.metric: result.value for result in summary.results}
    assert (found["overlap"], found["exact"], found["longest"]) == (1.0, 1.0, 0.03)
    assert asked.settings.sampling(task).stop == (), "else the model would end before it answers"


def test_scored_outputs_are_not_scored_again_until_the_rules_change(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = evaluation(free())
    first = run(database, asked, ScriptedBackend(answer))
    CALLS.clear()
    backend = ScriptedBackend(answer)
    assert run(database, asked, backend).results == first.results
    assert (CALLS, backend.asked) == ([], [])
    monkeypatch.setitem(registry.SCORERS, "overlap", f"{__name__}:NEWER")
    newer = run(database, asked, backend)
    assert sorted(CALLS) == sorted(["red", "red blue", "red green", ""])
    assert backend.asked == []
    assert newer.results[0].content != first.results[0].content


@pytest.mark.parametrize(("scorer", "words"), [("refused", "programs may not run"), ("luck", "expected a scorer")])
def test_a_task_that_cannot_be_scored_fails_with_the_cause_and_keeps_its_outputs(
    database: Database, scorer: str, words: str
) -> None:
    asked = evaluation(free(scorer))
    (result,) = run(database, asked, ScriptedBackend(answer)).results
    assert (result.state, result.value) == ("failed", None)
    assert words in read_cause(result.cause or "").text
    with database.reading() as session:
        assert len(runs.predictions(session, find_run(database, asked), "free")) == 4


def test_options_with_contexts_of_their_own_are_scored_after_them(database: Database) -> None:
    template = Template("{question}", between="\n\n")
    shown = Item("e", "", ("B",), ("is small.",) * 2, contexts=("The sea", "The pin"))
    item = Item("1", "", ("A",), ("was full.",) * 2, contexts=("So the cup", "So the jug"))
    choice = Task("w", "ppl", (item,), {"": template}, source="d", pool=(shown,), shots=1, options_as="text")
    backend = ScriptedBackend(likelihood=lambda context, option: 0.0 if context.endswith("cup") else -1.0)
    summary = run(database, evaluation(choice), backend)
    assert summary.results[0].value == 1.0
    assert sorted(backend.asked) == [f"The pin is small.\n\nSo the {word} was full." for word in ("cup", "jug")]


def test_likelihood_scorers_read_options_and_their_perplexity_is_no_percentage(database: Database) -> None:
    items = tuple(Item(str(n), f"Once upon a question {n}", ("A",), ("time",)) for n in range(2))
    last = Task("last", "ppl", items, {"": Template("{question}")}, source="d", options_as="text",
                scorer="greedy_accuracy")  # fmt: skip
    summary = run(database, evaluation(last), ScriptedBackend(likelihood=lambda context, option: -2.0))
    assert [(line.metric, str(line.cells["m"])) for line in summary.lines[:2]] == [
        ("accuracy", "0.00"), ("perplexity", "7.39"),
    ]  # fmt: skip
