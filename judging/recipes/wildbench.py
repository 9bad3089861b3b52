"""WildBench: real tasks with checklists, as single scores out of ten or pairs in five levels against three baselines.

The judge is named by the folder of its files. Pairs are not verified against published figures, because no replies are
published. Overall means of single scores are.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from judging.chat.model import ChatSettings
from judging.recipes import published
from judging.recipes.figures import group_scores, mean_and_error, mean_figure, model_share, split_known
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
from storage.values import Json

BASELINES = ("gpt-4-turbo-2024-04-09", "claude-3-haiku-20240307", "Llama-2-70b-chat-hf")
MARGINS = (500, 1000, 1500)
"""Published length margins: a slight winner that is longer by more characters than this gets a tie instead."""

_SOURCE = "wildbench"
_JUDGE_FOLDER = "eval="
_SHARES = {"A++": 1.0, "A+": 0.75, "A=B": 0.5, "B+": 0.25, "B++": 0.0}
_FACTS = RecipeSource("2406.04770", "allenai/WildBench", "d6b8dcaf377d173d031980f97c16e1a82618c03d", "Apache-2.0")


def parse_score(reply: str) -> Verdict:
    """A reply that is one JSON object whose `score` is a number or a number written as text."""
    found = _object(reply)
    if isinstance(found, Verdict):
        return found
    try:
        return Verdict(value=float(found["score"]), marker=str(found["score"]))
    except (KeyError, TypeError, ValueError):
        return Verdict(cause=VerdictCause.wrong_schema)


def parse_pair(reply: str) -> Verdict:
    """A reply that is one JSON object whose `choice` is A++, A+, A=B, B+ or B++."""
    found = _object(reply)
    if isinstance(found, Verdict):
        return found
    choice = found.get("choice")
    if not isinstance(choice, str) or choice not in _SHARES:
        return Verdict(cause=VerdictCause.wrong_schema)
    return Verdict(value=_SHARES[choice], marker=choice)


def swaps(question: str) -> bool:
    """Whether the second response is shown first: a fair coin of our own; the published one is not reproducible."""
    return sha256(question.encode()).digest()[0] % 2 == 1


@published.require_published_shape
def read_scores(folder: Path) -> RecipeData:
    """Files of single scores, one per model and named after it; question texts are not published."""
    rows = published.BenchmarkRows(_SOURCE)
    recordings: list[Recording] = []
    left_aside: list[str] = []
    files = published.rows_with(
        published.find_files(folder, "*.json"), "session_id", "model_test", "model_output", left_aside=left_aside
    )
    for path, listed in files:
        model, judge = published.file_stem(path), _judge_of(path)
        for row in listed:
            key = published.require_text(row, "session_id", path)
            rows.add_question(key, None)
            rows.add_response(key, model, str(row["model_output"]))
            recordings.append(
                Recording(
                    key,
                    (model,),
                    json.dumps(row["parsed_result"]),
                    judge=judge,
                    verdict=_as_number(row.get("score")),
                )
            )
    return rows.data(recordings, left_aside=left_aside)


@published.require_published_shape
def read_pairs(folder: Path) -> RecipeData:
    """Files of pairs, whose rows contain both outputs."""
    rows = published.BenchmarkRows(_SOURCE)
    recordings: list[Recording] = []
    left_aside: list[str] = []
    files = published.rows_with(
        published.find_files(folder, "*.json"), "session_id", "model_A", "model_B", left_aside=left_aside
    )
    for path, listed in files:
        judge = _judge_of(path)
        for row in listed:
            key, models = published.require_text(row, "session_id", path), (str(row["model_A"]), str(row["model_B"]))
            rows.add_question(key, None)
            for model, output in row["model_outputs"].items():
                rows.add_response(key, str(model), str(output))
            recordings.append(
                Recording(
                    key,
                    models,
                    json.dumps(row["parsed_result"]),
                    judge=judge,
                    verdict=_recorded_pair(row, models),
                )
            )
    return rows.data(recordings, left_aside=left_aside)


def summarise_scores(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Mean score of each model, and the same on the published scale, (mean - 5) * 2."""
    del facts
    figures: list[BenchmarkFigure] = []
    for model, scores in group_scores(rows, lambda row: row.models[0]).items():
        values, unparsed = split_known(scores)
        figures.append(mean_figure(model, "mean score", values, unparsed=unparsed))
        figures.append(mean_figure(model, "adjusted score", [2.0 * (one - 5.0) for one in values], unparsed=unparsed))
    return figures


