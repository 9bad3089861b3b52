"""PandaLM: a judge model with 7 billion parameters, and its test of 999 pairs with three human labels each.

The label is what most of the three annotators chose, and the first annotator's choice if all differ. One order only;
judges' decisions are published, not their replies. Not verified, because the test set is not at hand.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from judging.chat.model import ChatSettings
from judging.recipes import published
from judging.recipes.figures import judge_label
from judging.recipes.recipe import (
    BenchmarkFacts,
    BenchmarkFigure,
    PromptSubstitutes,
    Recipe,
    RecipeData,
    RecipeJudgment,
    RecipeSource,
    Recording,
)
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause
from storage.errors import BadInput
from storage.values import Json

_SOURCE = "pandalm"
_TEST_SET = "testset-v1"
_RESULT = "_result"
_SHARES = {"1": 1.0, "2": 0.0, "0": 0.5, "tie": 0.5}
_CLASSES = (0, 1, 2)
"""Tie, first and second response, as the test set numbers them."""


def parse(reply: str) -> Verdict:
    """The first line, if it is `1`, `2` or `Tie`."""
    first = reply.strip().partition("\n")[0].strip()
    if not first:
        return Verdict(cause=VerdictCause.empty)
    share = None if first == "0" else _SHARES.get(first.lower())
    return Verdict(cause=VerdictCause.no_marker) if share is None else Verdict(value=share, marker=first)


@published.require_published_shape
def read(folder: Path) -> RecipeData:
    """The test set, and the decisions of judges in files beside it."""
    rows = published.BenchmarkRows(_SOURCE)
    gold: dict[str, str | None] = {}
    names: dict[str, tuple[str, str]] = {}
    sets = [path for path in published.find_files(folder, f"{_TEST_SET}.json") if path.name.startswith(_TEST_SET)]
    for path, listed in published.rows_with(sets, "idx", "response1", "response2", "annotator1"):
        for row in listed:
            key, models = str(row["idx"]), _models(row)
            given = row.get("input")
            parts = [published.require_text(row, "instruction", path), given if isinstance(given, str) else ""]
            rows.add_question(key, "\n\n".join(part for part in parts if part))
            for number, model in enumerate(models, 1):
                rows.add_response(key, model, published.require_text(row, f"response{number}", path))
            names[key] = models
            gold[key] = (None, *models)[_majority(row)]
    left_aside: list[str] = []
    results = published.find_optional_files(folder, f"*-{_TEST_SET}.json")
    recordings = [
        _recording(row, path, names)
        for path, listed in published.rows_with(results, "idx", left_aside=left_aside)
        for row in listed
    ]
    return rows.data(recordings, gold=gold, left_aside=left_aside)


def summarise(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Accuracy, and precision, recall and F1 as means of the three classes, of each judge, as shares of one.

    As published, a decision that could not be read counts as a tie.
    """
    figures: list[BenchmarkFigure] = []
    for judge in sorted({judge_label(row) for row in rows}):
        own = [row for row in rows if judge_label(row) == judge]
        unparsed = sum(row.verdict.value is None for row in own)
        pairs = Counter((_label(row, facts), _decision(row)) for row in own)
        hits = sum(pairs[one, one] for one in _CLASSES)
        by_class = [_class_scores(pairs, one) for one in _CLASSES]
        values = {"accuracy": hits / len(own)}
        for place, name in enumerate(("macro precision", "macro recall", "macro F1")):
            values[name] = sum(scores[place] for scores in by_class) / len(_CLASSES)
        figures += [BenchmarkFigure(judge, name, value, len(own), unparsed) for name, value in values.items()]
    return figures


def _class_scores(pairs: Counter[tuple[int, int]], label: int) -> tuple[float, float, float]:
    """Precision, recall and F1 of one class; 0 where nothing is divided."""
    hits = pairs[label, label]
    said, meant = sum(pairs[one, label] for one in _CLASSES), sum(pairs[label, one] for one in _CLASSES)
    precision, recall = hits / said if said else 0.0, hits / meant if meant else 0.0
    return precision, recall, 2.0 * precision * recall / (precision + recall) if hits else 0.0


def _label(row: RecipeJudgment, facts: BenchmarkFacts) -> int:
    better = facts.gold[row.question]
    return 0 if better is None else row.models.index(better) + 1


def _decision(row: RecipeJudgment) -> int:
    value = row.verdict.value
    return 0 if value is None or value == 0.5 else 1 if value > 0.5 else 2


def _models(row: Json) -> tuple[str, str]:
    first, _, second = str(row.get("cmp_key") or "").partition("_")
    return (first, second) if first and second and first != second else ("response 1", "response 2")


def _majority(row: Json) -> int:
    votes = [int(row[f"annotator{number}"]) for number in (1, 2, 3)]
    return Counter(votes).most_common(1)[0][0]


def _recording(row: Json, path: Path, names: dict[str, tuple[str, str]]) -> Recording:
    key, column = str(row["idx"]), next((name for name in row if name.endswith(_RESULT)), "")
    if key not in names or not column:
        raise BadInput(
            f"{path.name}: expected a result for a pair of the test set, got idx {key} with {', '.join(row)}; "
            "use the published file"
        )
    share = _SHARES.get(str(row[column]).strip().lower())
    verdict = Verdict(cause=VerdictCause.no_marker) if share is None else Verdict(value=share)
    judge = published.file_stem(path).removesuffix(f"-{_TEST_SET}")
    return Recording(key, names[key], None, judge=judge, verdict=verdict)


PANDALM = Recipe(
    name="pandalm",
    kind="pairwise",
    source=RecipeSource("2306.05087", "WeOpenML/PandaLM", "8536d2cecb3dc77e44e181a5a4305c30db0ed3ec", "Apache-2.0"),
    form=OutputForm("three-way"),
    parse=parse,
    read=read,
    summarise=summarise,
    substitutes=PromptSubstitutes(plain="pair-3"),
    settings=ChatSettings(temperature=0.0, max_tokens=150),
    reads_beginning=True,
    is_about_judges=True,
)
