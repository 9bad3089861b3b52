"""Judgments made of one or two games: the same pair shown in one order, and in the other."""

from collections.abc import Sequence

from storage.exchange.rows.canonical import THREE_WAY, JudgmentFields
from storage.values import JudgmentState, Winner

FIVE_LEVEL = "five-level"
NO_VERDICT = "no_verdict"
"""Cause of a failed judgment whose file says no winner."""

TIE = 0.5


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
