"""Small objective runs for tests of the pages: two models on three tasks, with every way in which a sample may end."""

from collections.abc import Callable
from datetime import UTC, datetime

from objective.catalog import TaskSelection, UnreadyTask
from objective.evaluation.plan import EvaluationSettings, PromptContext
from objective.evaluation.run import Evaluation, evaluate
from objective.task import Item, Task, Template
from storage.database.engine import Database
from storage.errors import NotFound
from tests.objective.fakes import ScriptedBackend

AT = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
GOLD = "ABABABABABABABABABABABABA"
"""Of 25 items, more than a page of the list."""
HOSTILE = (
    "<img src=//evil.example/x onerror=window.__x=1>\u202e```<script>window.__x=1</script> [y](http://evil.example)"
)


def gen_task() -> Task:
    """`letters`: 25 questions with two options; the last one attacks."""
    items = [Item(str(n), f"letters question {n}?", (gold,), ("one", "two")) for n, gold in enumerate(GOLD)]
    items[-1] = Item(items[-1].key, f"letters question 24? {HOSTILE}", items[-1].gold, ("one", "two"))
    return Task("letters", "gen", tuple(items), {"": Template("Q: {question}\n{options}\nA:")}, source="made")


def ppl_task() -> Task:
    """`likely`: three questions scored by likelihood of their options' texts."""
    items = tuple(Item(f"p{n}", f"likely question {n}?", ("B",), ("one", "second")) for n in range(3))
    template = {"": Template("Q: {question}\nA:")}
    return Task("likely", "ppl", items, template, source="made", options_as="text")


def selected() -> TaskSelection:
    """All three tasks; the data of `lost` is not there."""
    return TaskSelection((gen_task(), ppl_task(), UnreadyTask("lost", "gen", NotFound("expected its data"))), ())


def run_model(database: Database, model: str, answer: Callable[[str], str], *, seed: int = 0) -> int:
    """Let a model that answers `letters` as told, and finds the longer option of `likely` likelier, run everything."""
    backend = ScriptedBackend(answer, lambda _, option: -1.0 if option == " second" else -1.5)
    evaluation = Evaluation(model, f"revision of {model}", selected(), EvaluationSettings(seed=seed))
    return evaluate(database, evaluation, lambda: backend, PromptContext(), now=lambda: AT, report=lambda *_: None)


def always_a(_: str) -> str:
    """A letter for every question: right where the number is even."""
    return " A"


def mumbles(prompt: str) -> str:
    """Nothing that can be read before question 20, hostile from there on."""
    return f"I would not know. {HOSTILE}" if "question 2" in prompt else "hm"
