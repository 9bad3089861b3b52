"""Arena-Hard: pairs against a baseline in five levels and both orders; and its early form, single scores out of ten.

Every verdict counts on its own; "much better" counts three times. A question with a reply without a verdict is left
out completely.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from judging.chat.model import ChatSettings
from judging.recipes import published
from judging.recipes.figures import (
    find_category,
    model_share,
    split_known,
    summarise_mean_scores,
)
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
from judging.verdicts.verdict import SHARES, OutputForm, Verdict, VerdictCause
from storage.values import Json

WEIGHT = 3
"""Weight of a "much better"."""

_PATTERNS = (re.compile(r"\[\[([AB<>=]+)\]\]"), re.compile(r"\[([AB<>=]+)\]"))
_LABELS = {**SHARES["five-level"], "B=A": 0.5, "B<A": 0.75, "B<<A": 1.0, "A<B": 0.25, "A<<B": 0.0}
_SCORE = re.compile(r"\[\[(\d++(?:\.\d*+)?)\]\]")
_SOURCE = "arena_hard"
_EARLY_SOURCE = "arena_bench_v1"
_BASELINE = "o3-mini-2025-01-31"
_BASELINES = {"creative_writing": "gemini-2.0-flash-001"}


def parse(reply: str) -> Verdict:
    """The last marker of the text in capitals; single brackets count only if there are no double ones."""
    for pattern in _PATTERNS:
        markers = pattern.findall(reply.upper())
        if markers:
            return label_verdict(markers[-1])
    return Verdict(cause=VerdictCause.no_marker)


def label_verdict(label: str) -> Verdict:
    """The verdict of a label in either direction; a label that the published table lacks has none."""
    if label not in _LABELS:
        return Verdict(cause=VerdictCause.wrong_schema, marker=f"[[{label}]]")
    return Verdict(value=_LABELS[label], marker=f"[[{label}]]")


def parse_score(reply: str) -> Verdict:
    """The score in double brackets; different scores are a contradiction."""
    found = _SCORE.findall(reply)
    if not found:
        return Verdict(cause=VerdictCause.no_marker)
    if len(set(found)) > 1:
        return Verdict(cause=VerdictCause.contradiction, marker=" ".join(found))
    return Verdict(value=float(found[0]), marker=f"[[{found[0]}]]")


@published.require_published_shape
def read(folder: Path) -> RecipeData:
    """Questions, answers and judgments of version 2, in which the first game shows the baseline first."""
    questions = published.read_questions(
        _SOURCE, published.find_files(folder, "question.jsonl"), key="uid", text="prompt"
    )
    responses = [
        published.response_row(_SOURCE, row["uid"], str(row["model"]), [_answer(row)])
        for path in published.find_optional_files(folder, "model_answer/*.jsonl")
        for row in published.read_rows(path)
    ]
    recordings = [
        recording
        for path in published.find_optional_files(folder, "model_judgment/**/*.jsonl")
        for row in published.read_rows(path)
        for recording in _games(row)
    ]
    return RecipeData(questions, responses, recordings)


@published.require_published_shape
def read_early(folder: Path) -> RecipeData:
    """Questions, references, answers and single scores of the early form."""
    left_aside: list[str] = []
    paths = published.find_files(folder, "model_judgment/*.jsonl")
    recordings = [
        Recording(
            str(row["question_id"]),
            (str(row["model"]),),
            published.require_text(row, "judgment", path),
            judge="gpt-4",
            verdict=published.read_recorded_score(row.get("score")),
        )
        for path, rows in published.rows_with(paths, "question_id", "model", "judgment", left_aside=left_aside)
        for row in rows
    ]
    questions, responses = published.mt_bench_rows(_EARLY_SOURCE, folder, [one.question for one in recordings])
    return RecipeData(questions, responses, recordings, left_aside=left_aside)


def summarise(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Score of each model by category: its mean share in percent, with clear wins and losses counted three times."""
    games: dict[tuple[str, str, str], list[float | None]] = defaultdict(list)
    for row in rows:
        category = find_category(row, facts)
        baseline = facts.baseline or _BASELINES.get(category, _BASELINE)
        for model in row.models:
            if model != baseline and baseline in row.models:
                games[model, category, row.question].append(model_share(row, model))
    shares: dict[tuple[str, str], list[float | None]] = defaultdict(list)
    for (model, category, _), found in sorted(games.items()):
        values, lacking = split_known(found)
        shares[model, category] += [None] if lacking else _weighted(values)
    figures = []
    for (model, category), listed in shares.items():
        values, unparsed = split_known(listed)
        score = 100.0 * sum(values) / len(values) if values else None
        figures.append(BenchmarkFigure(model, f"score {category}", score, len(values), unparsed))
    return figures


def _weighted(shares: Sequence[float]) -> Iterator[float]:
    for share in shares:
        point = 1.0 if share > 0.5 else 0.0 if share < 0.5 else 0.5
        yield from [point] * (WEIGHT if share in (0.0, 1.0) else 1)


def _answer(row: Json) -> str:
    content = row["messages"][-1]["content"]
    return str(content["answer"] if isinstance(content, dict) else content)


def _games(row: Json) -> Iterator[Recording]:
    names = (str(row["baseline"]), str(row["model"]))
    for models, game in zip((names, names[::-1]), row.get("games") or (), strict=False):
        if game is None:
            continue
        judgment, score = game["judgment"], game.get("score")
        yield Recording(
            str(row["uid"]),
            models,
            str(judgment["answer"] if isinstance(judgment, dict) else judgment),
            judge=str(row.get("judge") or ""),
            verdict=Verdict(cause=VerdictCause.no_marker) if score is None else label_verdict(str(score)),
        )


ARENA_HARD = Recipe(
    name="arena-hard",
    kind="pairwise",
    source=RecipeSource(
        "2406.11939", "lmarena/arena-hard-auto", "bed160442a7ee41ebc7581774ed5a8fcec2b894a", "Apache-2.0"
    ),
    form=OutputForm("five-level"),
    parse=parse,
    read=read,
    summarise=summarise,
    substitutes=PromptSubstitutes(plain="pair-5"),
    order="both",
    settings=ChatSettings(temperature=0.0, max_tokens=16000),
    baseline=_BASELINE,
)
ARENA_BENCH_V1 = Recipe(
    name="arena-bench-v1",
    kind="single",
    source=RecipeSource("", "lmarena/arena-hard-auto", "ac4ad9a93a452cb256e83fe6d89957676c64f19b", "Apache-2.0"),
    form=OutputForm("score"),
    parse=parse_score,
    read=read_early,
    summarise=summarise_mean_scores,
    substitutes=PromptSubstitutes(reference="single-10-reference"),
    reproduced=ReproducedFigures(
        "mean scores of five models and their failures",
        "model_judgment/*.jsonl",
    ),
    references="all",
    settings=ChatSettings(temperature=0.0, max_tokens=1024),
)
