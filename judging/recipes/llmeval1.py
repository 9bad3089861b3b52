"""LLMEval-1 (Chinese): GPT-4 scores of twelve models on five dimensions from 1 to 3.

Only the scores are published, not the replies, so there is no published parsing rule and the strict parser is used. For
pairs only a table of net win rates with ties as half is published; `figures.win_rate` counts in the same way.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from judging.chat.model import ChatSettings
from judging.recipes import published
from judging.recipes.figures import has_numbers, mean_figure
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
from judging.verdicts.parsing import parse_reply
from judging.verdicts.verdict import OutputForm, Verdict

DIMENSIONS = ("accuracy", "informativeness", "fluency", "logicality", "harmlessness")
FORM = OutputForm("scores", 1.0, 3.0, DIMENSIONS)
_SOURCE = "llmeval1"
_PUBLISHED_NAMES = {"Baichuan-7B-Align": "Chat-Baichuan-7B"}
"""Names in the tables of models that the data names differently."""


def parse(reply: str) -> Verdict:
    """One object with a number for each dimension, parsed strictly."""
    return parse_reply(reply, FORM)


@published.require_published_shape
def read(folder: Path) -> RecipeData:
    """Scores by question, model and dimension; question texts and replies are not published."""
    scores: dict[tuple[str, str, int], dict[str, float]] = defaultdict(dict)
    seen: dict[tuple[str, str, str], int] = defaultdict(int)
    for path in published.find_files(folder, "itemised_scores_gpt4.csv", "分项测评_gpt4.csv"):
        for row in published.read_rows(path):
            key, metric = (
                published.require_text(row, "question_uuid", path),
                published.require_text(row, "metric", path),
            )
            name = published.require_text(row, "llm_name", path)
            model = _PUBLISHED_NAMES.get(name, name)
            sample = seen[key, model, metric]
            seen[key, model, metric] += 1
            scores[key, model, sample][metric] = float(row["score"])
    questions = [
        published.question_row(_SOURCE, key, None, category=key.rpartition("_")[0], language="zh")
        for key in sorted({key for key, _, _ in scores})
    ]
    recordings = [
        Recording(key, (model,), None, sample=sample, judge="gpt-4", verdict=Verdict(values=values))
        for (key, model, sample), values in scores.items()
    ]
    return RecipeData(questions, [], recordings)


def summarise(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Mean of each dimension and over all dimensions, and the place of each mean among all models, by model."""
    del facts
    figures: list[BenchmarkFigure] = []
    for model in sorted({row.models[0] for row in rows}):
        own = [row for row in rows if row.models[0] == model]
        verdicts = [row.verdict.values for row in own if has_numbers(row.verdict)]
        unparsed = len(own) - len(verdicts)
        for name in DIMENSIONS:
            values = [verdict[name] for verdict in verdicts if name in verdict]
            figures.append(mean_figure(model, name, values, unparsed=unparsed))
        together = [value for verdict in verdicts for value in verdict.values()]
        figures.append(mean_figure(model, "overall", together, unparsed=unparsed))
    return [*figures, *_ranks(figures)]


def _ranks(figures: Sequence[BenchmarkFigure]) -> list[BenchmarkFigure]:
    """Place of each mean: the number of models whose mean is at least as high, so that equal ones share the last."""
    by_name: dict[str, list[BenchmarkFigure]] = defaultdict(list)
    for figure in figures:
        by_name[figure.name].append(figure)
    return [
        BenchmarkFigure(one.subject, f"{name} rank", float(sum(_at_least(other, one) for other in same)), len(same))
        for name, same in by_name.items()
        for one in same
    ]


def _at_least(one: BenchmarkFigure, other: BenchmarkFigure) -> bool:
    return one.value is not None and other.value is not None and round(one.value, 3) >= round(other.value, 3)


LLMEVAL1 = Recipe(
    name="llmeval-1",
    kind="single",
    source=RecipeSource("2312.07398", "llmeval/LLMEval-1", "b04f79b3eee0e2fc4e9f1014f64e45490f2d6b6a", "none stated"),
    form=FORM,
    parse=parse,
    read=read,
    summarise=summarise,
    substitutes=PromptSubstitutes(plain="dimensions-zh"),
    reproduced=ReproducedFigures(
        "the table of GPT-4 scores and ranks of twelve models",
        "results/分项测评_gpt4.csv",
    ),
    settings=ChatSettings(temperature=0.0, max_tokens=1024),
)
