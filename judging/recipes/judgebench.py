"""JudgeBench: accuracy of a judge on pairs of a correct and an incorrect response.

Both orders are judged with Arena-Hard's prompt. A pair counts as correct if more of its two verdicts are correct than
incorrect; "much better" counts as "better". Reward models give no reply but a score to each response; only the decision
that follows from the scores is read.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from judging.chat.model import ChatSettings
from judging.recipes import published
from judging.recipes.figures import judge_label, match_orders, percent_figure, preferred_model
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

_SOURCE = "judgebench"
_MARKER = re.compile(r"\[\[([AB<>=]+)\]\]")
_SHARES = {"A>>B": 1.0, "A>B": 1.0, "A=B": 0.5, "B>A": 0.0, "B>>A": 0.0}
_GROUPS = ("mmlu-pro", "livebench-reasoning", "livebench-math", "livecodebench")


def parse(reply: str) -> Verdict:
    """The marker of the text, which may be repeated; different markers are a contradiction.

    "Much better" is read as "better". A marker that is no label has no verdict.
    """
    markers = _MARKER.findall(reply)
    if not markers:
        return Verdict(cause=VerdictCause.no_marker)
    if len(set(markers)) > 1:
        return Verdict(cause=VerdictCause.contradiction, marker=" ".join(dict.fromkeys(markers)))
    return _verdict(markers[0])


@published.require_published_shape
def read(folder: Path) -> RecipeData:
    """Output files of judges, which contain pairs, labels and replies."""
    rows = published.BenchmarkRows(_SOURCE)
    gold: dict[str, str | None] = {}
    recordings: list[Recording] = []
    left_aside: list[str] = []
    paths = published.find_files(folder, "*judge_name*.jsonl")
    for path, listed in published.rows_with(paths, "pair_id", "judgments", left_aside=left_aside):
        for row in listed:
            key = published.require_text(row, "pair_id", path)
            names = tuple(f"{row['response_model']} {side}" for side in "AB")
            rows.add_question(key, published.require_text(row, "question", path), category=row.get("source"))
            for side, name in zip("AB", names, strict=True):
                rows.add_response(key, name, published.require_text(row, f"response_{side}", path))
            gold[key] = names[0] if row.get("label") == "A>B" else names[1]
            recordings += _recordings(row, key, (names[0], names[1]))
    return rows.data(recordings, gold=gold, left_aside=left_aside)


def summarise(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Accuracy overall and by group, consistency of the two orders, and how often the first response wins."""
    found: list[BenchmarkFigure] = []
    for judge in sorted({judge_label(row) for row in rows}):
        own = [row for row in rows if judge_label(row) == judge]
        games = match_orders(own)
        pairs = _by_pair(own)
        unparsed = sum(row.verdict.value is None for row in own)
        found.append(percent_figure(judge, "accuracy", [_is_right(pair, facts) for pair in pairs], unparsed=unparsed))
        for group in _GROUPS:
            hits = [
                _is_right(pair, facts) for pair in pairs if facts.categories.get(pair[0].question, "").startswith(group)
            ]
            if hits:
                found.append(percent_figure(judge, f"accuracy {group}", hits))
        same = [_outcome(game[0]) == _outcome(game[1]) for game in games]
        found.append(percent_figure(judge, "consistency", same, unparsed=unparsed))
        first = [preferred_model(row) == row.models[0] for row in own if preferred_model(row) is not None]
        found.append(percent_figure(judge, "first wins", first, unparsed=unparsed))
    return found


def _by_pair(rows: Sequence[RecipeJudgment]) -> list[list[RecipeJudgment]]:
    """The verdicts on each pair, in both orders or, where a judge saw one only, in one."""
    found: dict[tuple[str, frozenset[str]], list[RecipeJudgment]] = {}
    for row in rows:
        found.setdefault((row.question, frozenset(row.models)), []).append(row)
    return list(found.values())


def _is_right(game: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> bool:
    chosen = [better for row in game if (better := preferred_model(row)) is not None]
    right = sum(better == facts.gold[game[0].question] for better in chosen)
    return right > len(chosen) - right


def _outcome(row: RecipeJudgment) -> str | None:
    """The preferred model, `tie`, or None; as published, two replies without a verdict count as consistent."""
    return "tie" if row.verdict.value == 0.5 else preferred_model(row)


def _verdict(marker: str) -> Verdict:
    if marker not in _SHARES:
        return Verdict(cause=VerdictCause.wrong_schema, marker=f"[[{marker}]]")
    return Verdict(value=_SHARES[marker], marker=f"[[{marker}]]")


def _recordings(row: Json, key: str, names: tuple[str, str]) -> list[Recording]:
    found = []
    for models, game in zip((names, names[::-1]), row.get("judgments") or (), strict=False):
        if game is None:
            continue
        judgment, decision = game["judgment"], game.get("decision")
        is_scored = "scores" in judgment
        found.append(
            Recording(
                key,
                models,
                None if is_scored else str(judgment["response"]),
                judge=str(judgment["judge_model"]),
                prompt=str(row.get("judge_name") or ""),
                verdict=Verdict(cause=VerdictCause.no_marker) if decision is None else _verdict(str(decision)),
            )
        )
    return found


JUDGEBENCH = Recipe(
    name="judgebench",
    kind="pairwise",
    source=RecipeSource(
        "2410.12784",
        "ScalerLab/JudgeBench",
        "e2c52c284e735e139b3daa61c206ee208f36c461",
        "none stated",
    ),
    form=OutputForm("five-level"),
    parse=parse,
    read=read,
    summarise=summarise,
    substitutes=PromptSubstitutes(plain="pair-5"),
    reproduced=ReproducedFigures(
        "accuracy of one judge, overall and in four groups",
        "utils/metrics.py",
    ),
    is_about_judges=True,
    order="both",
    settings=ChatSettings(temperature=0.0, max_tokens=4096),
)