def summarise_pairs(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Mean reward of each model against each baseline and on average, without and with each length margin.

    The reward is 100, 50, 0, -50 or -100; replies without a verdict are left out.
    """
    figures: list[BenchmarkFigure] = []
    baselines = (facts.baseline,) if facts.baseline else BASELINES
    for margin in (None, *MARGINS):
        rewards: dict[tuple[str, str], list[float | None]] = defaultdict(list)
        for row in rows:
            for model, other in (row.models, row.models[::-1]):
                if other in baselines and model not in baselines:
                    rewards[model, other].append(reward_of(row, model, facts, margin=margin))
        suffix = "" if margin is None else f" K={margin}"
        means: dict[str, list[float]] = defaultdict(list)
        for (model, other), listed in sorted(rewards.items()):
            values, unparsed = split_known(listed)
            figures.append(mean_figure(model, f"reward against {other}{suffix}", values, unparsed=unparsed))
            means[model] += [figure for figure in [mean_and_error(values)[0]] if figure is not None]
        figures += [
            BenchmarkFigure(model, f"reward{suffix}", mean_and_error(found)[0], len(found))
            for model, found in means.items()
        ]
    return figures


def reward_of(row: RecipeJudgment, model: str, facts: BenchmarkFacts, *, margin: int | None = None) -> float | None:
    """A model's reward in [-100, 100] for one pair, None without a verdict.

    With a margin, a slight win is a tie if the winner is longer by more than `margin` characters.
    """
    share = model_share(row, model)
    if share is None:
        return None
    if margin is not None and share in (0.25, 0.75):
        winner = model if share > 0.5 else next(name for name in row.models if name != model)
        loser = next(name for name in row.models if name != winner)
        if facts.lengths[row.question, winner] > facts.lengths[row.question, loser] + margin:
            return 0.0
    return 200.0 * (share - 0.5)


def _judge_of(path: Path) -> str:
    """Name of the judge, after `eval=` in the name of the nearest folder that has it, else the folder's name."""
    folders = [folder.name for folder in path.resolve().parents]
    named = next((name for name in folders if name.startswith(_JUDGE_FOLDER)), folders[0])
    return named.removeprefix(_JUDGE_FOLDER)


def _object(reply: str) -> Json | Verdict:
    if not reply.strip():
        return Verdict(cause=VerdictCause.empty)
    try:
        found = json.loads(reply.strip())
    except (ValueError, RecursionError):
        return Verdict(cause=VerdictCause.no_marker)
    return found if isinstance(found, dict) else Verdict(cause=VerdictCause.wrong_schema)


def _as_number(value: object) -> Verdict:
    try:
        return published.read_recorded_score(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return Verdict(cause=VerdictCause.wrong_schema)


def _recorded_pair(row: Json, models: tuple[str, str]) -> Verdict:
    winner, extent = row.get("winner"), row.get("extent")
    if winner == "tie":
        return Verdict(value=0.5)
    if winner not in models or extent not in (1, 2):
        return Verdict(cause=VerdictCause.wrong_schema)
    return Verdict(value=0.5 + (0.25 if winner == models[0] else -0.25) * extent)


WILDBENCH_SCORE = Recipe(
    name="wildbench-score",
    kind="single",
    source=_FACTS,
    form=OutputForm("score"),
    parse=parse_score,
    read=read_scores,
    summarise=summarise_scores,
    substitutes=PromptSubstitutes(plain="checklist"),
    reproduced=ReproducedFigures(
        "mean and adjusted scores of three models",
        "leaderboard/data_dir/score.json",
    ),
    settings=ChatSettings(temperature=0.0, max_tokens=2048),
)
WILDBENCH_PAIR = Recipe(
    name="wildbench-pair",
    kind="pairwise",
    source=_FACTS,
    form=OutputForm("five-level"),
    parse=parse_pair,
    read=read_pairs,
    summarise=summarise_pairs,
    substitutes=PromptSubstitutes(plain="pair-5"),
    order="seeded by item",
    swaps=swaps,
    settings=ChatSettings(temperature=0.0, max_tokens=2048),
)
