"""The early Vicuna benchmark: GPT-4 scores two answers from 1 to 10 on the first line of its reply.

One order only. The authors corrected replies by hand that the rule could not read (the mathematics questions, whose
prompt asks for the answer first); where the rule reads none, their scores count.
"""

from collections.abc import Sequence
from pathlib import Path

from judging.chat.model import ChatSettings
from judging.recipes import published
from judging.recipes.figures import has_numbers
from judging.recipes.recipe import (
    BenchmarkFacts,
    BenchmarkFigure,
    PromptSubstitutes,
    Recipe,
    RecipeData,
    RecipeJudgment,
    RecipeSource,
    Recording,
    ReproducedFigures,
)
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause
from storage.errors import BadInput
from storage.values import Json

_SOURCE = "vicuna_bench"
_JUDGE = "gpt-4"
NAMES = ("1", "2")


def parse(reply: str) -> Verdict:
    """Two numbers on the first line, separated by a space or a comma, and nothing else."""
    pieces = reply.split("\n", maxsplit=1)[0].replace(",", " ").split(" ")
    if len(pieces) != len(NAMES):
        return Verdict(cause=VerdictCause.no_marker)
    try:
        values = {name: float(piece) for name, piece in zip(NAMES, pieces, strict=True)}
    except ValueError:
        return Verdict(cause=VerdictCause.no_marker)
    return Verdict(values=values, marker=" ".join(pieces))


@published.require_published_shape
def read(folder: Path) -> RecipeData:
    """Questions, answers and reviews in the layout of FastChat's `fastchat/eval/table`."""
    questions = published.read_questions(_SOURCE, published.find_files(folder, "question.jsonl")[:1])
    responses: list[Json] = []
    model_of: dict[str, str] = {}
    left_aside: list[str] = []
    answers = published.find_files(folder, "answer_*.jsonl")
    for path, listed in published.rows_with(answers, "model_id", "answer_id", "text", left_aside=left_aside):
        for row in listed:
            model, text = published.require_text(row, "model_id", path), published.require_text(row, "text", path)
            model_of[str(row["answer_id"])] = model
            responses.append(published.response_row(_SOURCE, row["question_id"], model, [text]))
    reviews = published.find_files(folder, "review_*.jsonl")
    recordings = [
        _recording(row, model_of, path)
        for path, listed in published.rows_with(reviews, "answer1_id", "answer2_id", "text", left_aside=left_aside)
        for row in listed
    ]
    return RecipeData(questions, responses, recordings, left_aside=left_aside)


def summarise(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """For each pair of models: both sums of scores, and wins, ties and losses of the second model."""
    del facts
    found: list[BenchmarkFigure] = []
    for pair in sorted({row.models for row in rows}):
        own = [row for row in rows if row.models == pair]
        scores = [tuple(row.verdict.values[name] for name in NAMES) for row in own if has_numbers(row.verdict)]
        first, second = pair
        subject, count, lacking = f"{second} against {first}", len(scores), len(own) - len(scores)
        figures = {
            f"sum {first}": sum(a for a, _ in scores),
            f"sum {second}": sum(b for _, b in scores),
            "wins": float(sum(b > a for a, b in scores)),
            "ties": float(sum(b == a for a, b in scores)),
            "losses": float(sum(b < a for a, b in scores)),
        }
        found += [BenchmarkFigure(subject, name, value, count, lacking) for name, value in figures.items()]
    return found


def _recording(row: Json, model_of: dict[str, str], path: Path) -> Recording:
    try:
        models = tuple(model_of[str(row[f"answer{name}_id"])] for name in NAMES)
    except KeyError as missing:
        raise BadInput(
            f"{path.name}: expected the answers that it reviews in the same folder, got none with id {missing}; "
            "add their file"
        ) from None
    score = row.get("score") or (-1, -1)
    verdict = Verdict(values={name: float(one) for name, one in zip(NAMES, score, strict=True)})
    return Recording(
        str(row["question_id"]),
        models,
        published.require_text(row, "text", path),
        judge=_JUDGE,
        prompt=str(row.get("reviewer_id") or ""),
        verdict=Verdict(cause=VerdictCause.no_marker) if min(score) < 0 else verdict,
    )


VICUNA_BENCH = Recipe(
    name="vicuna-bench",
    kind="several",
    source=RecipeSource("", "lm-sys/FastChat", "69d085eadab8e9fcf831a97e17e132658c3d2272", "Apache-2.0"),
    form=OutputForm("scores", names=NAMES),
    parse=parse,
    read=read,
    summarise=summarise,
    substitutes=PromptSubstitutes(plain="several-10"),
    reproduced=ReproducedFigures(
        "sums of scores and counts of nine pairs of models",
        "review/*/*.jsonl",
    ),
    settings=ChatSettings(temperature=0.2, max_tokens=1024),
    reads_beginning=True,
)
