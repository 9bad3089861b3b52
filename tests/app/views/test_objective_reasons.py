"""Why an answer counts as it does: one sentence for every way in which a prediction ends, in both languages."""

from typing import Any

import pytest

from app.views.objective_reasons import MOST_QUOTED, reason
from objective.evaluation.grading import GRADE
from storage.database.evaluation_tables import PredictionState
from storage.evaluations.reading import PredictionDetails

SCORED, UNPARSED = PredictionState.scored, PredictionState.unparsed


def told(state: PredictionState, score: float | None = None, read: str | None = None, **facts: Any) -> tuple[str, str]:
    """The reason in both languages, for an item whose accepted answers are B and beta."""
    output = facts.pop("output", "some output")
    found = PredictionDetails(1, 0, state, "q", output, read, score, None, facts)
    return reason(found, ("B", "beta"), "en"), reason(found, ("B", "beta"), "zh")


@pytest.mark.parametrize(
    ("found", "english", "chinese"),
    [
        (told(SCORED, 1.0, "B"), "Counts as right: the answer read is “B”.", "判为答对：从输出中提取的答案是“B”。"),
        (
            told(SCORED, 0.0, "C"),
            "Counts as wrong: the answer read is “C”. Accepted: “B / beta”.",
            "判为答错：从输出中提取的答案是“C”。标准答案为“B / beta”。",
        ),
        (told(SCORED, 1.0, "B", nats=[1.0]), "Counts as right: B is the likeliest option.", "似然最高的选项是 B"),
        (told(SCORED, 0.25, "C"), "Scores 0.25 of 1: the answer read is “C”.", "得分 0.25（满分 1）"),
        (told(SCORED, 0.0, "x" * (MOST_QUOTED + 1)), "Counts as wrong.", "判为答错。"),
        (
            told(SCORED, 1.0, "B", **{GRADE: {"grader": "strong"}}),
            "Counts as right, as the grader strong says.",
            "判为答对，由判卷模型 strong 判定。",
        ),
        (told(UNPARSED), "no answer could be read from this output", "按答错计：无法从这段输出中提取答案。"),
        (told(UNPARSED, finish="length"), "the output ends at the token limit", "输出达到词元上限而中断"),
        (told(UNPARSED, output=" \n"), "the output is empty", "按答错计：输出为空。"),
        (told(PredictionState.failed), "Has no score", "没有得分"),
        (told(PredictionState.grader_failed), "Has no score", "没有得分"),
        (told(PredictionState.asked), "Is not scored yet", "尚未评分"),
    ],
)
def test_every_ending_says_why_in_both_languages(found: tuple[str, str], english: str, chinese: str) -> None:
    assert english in found[0] and chinese in found[1]
