"""AlignBench: 683 Chinese questions with references, scored by dimension and overall.

The overall figure is the mean of two means, of the reasoning and of the language categories. Not verified against
published figures, because no judgments are published.
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
"""Categories of the two means whose mean is the overall figure."""

_FAILED = -1.0
_SOURCE = "alignbench"
_PAIR_END = re.compile(r"': (\d++)")
_SCORE = re.compile(rf"'{OVERALL}': (\d+(\.\d{{1,2}})?)")


def parse(reply: str) -> Verdict:
    """Integers of the last dictionary on one line; if it has no overall score, the first one in the text is used.

    As published, only the integer part of a decimal in the dictionary is read.
    """
    found = find_last_object(reply)
    values = {name: float(number) for name, number in find_pairs(found[1:-1])} if found is not None else {}
    if OVERALL not in values:
        named = _SCORE.search(reply)
        if named is None:
            return Verdict(cause=VerdictCause.no_marker if found is None else VerdictCause.wrong_schema)
        values[OVERALL] = float(named[1])
    return Verdict(values=values, marker=found or "")


def find_last_object(reply: str) -> str | None:
    """What the published pattern `{(.*?)}(?![^{]*{)` finds, in linear time.

    It reaches from the first brace of the line that holds the last opening brace to the first closing brace after that
    one, if it is on the same line.
    """
    last = reply.rfind("{")
    end = reply.find("}", last) + 1
    if last < 0 or not end or "\n" in reply[last:end]:
        return None
    line = reply.rfind("\n", 0, last) + 1
    return reply[reply.index("{", line) : end]


def find_pairs(text: str) -> list[tuple[str, str]]:
    r"""What the published pattern `'(.*?)': (\d+)` finds in one line, in linear time."""
    pairs: list[tuple[str, str]] = []
    at = 0
    for found in _PAIR_END.finditer(text):
        start = text.find("'", at)
        if start < found.start():
            pairs.append((text[start + 1 : found.start()], found[1]))
            at = found.end()
    return pairs


@published.require_published_shape
def read(folder: Path) -> RecipeData:
    """Questions, and answers with judgments if the folder has them."""
    questions = published.read_questions(
        _SOURCE,
        published.find_files(folder, "data_v1.1_release.jsonl", "data_release.jsonl"),
        text="question",
        extra=lambda row: {"language": "zh", "reference": [row["reference"]] if row.get("reference") else None},
    )
    rows = published.BenchmarkRows(_SOURCE)
    recordings: list[Recording] = []
    for path in published.find_optional_files(folder, "judgment/*.jsonl"):
        for row in published.read_rows(path):
            key, model = str(row["question_id"]), str(row.get("model_id") or published.file_stem(path))
            answer = published.require_text(row, "answer", path)
            rows.add_response(key, model, answer)
            recordings.append(
                Recording(
                    key, (model,), published.require_text(row, "judgment", path), verdict=_recorded(row), judge="gpt-4"
                )
            )
    return rows.data(recordings, questions=questions)


def summarise(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Mean by category, of the two groups and overall; and the overall mean as published, with failures as -1."""
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
    """Means of the two groups and of both; None if one of their categories has no score."""
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
