"""Preference pairs for training (DPO): a prompt, the chosen response and the rejected one."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlmodel import Session

from storage.exchange.voted_pairs import VotedPair, read_voted_pairs
from storage.values import Turn, Winner, turn_text

Message = dict[str, str]


def dpo_pairs(session: Session, left_out: Counter[str]) -> Iterator[dict[str, Any]]:
    """One row for each vote with a winner whose texts are known; other votes are counted by reason.

    All rows have the same form: texts if every question has a single turn, otherwise lists of chat messages, in which
    the prompt is the first user turn and both sides hold the messages after it.
    """
    conversational = any(len(pair.question) > 1 for pair in read_voted_pairs(session, Counter()))
    for pair in read_voted_pairs(session, left_out):
        if pair.winner not in (Winner.model_a, Winner.model_b):
            left_out[str(pair.winner)] += 1
            continue
        chosen, rejected = (pair.a, pair.b) if pair.winner is Winner.model_a else (pair.b, pair.a)
        if conversational:
            yield {
                "prompt": [{"role": "user", "content": turn_text(pair.question[0])}],
                "chosen": _messages(pair, chosen),
                "rejected": _messages(pair, rejected),
            }
        else:
            yield {
                "prompt": turn_text(pair.question[0]),
                "chosen": turn_text(chosen[0]),
                "rejected": turn_text(rejected[0]),
            }


def _messages(pair: VotedPair, turns: list[Turn]) -> list[Message]:
    """The model's turns with the user's later turns between them."""
    messages: list[Message] = []
    for number, turn in enumerate(turns):
        if number and number < len(pair.question):
            messages.append({"role": "user", "content": turn_text(pair.question[number])})
        messages.append({"role": "assistant", "content": turn_text(turn)})
    return messages
