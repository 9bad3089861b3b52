"""MT-bench: 80 questions of two turns, with a score out of ten for each turn, or pairs in both orders.

Mathematics, reasoning and coding are judged with GPT-4's answers as references. In pairs, orders that disagree are a
tie. Not verified against published figures, because the judgments are published on a data hub only.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from judging.chat.model import ChatSettings
from judging.recipes import published
from judging.recipes.figures import (
    combine_shares,
    find_category,
    mean_score_figures,
    tie_unless_agreed,
    win_figures,
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
)
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause
from storage.values import Json

_SOURCE = "mt_bench"
_SCORE = (re.compile(r"\[\[(\d++(?:\.\d*+)?)\]\]"), re.compile(r"\[(\d++(?:\.\d*+)?)\]"))
_SHARES = {"A": 1.0, "B": 0.0, "C": 0.5}
_WINNERS = {"model_1": 1.0, "model_2": 0.0, "tie": 0.5}
_FACTS = RecipeSource("2306.05685", "lm-sys/FastChat", "0e6d3e4beaab66f4d3f93db72541a4abab8af28d", "Apache-2.0")


def parse_score(reply: str) -> Verdict:
    """The first number in double brackets, else the first in single ones."""
    for pattern in _SCORE:
        found = pattern.search(reply)
        if found is not None:
            return Verdict(value=float(found[1]), marker=found[0])
    return Verdict(cause=VerdictCause.no_marker)


def parse_pair(reply: str) -> Verdict:
    """[[A]] if it occurs anywhere, else [[B]], else [[C]]: in the order of the letters, not of the text."""
    for letter, share in _SHARES.items():
        if f"[[{letter}]]" in reply:
            return Verdict(value=share, marker=f"[[{letter}]]")
    return Verdict(cause=VerdictCause.no_marker)


@published.require_published_shape
def read_scores(folder: Path) -> RecipeData:
    """Questions, references, answers and single scores in FastChat's layout; judgments are optional."""
    return _read(folder, "*_single.jsonl")


@published.require_published_shape
def read_pairs(folder: Path) -> RecipeData:
    """Like `read_scores`, with judgments of pairs."""
    return _read(folder, "*_pair.jsonl")


def summarise_scores(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Mean score of each model: overall, by turn, and by category."""
    groups: dict[str, list[RecipeJudgment]] = defaultdict(list)
    for row in rows:
        for name in ("score", f"score turn {row.turn}", f"score {find_category(row, facts)}"):
            groups[name].append(row)
    figures: list[BenchmarkFigure] = []
    for name, own in sorted(groups.items()):
        figures += mean_score_figures(own, name)
    return figures


def summarise_pairs(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Win rate of each model with ties as half, over all pairs or against the baseline only."""
    own = [row for row in rows if not facts.baseline or facts.baseline in row.models]
    shares, lacking = combine_shares(own, tie_unless_agreed)
    return [
        figure
        for model, values in shares.items()
        if model != facts.baseline
        for figure in win_figures(model, values, unparsed=lacking[model])
    ]


def _read(folder: Path, judgments: str) -> RecipeData:
    """Read FastChat's `data/mt_bench`, or the folder that contains it."""
    inner = folder / "mt_bench"
    folder = inner if inner.is_dir() else folder
    paths = published.find_optional_files(folder, f"model_judgment/{judgments}")
    left_aside: list[str] = []
    recordings = [
        recording
        for _, rows in published.rows_with(paths, "question_id", "judge", left_aside=left_aside)
        for row in rows
        for recording in (_games(row) if "g1_judgment" in row else [_score(row)])
    ]
    questions, responses = published.mt_bench_rows(_SOURCE, folder, [one.question for one in recordings])
    return RecipeData(questions, responses, recordings, left_aside=left_aside)


def _score(row: Json) -> Recording:
    judge, prompt = row["judge"]
    return Recording(
        str(row["question_id"]),
        (str(row["model"]),),
        str(row["judgment"]),
        turn=int(row["turn"]),
        judge=str(judge),
        prompt=str(prompt),
        verdict=published.read_recorded_score(row.get("score")),
    )


def _games(row: Json) -> Iterator[Recording]:
    """The recordings of both games; recorded winners are named by the order of the first game."""
    judge, prompt = row["judge"]
    names = (str(row["model_1"]), str(row["model_2"]))
    for number, models in ((1, names), (2, names[::-1])):
        share = _WINNERS.get(str(row[f"g{number}_winner"]))
        shown = share if share is None or models == names else 1.0 - share
        yield Recording(
            str(row["question_id"]),
            models,
            str(row[f"g{number}_judgment"]),
            turn=int(row["turn"]),
            judge=str(judge),
            prompt=str(prompt),
            verdict=Verdict(cause=VerdictCause.no_marker) if shown is None else Verdict(value=shown),
        )


MT_BENCH_SINGLE = Recipe(
    name="mt-bench-single",
    kind="single",
    source=_FACTS,
    form=OutputForm("score"),
    parse=parse_score,
    read=read_scores,
    summarise=summarise_scores,
    substitutes=PromptSubstitutes("single-10", "single-10-reference", "single-10-turns", "single-10-turns-reference"),
    references=frozenset({"math", "reasoning", "coding"}),
    turns=2,
    settings=ChatSettings(temperature=0.0, max_tokens=2048),
)
MT_BENCH_PAIR = Recipe(
    name="mt-bench-pair",
    kind="pairwise",
    source=_FACTS,
    form=OutputForm("three-way"),
    parse=parse_pair,
    read=read_pairs,
    summarise=summarise_pairs,
    substitutes=PromptSubstitutes("pair-3", "pair-3-reference", "pair-3-turns", "pair-3-turns-reference"),
    order="both",
    references=frozenset({"math", "reasoning", "coding"}),
    turns=2,
    settings=ChatSettings(temperature=0.0, max_tokens=2048),
    combine=tie_unless_agreed,
)
