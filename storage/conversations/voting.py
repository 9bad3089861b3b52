"""Close a conversation with a vote: one question, two responses, one ballot and one preference.

All of it is written in the transaction of the vote, so boards, judges and exports read a conversation like any stored
pair. An answer that names a model voids the vote by a row of its own, which another row can reverse.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from storage.campaigns import ballots
from storage.conversations import conversations
from storage.conversations.conversations import AnswerRow, ConversationRow
from storage.database.columns import table_of
from storage.database.engine import connection_of
from storage.database.tables import CampaignQuestion
from storage.ledger import chain, preferences
from storage.questions.questions import QuestionText, add_questions, add_responses, set_question, settings_digest
from storage.values import AnswerState, BallotState, ConversationState, ResponseState, as_turn, turn_plain_text

SOURCE = "live"
POLICY, POLICY_VERSION = "weights", 1
VOID_REASON = "an answer names a model"
_CAMPAIGN_QUESTION = table_of(CampaignQuestion)


@dataclass(frozen=True)
class ConversationVote:
    """A vote on a conversation.

    Attributes:
        preference: columns of the preference that the rater gave: winner, strength, reasons, seconds, flag.
        comment: comment of the rater, None for none.
        salt: random text for the digest of the comment.
        hidden_seconds: time in a hidden tab; None when unknown.
    """

    preference: Mapping[str, Any]
    comment: str | None = None
    salt: str = ""
    hidden_seconds: float | None = None


def record_vote(session: Session, row: ConversationRow, vote: ConversationVote, *, now: datetime) -> int:
    """Record a vote on a conversation whose answers are all stored; return its position in the ledger."""
    connection = connection_of(session)
    answers = conversations.standing_answers(connection, row.id)
    question_id = _add_question(session, row, now)
    left, right = _add_responses(session, row, answers, question_id)
    ballot = _add_ballot(session, row, (question_id, left, right), vote, now)
    written = {
        "rater_id": row.rater_id,
        "question_id": question_id,
        "model_a_id": row.model_a_id,
        "model_b_id": row.model_b_id,
        "response_a_id": left,
        "response_b_id": right,
        "blind": True,
        "ballot_id": ballot,
        "created_at": now,
        **vote.preference,
    }
    position = preferences.record(session, written, comment=vote.comment, salt=vote.salt, now=now)
    if any(answer.spans for answer in answers):
        chain.append(session, "void", [{"voids": position, "reason": VOID_REASON, "created_at": now}], now=now)
    conversations.change_conversation(
        connection,
        row.id,
        state=ConversationState.voted,
        question_id=question_id,
        response_a_id=left,
        response_b_id=right,
        ended_at=now,
    )
    return position


def set_publishable(session: Session, row: ConversationRow, *, publishable: bool) -> None:
    """Give the rater's consent to publish a conversation, or take it back."""
    conversations.change_conversation(connection_of(session), row.id, publishable=publishable)
    if row.question_id is not None:
        set_question(session, row.question_id, {"private": not publishable})


def recorded_winner(session: Session, row: ConversationRow) -> str | None:
    """The choice that was recorded on a conversation, None without a vote."""
    ballot = ballots.by_token(connection_of(session), row.token)
    last = None if ballot is None else preferences.last_of_ballot(session, ballot.id)
    return None if last is None else last[1]


def _add_question(session: Session, row: ConversationRow, now: datetime) -> int:
    turns = [as_turn(prompt) for prompt in row.turns]
    language = "zh" if any("\u4e00" <= letter <= "\u9fff" for letter in turn_plain_text(turns[0])) else "en"
    question = QuestionText(
        SOURCE, row.token, turns, category=row.category, language=language, private=not row.publishable
    )
    number = int(add_questions(session, [question], now=now)[0])
    session.execute(insert(_CAMPAIGN_QUESTION), {"campaign_id": row.campaign_id, "question_id": number})
    return number


def _add_responses(
    session: Session, row: ConversationRow, answers: Sequence[AnswerRow], question_id: int
) -> tuple[int, int]:
    """Store both responses, that of the model with the smaller id first; return their ids as shown, left first."""
    sides: dict[str, list[AnswerRow]] = defaultdict(list)
    for answer in answers:
        sides[answer.side].append(answer)
    models = dict(zip(conversations.SIDES, (row.model_a_id, row.model_b_id), strict=True))
    in_order = sorted(models, key=lambda side: models[side])
    rows = [_response(sides[side], models[side], question_id) for side in in_order]
    ids = dict(zip(in_order, map(int, add_responses(session, rows)), strict=True))
    return ids["a"], ids["b"]


def _response(answers: Sequence[AnswerRow], model_id: int, question_id: int) -> dict[str, Any]:
    last = answers[-1]
    cut = any(one.state == AnswerState.stopped or one.finish == "length" for one in answers)
    return {
        "question_id": question_id,
        "model_id": model_id,
        "turns": [as_turn(one.text) for one in answers],
        "settings": last.settings,
        "settings_digest": settings_digest(last.settings),
        "sample": 0,
        "state": ResponseState.truncated if cut else ResponseState.ok,
        "prompt_tokens": _total([one.prompt_tokens for one in answers]),
        "completion_tokens": _total([one.completion_tokens for one in answers]),
        "latency_seconds": _total([one.latency_seconds for one in answers]),
        "created_at": last.ended_at,
    }


def _total(values: Sequence[Any]) -> Any:  # noqa: ANN401  int or float, as the values are
    """The sum, None where one of them is unknown."""
    return None if any(value is None for value in values) else sum(values)


def _add_ballot(
    session: Session, row: ConversationRow, ids: tuple[int, int, int], vote: ConversationVote, now: datetime
) -> int:
    question_id, left, right = ids
    connection = connection_of(session)
    values = {
        "campaign_id": row.campaign_id,
        "rater_id": row.rater_id,
        "question_id": question_id,
        "response_a_id": min(left, right),
        "response_b_id": max(left, right),
        "swapped": left > right,
        "probability": row.probability_shown,
        "policy": POLICY,
        "policy_version": POLICY_VERSION,
        "guidelines_version": row.guidelines_version,
        "token": row.token,
        "state": BallotState.voted,
        "reserved_at": row.created_at,
        "expires_at": now,
        "shown_at": row.shown_at,
        "closed_at": now,
        "flag": vote.preference.get("flag"),
    }
    number = ballots.reserve(connection, values)
    ballots.set_times(connection, number, active=vote.preference.get("seconds"), hidden=vote.hidden_seconds)
    return number
