"""Votes and responses in the layouts of LMArena, MT-bench and AlpacaEval, written.

The layouts are those that are read: the 33k layout of LMArena, the votes of MT-bench, and the outputs of AlpacaEval.
What a layout cannot say is left out and counted; a column without a value is null.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from storage.exchange.formats.battles import LANGUAGES
from storage.exchange.formats.lmarena import ABOUT_BATTLES
from storage.exchange.rows.canonical import ResponseRow
from storage.exchange.voted_pairs import VotedPair
from storage.questions.questions import QuestionText
from storage.values import SHOWABLE_STATES, Turn, Winner, turn_text

_LANGUAGE_NAMES = {code: name for name, code in LANGUAGES.items()}
_WINNERS = {Winner.both_bad: "tie (bothbad)"}
_NAMELESS = "alpaca_eval"
"""Dataset of questions without a category."""

LMARENA_COLUMNS = {
    "question_id": "text",
    "model_a": "text",
    "model_b": "text",
    "winner": "text",
    "judge": "text",
    "conversation_a": "json",
    "conversation_b": "json",
    "turn": "whole",
    "anony": "truth",
    "language": "text",
    "tstamp": "number",
    "category": "text",
    **dict.fromkeys(ABOUT_BATTLES, "json"),
}
MT_BENCH_COLUMNS = {
    name: kind for name, kind in LMARENA_COLUMNS.items() if name != "anony" and name not in ABOUT_BATTLES
}
ALPACA_COLUMNS = {"dataset": "text", "instruction": "text", "output": "text", "generator": "text"}


def lmarena_votes(pairs: Iterable[VotedPair]) -> Iterator[dict[str, Any]]:
    """Votes in the 33k layout of LMArena; conversations hold the texts that are known."""
    for pair in pairs:
        talks = (_conversation(pair.question, turns) for turns in (pair.a, pair.b))
        yield {
            "question_id": pair.key,
            "model_a": pair.model_a,
            "model_b": pair.model_b,
            "winner": _WINNERS.get(pair.winner, pair.winner.value),
            "judge": pair.rater,
            **dict(zip(("conversation_a", "conversation_b"), talks, strict=True)),
            "turn": pair.turn or len(pair.question or ()) or None,
            "anony": True if pair.blind is None else pair.blind,
            "language": _LANGUAGE_NAMES.get(pair.language or "", pair.language),
            "tstamp": None if pair.created_at is None else pair.created_at.timestamp(),
            "category": pair.category,
            **{name: (pair.attributes or {}).get(name) for name in ABOUT_BATTLES},
        }


def mt_bench_votes(pairs: Iterable[VotedPair]) -> Iterator[dict[str, Any]]:
    """Votes in the layout of MT-bench's human judgments."""
    for row in lmarena_votes(pairs):
        yield {name: row[name] for name in MT_BENCH_COLUMNS}


def alpaca_outputs(
    questions: Iterable[QuestionText], responses: Iterable[ResponseRow], left_out: Counter[str]
) -> Iterator[dict[str, Any]]:
    """Responses in the layout of AlpacaEval's `model_outputs.json`, which knows one turn and one sample."""
    known: dict[tuple[str | None, str], QuestionText] = {(one.source, one.key): one for one in questions if one.turns}
    for row in responses:
        question = known.get((row.source, row.question))
        if question is None or question.turns is None:
            left_out["no_text"] += 1
        elif row.state not in SHOWABLE_STATES:
            left_out["not_shown"] += 1
        elif len(question.turns) > 1 or len(row.turns) > 1:
            left_out["several_turns"] += 1
        elif row.sample:
            left_out["second_response"] += 1
        else:
            yield {
                "dataset": question.category or _NAMELESS,
                "instruction": turn_text(question.turns[0]),
                "output": turn_text(row.turns[0]),
                "generator": row.model,
            }


def _conversation(question: list[Turn] | None, turns: list[Turn] | None) -> list[dict[str, str]] | None:
    """User turns and those of a model in turn; None where one of them is not known."""
    if not question or not turns:
        return None
    talk = []
    for number, turn in enumerate(question):
        talk.append({"role": "user", "content": turn_text(turn)})
        if number < len(turns):
            talk.append({"role": "assistant", "content": turn_text(turns[number])})
    return talk
