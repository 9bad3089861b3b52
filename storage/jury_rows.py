"""What judges said about the same things, for a jury to put together."""

from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from storage.columns import table_of
from storage.judge_rows import LedgerKind
from storage.ledger_tables import Judgement, Satisfaction, Void
from storage.tables import Rater
from storage.values import RaterKind

_JUDGEMENT, _SATISFACTION = table_of(Judgement), table_of(Satisfaction)
_RATER, _VOID = table_of(Rater), table_of(Void)


class JuryKey(NamedTuple):
    """What was judged: one response or a pair, at a turn (0 for all) and sample; a pair has no dimension."""

    question: int
    models: tuple[int, ...]
    responses: tuple[int, ...]
    turn: int
    sample: int
    dimension: str = ""

    def turned(self) -> "JuryKey | None":
        """The same pair the other way round; None for a single response."""
        if len(self.responses) != 2:
            return None
        return self._replace(models=self.models[::-1], responses=self.responses[::-1])


class MemberVerdict(NamedTuple):
    """One member's verdict: its state, share of A or score where there is one, and the scale of a score."""

    state: str
    score: float | None
    scale: tuple[float, float] | None = None

    def turned(self) -> "MemberVerdict":
        """As the share of the other response."""
        return self if self.score is None else self._replace(score=1.0 - self.score)


def find_judges(session: Session, names: list[str]) -> dict[str, int]:
    """The raters of judges by name; of equal names the one that judged here first."""
    statement = select(_RATER.c.key, _RATER.c.id).where(_RATER.c.kind == RaterKind.judge, _RATER.c.key.in_(names))
    found: dict[str, int] = {}
    for name, rater in session.execute(statement.order_by(_RATER.c.id)):
        found.setdefault(str(name), int(rater))
    return found


def member_verdicts(session: Session, kind: LedgerKind, rater_id: int) -> dict[JuryKey, MemberVerdict]:
    """Everything that one judge said about stored responses, void rows left out, the latest of each."""
    void = select(_VOID.c.voids).where(_VOID.c.reverses.is_(None))
    found: dict[JuryKey, MemberVerdict] = {}
    if kind == "judgement":
        rows = _JUDGEMENT
        columns = (rows.c.model_a_id, rows.c.model_b_id, rows.c.response_a_id, rows.c.response_b_id)
        statement = select(rows.c.question_id, rows.c.turn, rows.c.sample, rows.c.state, rows.c.score, *columns)
        chosen = statement.where(rows.c.rater_id == rater_id, rows.c.response_a_id.is_not(None))
        for question, turn, sample, state, score, a, b, one, two in session.execute(
            chosen.where(rows.c.position.not_in(void)).order_by(rows.c.position)
        ):
            found[JuryKey(question, (a, b), (one, two), turn or 0, sample)] = MemberVerdict(str(state), score)
        return found
    rows = _SATISFACTION
    names = ("question_id", "model_id", "response_id", "turn", "sample", "dimension", "state", "score", "scale_low")
    single = select(*(rows.c[name] for name in names), rows.c.scale_high)
    single = single.where(rows.c.rater_id == rater_id, rows.c.response_id.is_not(None), rows.c.position.not_in(void))
    for question, model, response, turn, sample, dimension, state, score, low, high in session.execute(
        single.order_by(rows.c.position)
    ):
        key = JuryKey(question, (model,), (response,), turn or 0, sample, str(dimension))
        found[key] = MemberVerdict(str(state), score, (low, high))
    return found
