"""Scorers of tasks: loaded when needed, several metrics, metrics over all outputs, and likelihoods."""

import math
import subprocess
import sys
from pathlib import Path

import pytest

from objective.causes import TaskProblem
from objective.evaluation.plan import EvaluationSettings, task_content, task_version
from objective.request import ScoredContinuation
from objective.scoring import registry
from objective.scoring.likelihood import GREEDY_ACCURACY, MC1, MC2
from objective.scoring.metrics import PredictionOutcome, clustered_error, compute_metrics, standard_error
from objective.scoring.registry import SCORERS, Scorer, load_scorer
from objective.task import Item, Task, Template, content_hash, validate_task
from objective.tasks import mini
from storage.errors import BadInput

HEAVY = (
    "sacrebleu", "rouge_score", "datasets", "torch", "transformers", "numpy", "pandas", "pyarrow", "scipy",
    "sqlalchemy", "jinja2", "yaml", "nltk", "langdetect",
)  # fmt: skip


def test_the_catalogue_imports_no_heavy_library() -> None:
    program = f"import sys, objective.catalog; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


MADE_BY = {"task_file": ':{"filters": [{"name": "", "filter": []}], "metrics": [{"metric": "exact_match"}]}'}


@pytest.mark.parametrize("name", SCORERS)
def test_every_scorer_loads_under_its_own_name(name: str) -> None:
    found = load_scorer(name + MADE_BY.get(name, ""))
    assert found.name == name
    assert found.metrics
    assert sum(one is not None for one in (found.score, found.score_all, found.score_options)) == 1


def test_an_unknown_scorer_and_a_missing_library_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TaskProblem, match=r"expected a scorer among .*mc1.*, got 'luck'"):
        load_scorer("luck")
    monkeypatch.setattr(registry, "SCORERS", {"luck": "no_such_library:LUCK"})
    with pytest.raises(TaskProblem, match="library no_such_library for the scorer luck"):
        load_scorer("luck")


def test_content_hashes_and_versions_of_earlier_tasks_stay() -> None:
    """Recorded with the rules of marking 4; fields that are not set move nothing."""
    known = {
        "evenhand-mini-reasoning": "1c154dc311d7178e6c3e93643647dbd97d824e0a59466e60ccc575cd572782ca",
        "evenhand-mini-language": "c04ed4f92932dd5e3796dcc00c3fcc01ba7286c9a1bbcad9d34268f6e67a464b",
    }
    for name, content in known.items():
        task = mini.FAMILY.load(name, Path(), "gen")
        assert task_content(task, EvaluationSettings()) == content
        assert task_version(task, EvaluationSettings()) == f"eh-{content[:6]}"


def test_each_new_field_moves_the_content_hash_when_it_is_set() -> None:
    def content(scorer: str = "", *, after: str | None = None, **fields: object) -> str:
        item = Item("1", "q", ("A",), ("x", "y"), **fields)  # type: ignore[arg-type]
        template = Template("{question}", after_instruction=after)
        return content_hash(Task("t", "gen", (item,), {"": template}, source="", scorer=scorer), {})

    changed = [content("mc1"), content(after=""), content(data={"a": 1}), content(contexts=("a", "b")),
               content(group="g")]  # fmt: skip
    assert len({content(), *changed}) == 6


def likelihoods(*nats: float) -> list[ScoredContinuation]:
    return [ScoredContinuation(one, 1, 1, one > -1) for one in nats]


def test_mc1_mc2_and_greedy_accuracy_by_hand() -> None:
    item = Item("1", "q", ("A", "C"), ("x", "y", "z"))
    assert MC1.score_options is not None and MC2.score_options is not None
    assert GREEDY_ACCURACY.score_options is not None
    half = math.log(0.5), math.log(0.25), math.log(0.25)
    assert MC1.score_options(item, item.options, likelihoods(*half)) == {"accuracy": 1.0}
    found = MC2.score_options(item, item.options, likelihoods(*half))
    assert found is not None and found["right_share"] == pytest.approx(0.75)
    assert MC2.score_options(item, item.options, likelihoods(math.nan, -1, -1)) is None
    shifted = MC2.score_options(item, item.options, likelihoods(*(one - 5000 for one in half)))
    assert shifted is not None and shifted["right_share"] == pytest.approx(0.75)
    last = Item("2", "q", ("A",), ("x",))
    assert GREEDY_ACCURACY.score_options(last, last.options, likelihoods(-0.5)) == {"accuracy": 1.0}
    perplexity = GREEDY_ACCURACY.corpus_options["perplexity"]
    assert perplexity([last, last], [likelihoods(-math.log(2)), likelihoods(-math.log(8))]) == pytest.approx(4)


def test_errors_of_items_on_one_passage_are_clustered() -> None:
    """By hand: deviations ±1/2 in two pairs that agree add up, so the error is that of two independent passages."""
    scores = {"a": 1.0, "b": 1.0, "c": 0.0, "d": 0.0}
    groups = {"a": "p", "b": "p", "c": "q", "d": "q"}
    assert clustered_error(scores, groups) == pytest.approx(0.5)
    assert clustered_error(scores, groups) == pytest.approx(standard_error([1.0, 0.0]))
    assert clustered_error(scores, {}) == pytest.approx(standard_error(list(scores.values())))
    outcomes = [PredictionOutcome(key, "scored", {"f1": score}) for key, score in scores.items()]
    (metric,) = compute_metrics(outcomes, names=("f1",), groups=groups)
    assert metric.value == 0.5 and metric.error == pytest.approx(0.5)
    (single,) = compute_metrics(outcomes, names=("f1",), groups=dict.fromkeys("abcd", "p"))
    assert single.error is None


def test_metrics_over_samples_come_after_the_main_one_and_only_where_every_item_has_enough() -> None:
    outcomes = [PredictionOutcome(key, "scored", {"accuracy": score}) for key, score in
                (("a", 1.0), ("a", 0.0), ("b", 0.0), ("b", 0.0))]  # fmt: skip
    best = {"pass@2": lambda values: max(values) if len(values) >= 2 else None, "pass@3": lambda _: None}
    found = compute_metrics(outcomes, names=("accuracy",), over_samples=best)
    assert [(one.name, one.value) for one in found] == [("accuracy", 0.25), ("pass@2", 0.5)]


def test_a_scorer_of_likelihoods_asked_for_texts_says_so() -> None:
    with pytest.raises(BadInput, match="expected mode ppl for the scorer mc1"):
        MC1.score_outputs([Item("1", "q", ("A",), ("x",))], ["A"])
    many = Scorer("many", 1, ("m",), score_all=lambda items, outputs: [{"m": float(len(outputs))} for _ in items])
    assert many.score_outputs([Item("1", "q", ("A",))] * 2, ["x", "y"]) == [{"m": 2.0}, {"m": 2.0}]


def test_whole_outputs_need_a_scorer_and_options_a_context_each() -> None:
    def checked(item: Item, **fields: object) -> Task:
        return validate_task(Task("t", items=(item,), templates={"": Template("q")}, source="", **fields))  # type: ignore[arg-type]

    free = Item("1", "q", (), kind="text")
    assert checked(free, mode="gen", scorer="ifeval").items == (free,)
    with pytest.raises(BadInput, match="expected a scorer for item '1'"):
        checked(free, mode="gen")
    with pytest.raises(BadInput, match="one context for each of the 2 options"):
        checked(Item("1", "q", ("A",), ("x", "y"), contexts=("c",)), mode="ppl")
    assert checked(Item("1", "q", ("A",), ("x",)), mode="ppl", scorer="greedy_accuracy", options_as="text")
