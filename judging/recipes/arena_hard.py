"""Arena-Hard: pairs against a baseline in five levels and both orders; and its early form, single scores out of ten.

Every verdict counts on its own; "much better" counts three times. In version 2 a question with a reply without a
verdict is left out completely, in version 0.1 only that reply. The judgments lie on a data hub only, so that the
figures of both versions could not be compared with published ones.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
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
from judging.recipes.style_control import FIRST_STYLE, SECOND_STYLE, StyledBattle, score_figures, style_figures
from judging.verdicts.verdict import SHARES, OutputForm, Verdict, VerdictCause
from storage.values import Json

WEIGHT = 3
"""Weight of a "much better"."""

_PATTERNS = (re.compile(r"\[\[([AB<>=]+)\]\]"), re.compile(r"\[([AB<>=]+)\]"))
_LABELS = {**SHARES["five-level"], "B=A": 0.5, "B<A": 0.75, "B<<A": 1.0, "A<B": 0.25, "A<<B": 0.0}
_SCORE = re.compile(r"\[\[(\d++(?:\.\d*+)?)\]\]")
_SOURCE, _FIRST_SOURCE = "arena_hard", "arena_hard_v0.1"
_EARLY_SOURCE = "arena_bench_v1"
_BASELINE = "o3-mini-2025-01-31"
_FIRST_BASELINE = "gpt-4-0314"
_STYLE = ("token_len", "header_count", "list_count", "bold_count")
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
    left_aside: list[str] = []
    answers = _rows(folder, "model_answer/*.jsonl", "uid", "messages", left_aside=left_aside)
    responses = [published.response_row(_SOURCE, row["uid"], str(row["model"]), [_answer(row)]) for row in answers]
    judged = _rows(folder, "model_judgment/**/*.jsonl", "uid", "games", left_aside=left_aside)
    recordings = [recording for row in judged for recording in _games(row, "uid", str(row["baseline"]))]
    features = {(str(row["uid"]), str(row["model"])): _style(row.get("metadata")) for row in answers}
    return RecipeData(questions, responses, recordings, left_aside=left_aside, features=_known(features))


@published.require_published_shape
def read_first(folder: Path) -> RecipeData:
    """Questions, answers and judgments of version 0.1, in which the first game shows the baseline first."""
    left_aside: list[str] = []
    judged = _rows(folder, "model_judgment/**/*.jsonl", "question_id", "games", left_aside=left_aside)
    recordings = [recording for row in judged for recording in _games(row, "question_id", _FIRST_BASELINE)]
    questions, responses = published.mt_bench_rows(_FIRST_SOURCE, folder, [one.question for one in recordings])
    answers = _rows(folder, "model_answer/*.jsonl", "question_id", "choices", left_aside=left_aside)
    features = {(str(row["question_id"]), str(row["model_id"])): _style(row.get("conv_metadata")) for row in answers}
    return RecipeData(questions, responses, recordings, left_aside=left_aside, features=_known(features))


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
    """Score of each model by category, and the same under style control if lengths and markdown are published.

    The score is the mean share in percent, with clear wins and losses counted three times. Scores under style control
    are of one fit, where the authors print the median of a hundred fits to resampled verdicts.
    """
    battles: dict[str, list[StyledBattle]] = defaultdict(list)
    lacking: Counter[tuple[str, str]] = Counter()
    for (model, category, question), (baseline, found) in sorted(_games_by_model(rows, facts).items()):
        values, unknown = split_known(found)
        lacking[model, category] += 1 if unknown else 0
        battles[category] += [] if unknown else _weighted(question, model, baseline, values)
    return [
        figure
        for category, own in battles.items()
        for figure in [
            *score_figures(own, f"score {category}", {m: n for (m, c), n in lacking.items() if c == category}),
            *style_figures(own, facts.features, f"style-controlled score {category}", SECOND_STYLE),
        ]
    ]


def summarise_first(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Score of each model, also under style control; a game without a verdict is left out, the other one counts."""
    battles: list[StyledBattle] = []
    lacking: Counter[str] = Counter()
    for row in rows:
        baseline = facts.baseline or _FIRST_BASELINE
        for model in row.models:
            if model != baseline and baseline in row.models:
                share = model_share(row, model)
                lacking[model] += share is None
                battles += [] if share is None else _weighted(row.question, model, baseline, [share])
    return [
        *score_figures(battles, "score", lacking),
        *style_figures(battles, facts.features, "style-controlled score", FIRST_STYLE),
    ]


def _games_by_model(
    rows: Sequence[RecipeJudgment], facts: BenchmarkFacts
) -> dict[tuple[str, str, str], tuple[str, list[float | None]]]:
    """Baseline and shares of each model in its games, by model, category and question."""
    games: dict[tuple[str, str, str], tuple[str, list[float | None]]] = {}
    for row in rows:
        category = find_category(row, facts)
        baseline = facts.baseline or _BASELINES.get(category, _BASELINE)
        for model in row.models:
            if model != baseline and baseline in row.models:
                _, shares = games.setdefault((model, category, row.question), (baseline, []))
                shares.append(model_share(row, model))
    return games


def _weighted(question: str, model: str, baseline: str, shares: Sequence[float]) -> list[StyledBattle]:
    return [
        StyledBattle(question, model, baseline, 1.0 if share > 0.5 else 0.0 if share < 0.5 else 0.5)
        for share in shares
        for _ in range(WEIGHT if share in (0.0, 1.0) else 1)
    ]


def _rows(folder: Path, pattern: str, *columns: str, left_aside: list[str]) -> list[Json]:
    paths = published.find_optional_files(folder, pattern)
    return [row for _, rows in published.rows_with(paths, *columns, left_aside=left_aside) for row in rows]


def _style(counts: Mapping[str, object] | None) -> tuple[float, ...]:
    """Tokens, headers, list items and bold passages of an answer, or none if unknown; each may be counted by kind."""
    if not counts:
        return ()
    found = [counts.get(name, 0) for name in _STYLE]
    return tuple(float(sum(one.values()) if isinstance(one, dict) else one) for one in found)  # type: ignore[arg-type]


def _known(features: Mapping[tuple[str, str], tuple[float, ...]]) -> dict[tuple[str, str], tuple[float, ...]]:
    return {key: numbers for key, numbers in features.items() if numbers}


def _answer(row: Json) -> str:
    content = row["messages"][-1]["content"]
    return str(content["answer"] if isinstance(content, dict) else content)


def _games(row: Json, key: str, baseline: str) -> Iterator[Recording]:
    names = (baseline, str(row["model"]))
    for models, game in zip((names, names[::-1]), row.get("games") or (), strict=False):
        if game is None:
            continue
        judgment, score = game["judgment"], game.get("score")
        yield Recording(
            str(row[key]),
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
ARENA_HARD_FIRST = replace(
    ARENA_HARD,
    name="arena-hard-v0.1",
    read=read_first,
    summarise=summarise_first,
    settings=ChatSettings(temperature=0.0, max_tokens=4096),
    baseline=_FIRST_BASELINE,
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
