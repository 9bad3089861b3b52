"""Judgments as judges give them: a score of one response, or one or two games of a pair in both orders."""

from collections.abc import Sequence

from storage.exchange.rows import fields
from storage.exchange.rows.canonical import (
    ONLY,
    THREE_WAY,
    ImportContext,
    JudgmentFields,
    RaterLabel,
    RawRow,
    SatisfactionRow,
)
from storage.values import JudgmentState, ScoreState, Winner

FIVE_LEVEL = "five-level"
NO_VERDICT = "no_verdict"
"""Cause of a failed judgment whose file says no winner."""

TIE = 0.5
LOW, HIGH = 1.0, 10.0
"""The scale of the scores of MT-bench and WildBench."""


def combined(shares: Sequence[float | None], form: str = THREE_WAY) -> tuple[Winner | None, JudgmentFields]:
    """The winner and the fields of a judgment.

    A game without a verdict makes the judgment a failed one, opposite verdicts an inconsistent one; neither is a tie.

    Args:
        shares: share of model A in each game, from 0 to 1; None for a game without a verdict.
        form: form of the verdicts.
    """
    known = [share for share in shares if share is not None]
    if len(known) < len(shares) or not known:
        return None, JudgmentFields(form, JudgmentState.failed, None, NO_VERDICT, 0)
    if max(known) > TIE > min(known):
        return None, JudgmentFields(form, JudgmentState.inconsistent, None, None, 0)
    share = sum(known) / len(known)
    winner = Winner.tie if share == TIE else Winner.model_a if share > TIE else Winner.model_b
    return winner, JudgmentFields(form, JudgmentState.scored, share, None, 0)


def judged_score(
    row: RawRow, context: ImportContext, judge: RaterLabel, *, question: str, model: str, score: float | None
) -> SatisfactionRow:
    """The row of a score from 1 to 10; a missing score, and one outside the scale, make it a failed one.

    Args:
        row: the row of the file, for its time and its `turn`, if it has one.
        context: context of the import; the source of the question is also that of the judge.
        judge: label of the judge.
        question: key of the question.
        model: name of the model.
        score: the score, None where the file has none that can be read.
    """
    is_scored = score is not None and LOW <= score <= HIGH
    return SatisfactionRow(
        context.row_source,
        None,
        judge,
        context.row_source,
        question,
        model,
        "overall",
        ScoreState.scored if is_scored else ScoreState.failed,
        score if is_scored else None,
        LOW,
        HIGH,
        fields.whole(row, "turn"),
        created_at=fields.time(row),
        response=ONLY,
        cause=None if is_scored else NO_VERDICT if score is None else f"score {score:g} outside 1 to 10",
    )
