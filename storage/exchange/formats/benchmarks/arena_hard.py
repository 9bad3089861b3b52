"""Arena-Hard: questions, answers and judgments of both layouts.

Source: https://github.com/lmarena/arena-hard-auto, folders `data/arena-hard-v0.1` (`question_id`, turns as objects) and
`data/arena-hard-v2.0` (`uid`, `prompt`). A judgment has two games; in the first, the baseline is shown first. Version
0.1 does not name its baseline, which is `gpt-4-0314`; version 2 has one for each category.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from storage.errors import BadInput
from storage.exchange.formats.battles import rater_label
from storage.exchange.formats.benchmarks.fastchat import mt_answer
from storage.exchange.formats.judged_games import FIVE_LEVEL, combined
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import (
    ONLY,
    ImportContext,
    PreferenceRow,
    RawRow,
    ResponseRow,
    RowKind,
    state_of,
)
from storage.exchange.rows.problems import shown
from storage.questions.questions import QuestionText
from storage.values import RaterKind

EARLY_BASELINE = "gpt-4-0314"
BASELINES = {"creative_writing": "gemini-2.0-flash-001", "hard_prompt": "o3-mini-2025-01-31"}
"""Baselines of version 2 by category, for rows that do not name theirs."""

_SHARES = {"A>>B": 1.0, "A>B": 0.75, "A=B": 0.5, "B=A": 0.5, "B>A": 0.25, "B>>A": 0.0}
_SHARES |= {"B<<A": 1.0, "B<A": 0.75, "A<B": 0.25, "A<<B": 0.0}


def early_question(row: RawRow, context: ImportContext) -> Iterator[QuestionText]:
    """A question of `question_id, category, cluster, turns`; the cluster is the more telling category."""
    category = fields.optional_name(row, "cluster") or fields.optional_name(row, "category")
    yield QuestionText(context.row_source, fields.name(row, "question_id"), fields.turns(row, "turns"), category)


def question(row: RawRow, context: ImportContext) -> Iterator[QuestionText]:
    """A question of `uid, category, prompt`."""
    turn = fields.clean_turn(fields.required(row, "prompt", fields.text))
    category, language = fields.optional_name(row, "category"), fields.word(row, "language")
    yield QuestionText(context.row_source, fields.name(row, "uid"), [turn], category, language)


def answer(row: RawRow, context: ImportContext) -> Iterator[ResponseRow]:
    """An answer of `uid, model, messages`."""
    messages = fields.listed(row, "messages")
    said = [one.get("content") for one in messages if isinstance(one, Mapping) and one.get("role") == "assistant"]
    if not said:
        raise BadInput("expected an assistant's message in column 'messages', got none; correct it")
    turns = [fields.clean_turn(turn) for turn in said]
    state, cause = state_of(turns)
    key, model, time = fields.name(row, "uid"), fields.name(row, "model"), fields.time(row)
    yield ResponseRow(context.source, key, model, turns, {}, 0, state, cause, created_at=time)


def judgment(row: RawRow, context: ImportContext) -> Iterator[PreferenceRow]:
    """A judgment of a model against the baseline."""
    key = "uid" if "uid" in row else "question_id"
    category = fields.optional_name(row, "category")
    model, baseline = fields.name(row, "model"), fields.optional_name(row, "baseline")
    if baseline is None:
        baseline = EARLY_BASELINE if key == "question_id" else BASELINES.get(category or "")
    if baseline is None:
        raise BadInput("expected a baseline in column 'baseline', got none; fill it in")
    if model == baseline:
        raise BadInput(f"expected two different models, got {shown(model)} twice; remove the row")
    first, *others = fields.listed(row, "games")
    shares = [_share(first), *(None if (share := _share(game)) is None else 1 - share for game in others[:1])]
    winner, details = combined(shares, FIVE_LEVEL)
    source = context.row_source
    yield PreferenceRow(
        source,
        None,
        rater_label(RaterKind.judge, fields.name(row, "judge")),
        source,
        fields.name(row, key),
        baseline,
        model,
        winner,
        created_at=fields.time(row),
        response_a=ONLY,
        response_b=ONLY,
        judgment=details,
        category=category,
    )


def _share(game: Any) -> float | None:  # noqa: ANN401  an element of a list of the file
    """The share of the answer shown first; None for a game without a score."""
    score = game.get("score") if isinstance(game, Mapping) else None
    if score is None or score == "":
        return None
    found = _SHARES.get(str(score).strip().strip("[]").upper())
    if found is None:
        raise BadInput(f"expected a score such as A>B in column 'games', got {shown(score)}; correct it")
    return found


def _has_objects(row: RawRow) -> bool:
    turns = fields.json_value(row, "turns")
    return isinstance(turns, list) and bool(turns) and isinstance(turns[0], Mapping)


def _has_object_turns(row: RawRow) -> bool:
    choices = fields.json_value(row, "choices")
    return isinstance(choices, list) and bool(choices) and isinstance(choices[0], Mapping) and _has_objects(choices[0])


FORMATS = (
    RowFormat.of(
        RowKind.questions,
        "Arena-Hard v0.1",
        early_question,
        needs="question_id turns",
        also="category cluster",
        fits=_has_objects,
    ),
    RowFormat.of(
        RowKind.questions, "Arena-Hard v2", question, needs="uid prompt", also="category subcategory language"
    ),
    RowFormat.of(
        RowKind.responses,
        "Arena-Hard v0.1",
        mt_answer,
        needs="question_id model_id choices",
        also="answer_id tstamp",
        fits=_has_object_turns,
    ),
    RowFormat.of(RowKind.responses, "Arena-Hard v2", answer, needs="uid model messages", also="ans_id tstamp metadata"),
    RowFormat.of(
        RowKind.preferences,
        "Arena-Hard v0.1",
        judgment,
        needs="question_id model judge games",
        also="baseline category tstamp",
    ),
    RowFormat.of(
        RowKind.preferences,
        "Arena-Hard v2",
        judgment,
        needs="uid model judge games",
        also="baseline category tstamp",
    ),
)
