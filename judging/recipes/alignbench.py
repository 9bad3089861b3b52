"""AlignBench: 683 Chinese questions with references, scored in several dimensions and as a whole.

The overall figure is the mean of two means: of the reasoning categories and of the language categories. Not verified
against published figures: no judgments are published.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from judging.chat.model import ChatSettings
from judging.recipes import published
from judging.recipes.figures import find_category, group_means, mean_and_error, mean_figure
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

OVERALL = "综合得分"
GROUPS: Mapping[str, tuple[str, ...]] = {
    "reasoning": ("数学计算", "逻辑推理"),
    "language": ("基本任务", "中文理解", "综合问答", "文本写作", "角色扮演", "专业能力"),
}
"""Categories of the two means that the overall figure is the mean of."""

_FAILED = -1.0
_SOURCE = "alignbench"
_LAST_OBJECT = re.compile(r"{(.*?)}(?![^{]*{)")
_PAIR = re.compile(r"'(.*?)': (\d+)")
_SCORE = re.compile(rf"'{OVERALL}': (\d+(\.\d{{1,2}})?)")


def parse(reply: str) -> Verdict:
    """Whole numbers of the last dictionary on one line; without an overall one in it, the first that the text names.

    As published, of a decimal in the dictionary only the part before its point is read.
    """
    found = _LAST_OBJECT.search(reply)
    values = {name: float(number) for name, number in _PAIR.findall(found[1])} if found is not None else {}
    if OVERALL not in values:
        named = _SCORE.search(reply)
        if named is None:
            return Verdict(cause=VerdictCause.no_marker if found is None else VerdictCause.wrong_schema)
        values[OVERALL] = float(named[1])
    return Verdict(values=values, marker=found[0] if found is not None else "")


@published.require_published_shape
def read(folder: Path) -> RecipeData:
    """Questions, and answers with judgments where the user has them."""
    questions = [
        published.question_row(
            _SOURCE,
            row["question_id"],
            [published.require_text(row, "question", path)],
            category=row.get("category"),
            language="zh",
            reference=[row["reference"]] if row.get("reference") else None,
        )
        for path in published.find_files(folder, "data_v1.1_release.jsonl", "data_release.jsonl")
        for row in published.read_rows(path)
    ]
    responses: dict[tuple[str, str], Json] = {}
    recordings: list[Recording] = []
    for path in published.find_optional_files(folder, "judgment/*.jsonl"):
        for row in published.read_rows(path):
            key, model = str(row["question_id"]), str(row.get("model_id") or published.file_stem(path))
            answer = published.require_text(row, "answer", path)
            responses[key, model] = published.response_row(_SOURCE, key, model, [answer])
            recordings.append(
                Recording(
                    key, (model,), published.require_text(row, "judgment", path), verdict=_recorded(row), judge="gpt-4"
                )
            )
    return RecipeData(questions, list(responses.values()), recordings)


def summarise(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Means by category, of the two groups and overall; and overall as published, with failures counted as -1."""
    figures: list[BenchmarkFigure] = []
    for model in sorted({row.models[0] for row in rows}):
        own = [row for row in rows if row.models[0] == model]
        scores: dict[str, list[float]] = defaultdict(list)
        filled: dict[str, list[float]] = defaultdict(list)
        lacking: dict[str, int] = defaultdict(int)
        for row in own:
            category, score = find_category(row, facts), row.verdict.values.get(OVERALL)
            filled[category].append(_FAILED if score is None else score)
            if score is None:
                lacking[category] += 1
            else:
                scores[category].append(score)
        figures += [
            mean_figure(model, category, scores[category], unparsed=lacking[category]) for category in sorted(filled)
        ]
        unparsed = sum(lacking.values())
        for name, value in _overall(scores).items():
            figures.append(BenchmarkFigure(model, name, value, len(own) - unparsed, unparsed))
        published_value = _overall(filled)["overall"]
        figures.append(BenchmarkFigure(model, "overall with failures as -1", published_value, len(own), unparsed))
    return figures


def _overall(scores: Mapping[str, Sequence[float]]) -> dict[str, float | None]:
    """The means of the two groups and of both; None where a category of them has no score."""
    means = group_means(scores)
    found: dict[str, float | None] = {}
    for group, categories in GROUPS.items():
        present = [means[category] for category in categories if category in means]
        found[group] = mean_and_error(present)[0] if len(present) == len(categories) else None
    reasoning, language = found["reasoning"], found["language"]
    found["overall"] = None if reasoning is None or language is None else (reasoning + language) / 2.0
    return found


def _recorded(row: Json) -> Verdict:
    score, rating = row.get("score"), row.get("rating") or {}
    if not isinstance(score, int | float) or score < 0:
        return Verdict(cause=VerdictCause.no_marker)
    return Verdict(values={str(name): float(value) for name, value in rating.items()} | {OVERALL: float(score)})


ALIGNBENCH = Recipe(
    name="alignbench",
    kind="single",
    source=RecipeSource("2311.18743", "THUDM/AlignBench", "5b79d4a84e566db26e755c719935c62a0e1b0527", "none stated"),
    form=OutputForm("scores"),
    parse=parse,
    read=read,
    summarise=summarise,
    substitutes=PromptSubstitutes(plain="dimensions-zh", reference="single-10-reference-zh"),
    references="all",
    settings=ChatSettings(temperature=0.0, max_tokens=2048),
)
