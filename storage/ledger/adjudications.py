"""Decisions of reviewers on single pairs: rows of the ledger of their own, which replace no vote.

A decision holds until another row reverses it; deciding a pair again reverses the earlier decision first. A
leaderboard counts decisions only where its selection says `adjudicated`: then the votes on a decided pair are left out
and counted, and the decision counts as one battle in their place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.ledger_tables import Adjudication
from storage.database.reversals import in_force
from storage.database.tables import Response
from storage.errors import BadInput, NotFound
from storage.ledger import chain
from storage.ledger.battles import OUTCOME_CODES, SCORE_OF_OUTCOME, Battles, CodeArray
from storage.values import Winner

_DECISION, _RESPONSE = table_of(Adjudication), table_of(Response)
LONGEST_REASON = 2_000


class PairId(NamedTuple):
    """A pair of responses to a question, A with the smaller id, in one campaign."""

    campaign_id: int
    question_id: int
    response_a_id: int
    response_b_id: int


@dataclass(frozen=True)
class ReviewDecision:
    """A decision in force.

    Attributes:
        position: position in the ledger.
        pair: the pair; `campaign_id` is 0 for a decision outside of campaigns.
        model_a_id: model of response A.
        model_b_id: model of response B.
        winner: decision in terms of A and B.
        actor_id: the reviewer; None for somebody at the command line.
        reason: the reviewer's reason.
        at: time of the decision.
    """

    position: int
    pair: PairId
    model_a_id: int
    model_b_id: int
    winner: Winner
    actor_id: int | None
    reason: str
    at: datetime


class DecidedRow(NamedTuple):
    """A decision with the names by which battles know its models, question and reviewer (None if unknown)."""

    decision: ReviewDecision
    model_a: str
    model_b: str
    question: str
    rater: str | None


def decide(session: Session, pair: PairId, winner: Winner, *, actor_id: int | None, reason: str, now: datetime) -> int:
    """Record a decision on a pair and return its position; an earlier decision on the pair is reversed first.

    Args:
        session: a writing session.
        pair: the pair.
        winner: decision in terms of A and B of the pair.
        actor_id: the reviewer; None for somebody at the command line.
        reason: why, in the reviewer's words.
        now: the present time.

    Raises:
        BadInput: there is no reason, or it is too long.
    """
    text = reason.strip()
    if not text:
        raise BadInput("expected a reason for the decision, got none; say in a few words why it is right")
    if len(text) > LONGEST_REASON:
        raise BadInput(f"expected a reason of at most {LONGEST_REASON} characters, got {len(text)}; shorten it")
    chain.lock(session)
    for one in decisions(session, campaign_id=pair.campaign_id):
        if one.pair == pair:
            _append(session, _reversal(one, actor_id, f"decided again: {text}", now), now)
    models: dict[int, int] = {
        int(number): int(model)
        for number, model in session.execute(
            select(_RESPONSE.c.id, _RESPONSE.c.model_id).where(_RESPONSE.c.id.in_(pair[2:]))
        )
    }
    row = {
        **pair._asdict(),
        "model_a_id": models[pair.response_a_id],
        "model_b_id": models[pair.response_b_id],
        "winner": winner,
        "actor_id": actor_id,
        "reason": text,
        "created_at": now,
    }
    return _append(session, row, now)


def take_back(session: Session, position: int, *, actor_id: int | None, reason: str, now: datetime) -> int:
    """Reverse a decision by another row and return its position; the votes on the pair count again everywhere.

    Raises:
        NotFound: there is no such decision in force.
    """
    chain.lock(session)
    found = next((one for one in decisions(session) if one.position == position), None)
    if found is None:
        raise NotFound(f"no decision number {position} in force; see `evenhand campaign disagreements --decided`")
    return _append(session, _reversal(found, actor_id, reason.strip() or "taken back", now), now)


def decisions(session: Session, *, campaign_id: int | None = None, up_to: int | None = None) -> list[ReviewDecision]:
    """The decisions in force, now or as of a ledger position, oldest first; of one campaign or of all."""
    chosen = select(_DECISION).where(_DECISION.c.position.in_(in_force(_DECISION, _DECISION.c.position, up_to)))
    if campaign_id is not None:
        chosen = chosen.where(_DECISION.c.campaign_id == campaign_id)
    return [
        ReviewDecision(
            row.position,
            PairId(row.campaign_id or 0, row.question_id, row.response_a_id, row.response_b_id),
            row.model_a_id,
            row.model_b_id,
            Winner(row.winner),
            row.actor_id,
            row.reason,
            row.created_at,
        )
        for row in session.execute(chosen.order_by(_DECISION.c.position))
    ]


def with_decisions(battles: Battles, decided: Sequence[DecidedRow]) -> Battles:
    """Battles in which each decided pair counts once, as decided; its votes are counted as `adjudicated`.

    Votes without known responses are no votes on a decided pair, because decisions are about responses.
    """
    if not decided:
        return battles
    a, b = battles.response_a, battles.response_b
    key = np.stack([np.minimum(a, b), np.maximum(a, b)])
    pairs = {(one.decision.pair.response_a_id, one.decision.pair.response_b_id) for one in decided}
    replaced = np.array([(int(one), int(other)) in pairs for one, other in key.T], np.bool_)
    kept = battles.subset(~replaced)
    models = _vocabulary(kept.models, [name for one in decided for name in (one.model_a, one.model_b)])
    raters = _vocabulary(kept.raters, [one.rater for one in decided if one.rater is not None])
    questions = _vocabulary(kept.questions, [one.question for one in decided])
    new = _rows(decided, models, raters, questions)
    old = {name: getattr(kept, name) for name in new}
    for names, before, columns in (
        (models, kept.models, ("a", "b")),
        (raters, kept.raters, ("rater",)),
        (questions, kept.questions, ("question",)),
    ):
        place = np.append(_codes(names, before), -1)
        old |= {column: place[old[column]].astype(np.int32) for column in columns}
    counts = dict(kept.counts)
    if replaced.any():
        counts["adjudicated"] = int(replaced.sum())
    merged = {name: np.concatenate([old[name], new[name]]) for name in new}
    order = np.argsort(merged["position"], kind="stable")
    columns_in_order: dict[str, Any] = {name: column[order] for name, column in merged.items()}
    return replace(
        kept,
        models=models,
        raters=raters,
        questions=questions,
        counts=counts,
        decisions=len(decided),
        **columns_in_order,
    )


def _rows(
    decided: Sequence[DecidedRow], models: Sequence[str], raters: Sequence[str], questions: Sequence[str]
) -> dict[str, Any]:
    """The columns of battles for decisions, as codes of these names."""
    outcome = np.array([OUTCOME_CODES[one.decision.winner] for one in decided], np.int8)
    return {
        "a": _codes(models, [one.model_a for one in decided]),
        "b": _codes(models, [one.model_b for one in decided]),
        "outcome": outcome,
        "score": SCORE_OF_OUTCOME[outcome],
        "rater": _codes(raters, [one.rater for one in decided]),
        "question": _codes(questions, [one.question for one in decided]),
        "position": np.array([one.decision.position for one in decided], np.int64),
        "probability": np.full(len(decided), np.nan),
        "response_a": np.array([one.decision.pair.response_a_id for one in decided], np.int64),
        "response_b": np.array([one.decision.pair.response_b_id for one in decided], np.int64),
        "time": np.array([one.decision.at.timestamp() for one in decided]),
    }


def _vocabulary(known: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({*known, *more}))


def _codes(names: Sequence[str], wanted: Sequence[str | None]) -> CodeArray:
    place: Mapping[str | None, int] = {name: code for code, name in enumerate(names)}
    return np.array([place.get(name, -1) for name in wanted], np.int32)


def _reversal(one: ReviewDecision, actor_id: int | None, reason: str, now: datetime) -> dict[str, Any]:
    return {
        **one.pair._asdict(),
        "campaign_id": one.pair.campaign_id or None,
        "model_a_id": one.model_a_id,
        "model_b_id": one.model_b_id,
        "actor_id": actor_id,
        "reason": reason,
        "reverses": one.position,
        "created_at": now,
    }


def _append(session: Session, row: Mapping[str, Any], now: datetime) -> int:
    return chain.append(session, "adjudication", [row], now=now)[0]
