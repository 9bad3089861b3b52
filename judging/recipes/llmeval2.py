"""LLMEval-2 (Chinese): objective and subjective questions of twelve subjects, scored on two and four dimensions.

Only tables of means are published, no scores of single answers. The recipe reads scores in the layout of LLMEval-1 with
a column `question_type`, and has not been compared with the tables.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
)
from judging.verdicts.parsing import parse_reply
from judging.verdicts.verdict import OutputForm, Verdict
from storage.errors import BadInput

HIGHEST: Mapping[str, Mapping[str, float]] = {
    "objective": {"accuracy": 3.0, "explanation": 2.0},
    "subjective": {"accuracy": 5.0, "informativeness": 3.0, "fluency": 3.0, "logicality": 3.0},
}
"""Highest score of each dimension by type of question."""

FORM = OutputForm("scores", 0.0, 5.0)
_SOURCE = "llmeval2"


def parse(reply: str) -> Verdict:
    """One object with a number for each dimension, parsed strictly."""
    return parse_reply(reply, FORM)


@published.require_published_shape
def read(folder: Path) -> RecipeData:
    """Scores by question, model and dimension, with the type of each question as its category."""
    scores: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    types: dict[str, str] = {}
    left_aside: list[str] = []
    paths = published.find_files(folder, "*.csv")
    columns = ("question_uuid", "question_type", "llm_name", "metric", "score")
    for path, listed in published.rows_with(paths, *columns, left_aside=left_aside):
        for row in listed:
            key, kind, metric = str(row["question_uuid"]), str(row["question_type"]), str(row["metric"])
            if metric not in HIGHEST.get(kind, {}):
                known = "; ".join(f"{one}: {', '.join(names)}" for one, names in HIGHEST.items())
                raise BadInput(f"{path.name}: expected a dimension among {known}, got {kind} {metric}; correct it")
            types[key] = kind
            scores[key, str(row["llm_name"])][metric] = float(row["score"])
    questions = [
        published.question_row(_SOURCE, key, None, category=types[key], language="zh") for key in sorted(types)
    ]
    recordings = [
        Recording(key, (model,), None, judge="gpt-4", verdict=Verdict(values=values))
        for (key, model), values in scores.items()
    ]
    return RecipeData(questions, [], recordings, left_aside=left_aside)


def summarise(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Mean of each dimension by type of question, and all points in percent of the highest possible, by model."""
    figures: list[BenchmarkFigure] = []
    for model in sorted({row.models[0] for row in rows}):
        own = [row for row in rows if row.models[0] == model]
        scored = [row for row in own if has_numbers(row.verdict)]
        points = most = 0.0
        for kind, highest in HIGHEST.items():
            verdicts = [row.verdict.values for row in scored if facts.categories.get(row.question) == kind]
            for name, maximum in highest.items():
                values = [verdict[name] for verdict in verdicts if name in verdict]
                points, most = points + sum(values), most + maximum * len(values)
                figures.append(mean_figure(model, f"{kind} {name}", values, unparsed=len(own) - len(scored)))
        total = 100.0 * points / most if most else None
        figures.append(BenchmarkFigure(model, "total", total, len(scored), len(own) - len(scored)))
    return figures


LLMEVAL2 = Recipe(
    name="llmeval-2",
    kind="single",
    source=RecipeSource("2312.07398", "llmeval/LLMEval-2", "29d16175a6015daf4166ae2ed20097b6c26b7bfa", "none stated"),
    form=FORM,
    parse=parse,
    read=read,
    summarise=summarise,
    substitutes=PromptSubstitutes(plain="dimensions-zh"),
    settings=ChatSettings(temperature=0.0, max_tokens=1024),
)
