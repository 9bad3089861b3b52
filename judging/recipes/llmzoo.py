"""LLM Zoo: GPT-3.5 ranks the answers of four models, in general and by dimension, in English and Chinese.

Rank 1 is best; equal answers share a rank, and the next rank follows after all of them. The authors corrected replies
by hand that the rule could not read; where it reads none, their ranks count.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from judging.chat.model import ChatSettings
from judging.recipes import published
from judging.recipes.figures import find_category, has_numbers, mean_figure
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
    TextParser,
)
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause

ANSWERS = 4
"""Number of answers that the published reviews rank."""

_SOURCE = "llmzoo"
_CHAIN = re.compile(r"(Assistant \d( [>=] Assistant \d)+)")
_LEFT_OUT = ("coding", "math")
_BEST = 10.0


def make_order_parser(answers: int) -> TextParser:
    """The published rule: the first chain "Assistant 2 > Assistant 1 = …" that names this number of answers.

    A ">=" or ">>" is read as ">". The verdict holds the rank of each answer by its number.
    """
    numbers = [str(number) for number in range(1, answers + 1)]

    def parse(reply: str) -> Verdict:
        text = reply.replace(">=", ">").replace(">>", ">").strip()
        chains = [found[0] for found in _CHAIN.findall(text) if found[0].count("Assistant") == answers]
        if not chains:
            return Verdict(cause=VerdictCause.no_marker if text else VerdictCause.empty)
        named = re.findall(r"\d", chains[0])
        if sorted(named) != numbers:
            return Verdict(cause=VerdictCause.contradiction, marker=chains[0])
        return Verdict(values=_places(named, re.findall(r"[>=]", chains[0])), marker=chains[0])

    return parse


@published.require_published_shape
def read(folder: Path) -> RecipeData:
    """Questions, and reviews by language and dimension, which contain the ranked answers."""
    paths = published.find_files(folder, "questions-*.jsonl")
    questions = published.read_questions(_SOURCE, paths, extra=lambda row: {"language": row.get("lang")})
    rows = published.BenchmarkRows(_SOURCE)
    recordings: list[Recording] = []
    for path in published.find_files(folder, "review.jsonl"):
        prompt = "/".join(path.parts[-3:-1])
        for row in published.read_rows(path):
            key, models = str(row["question_id"]), tuple(row["metadata"]["model_ids"])
            for model, answer in zip(models, row["metadata"]["answers"], strict=True):
                rows.add_response(key, model, answer)
            recordings.append(
                Recording(
                    key,
                    models,
                    published.require_text(row, "text", path),
                    judge=str(row["reviewer_id"]),
                    prompt=prompt,
                    verdict=_recorded(row["order"]),
                )
            )
    return rows.data(recordings, questions=questions)


def summarise(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Mean rank, mean score 10 / rank, and wins, ties and losses against the first model, by model and review.

    As published, coding and mathematics are left out. The published means divide by all questions, these by the
    questions with a verdict, which is the same if every reply could be parsed.
    """
    figures: list[BenchmarkFigure] = []
    groups: dict[tuple[str, tuple[str, ...]], list[RecipeJudgment]] = defaultdict(list)
    for row in rows:
        if find_category(row, facts) not in _LEFT_OUT:
            groups[row.prompt, row.models].append(row)
    for (prompt, models), own in sorted(groups.items()):
        places = [dict(row.verdict.values) for row in own if has_numbers(row.verdict)]
        unparsed = len(own) - len(places)
        for number, model in enumerate(models, 1):
            subject, name = f"{model} {prompt}", str(number)
            found = [place[name] for place in places]
            figures.append(mean_figure(subject, "mean place", found, unparsed=unparsed))
            figures.append(mean_figure(subject, "mean score", [_BEST / one for one in found], unparsed=unparsed))
            for outcome, sign in (("wins", 1), ("ties", 0), ("losses", -1)):
                count = sum(_sign(place["1"] - place[name]) == sign for place in places)
                figures.append(
                    BenchmarkFigure(subject, f"{outcome} with {models[0]}", float(count), len(places), unparsed)
                )
    return figures


def _places(named: Sequence[str], signs: Sequence[str]) -> dict[str, float]:
    places, current, equal = {named[0]: 1.0}, 1, 0
    for sign, name in zip(signs, named[1:], strict=True):
        current, equal = (current + equal + 1, 0) if sign == ">" else (current, equal + 1)
        places[name] = float(current)
    return dict(sorted(places.items()))


def _recorded(order: Sequence[int]) -> Verdict:
    if min(order) < 1:
        return Verdict(cause=VerdictCause.no_marker)
    return Verdict(values={str(number): float(place) for number, place in enumerate(order, 1)})


def _sign(value: float) -> int:
    return (value > 0.0) - (value < 0.0)


LLM_ZOO = Recipe(
    name="llm-zoo",
    kind="several",
    source=RecipeSource(
        "2304.10453",
        "FreedomIntelligence/LLMZoo",
        "cf70d9cd7a34808681ebe58e652f697420d7b055",
        "Apache-2.0, data CC BY-NC 4.0",
    ),
    form=OutputForm("scores", 1.0, float(ANSWERS), tuple(str(number) for number in range(1, ANSWERS + 1))),
    parse=make_order_parser(ANSWERS),
    read=read,
    summarise=summarise,
    substitutes=PromptSubstitutes(plain="several-10"),
    reproduced=ReproducedFigures(
        "mean places, mean scores and counts of ten reviews",
        "reviews/*/*/metric.json",
    ),
    settings=ChatSettings(temperature=0.0, max_tokens=1024),
    lower_is_better=True,
)
