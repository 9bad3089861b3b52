"""Preference pairs for training (DPO): a prompt, the chosen response and the rejected one."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlmodel import Session

from storage.exchange.voted_pairs import VotedPair, read_voted_pairs
from storage.values import Turn, Winner, turn_images, turn_text

Message = dict[str, str]


def dpo_pairs(session: Session, left_out: Counter[str], *, named: bool = False) -> Iterator[dict[str, Any]]:
    """One row for each vote with a winner whose texts are known; other votes are counted by reason.

    All rows have the same form: texts if every question has a single turn, otherwise lists of chat messages, in which
    the prompt is the first user turn and both sides hold the messages after it.

    Args:
        session: a reading session.
        left_out: counts of votes left out by reason, and of `pictures` in the others, which are increased.
        named: whether rows also name the question, both models and the kind of the rater, so that an import knows them.
    """
    conversational = any(len(pair.question) > 1 for pair in read_voted_pairs(session, Counter()))
    for pair in read_voted_pairs(session, left_out):
        if pair.winner not in (Winner.model_a, Winner.model_b):
            left_out[str(pair.winner)] += 1
            continue
        chosen, rejected = (pair.a, pair.b) if pair.winner is Winner.model_a else (pair.b, pair.a)
        if number := sum(len(turn_images(turn)) for turn in (*pair.question, *pair.a, *pair.b)):
            left_out["pictures"] += number
        more = _names(pair) if named else {}
        if conversational:
            yield more | {
                "prompt": [{"role": "user", "content": turn_text(pair.question[0])}],
                "chosen": _messages(pair, chosen),
                "rejected": _messages(pair, rejected),
            }
        else:
            yield more | {
                "prompt": turn_text(pair.question[0]),
                "chosen": turn_text(chosen[0]),
                "rejected": turn_text(rejected[0]),
            }


def _names(pair: VotedPair) -> dict[str, Any]:
    chosen, rejected = (pair.model_a, pair.model_b)[:: 1 if pair.winner is Winner.model_a else -1]
    return {
        "question_source": pair.source,
        "question_id": pair.key,
        "chosen_model": chosen,
        "rejected_model": rejected,
        "rater_kind": "human",
        "category": pair.category,
        "language": pair.language,
    }


def _messages(pair: VotedPair, turns: list[Turn]) -> list[Message]:
    """The model's turns with the user's later turns between them."""
    messages: list[Message] = []
    for number, turn in enumerate(turns):
        if number and number < len(pair.question):
            messages.append({"role": "user", "content": turn_text(pair.question[number])})
        messages.append({"role": "assistant", "content": turn_text(turn)})
    return messages
