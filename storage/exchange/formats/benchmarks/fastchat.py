"""FastChat: questions and answers of MT-bench, and of the older Vicuna benchmark."""

from collections.abc import Iterator

from storage.errors import BadInput
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import ImportContext, RawRow, ResponseRow, RowKind, state_of
from storage.exchange.rows.problems import shown
from storage.questions.questions import QuestionText
from storage.values import Turn


def mt_question(row: RawRow, context: ImportContext) -> Iterator[QuestionText]:
    """A question of `question_id, category, turns, reference`."""
    yield QuestionText(
        context.row_source,
        fields.name(row, "question_id"),
        fields.turns(row, "turns"),
        fields.optional_name(row, "category"),
        fields.word(row, "language"),
        fields.texts(row, "reference"),
    )


def vicuna_question(row: RawRow, context: ImportContext) -> Iterator[QuestionText]:
    """A question of `question_id, text, category`."""
    yield QuestionText(
        context.row_source,
        fields.name(row, "question_id"),
        [fields.clean_turn(fields.required(row, "text", fields.text))],
        fields.optional_name(row, "category"),
        fields.word(row, "language"),
    )


def mt_answer(row: RawRow, context: ImportContext) -> Iterator[ResponseRow]:
    """The answers of `question_id, model_id, choices`; the index of a choice is its sample number."""
    choices = row.get("choices")
    if not isinstance(choices, list) or not choices or not all(isinstance(choice, dict) for choice in choices):
        raise BadInput(f"expected a list of choices with turns in column 'choices', got {shown(choices)}; correct it")
    created_at = fields.time(row)
    for place, choice in enumerate(choices):
        sample = fields.whole(choice, "index")
        turns = fields.turns(choice, "turns")
        yield _answer(row, context, turns)._replace(sample=place if sample is None else sample, created_at=created_at)


def vicuna_answer(row: RawRow, context: ImportContext) -> Iterator[ResponseRow]:
    """The answer of `question_id, model_id, text`."""
    if not isinstance(row.get("text"), str):
        raise BadInput(f"expected text in column 'text', got {shown(row.get('text'))}; correct it")
    yield _answer(row, context, [fields.clean_turn(row["text"])])


def _answer(row: RawRow, context: ImportContext, turns: list[Turn]) -> ResponseRow:
    state, cause = state_of(turns)
    question, model = fields.name(row, "question_id"), fields.name(row, "model_id")
    return ResponseRow(context.source, question, model, turns, {}, 0, state, cause)


FORMATS = (
    RowFormat.of(
        RowKind.questions, "MT-bench", mt_question, needs="question_id turns", also="category reference language"
    ),
    RowFormat.of(
        RowKind.questions,
        "Vicuna",
        vicuna_question,
        needs="question_id text",
        also="category language",
        fits=lambda row: not row.keys() & {"review_id", "reviewer_id", "answer_id", "model_id"},
    ),
    RowFormat.of(
        RowKind.responses, "MT-bench", mt_answer, needs="question_id model_id choices", also="answer_id tstamp"
    ),
    RowFormat.of(
        RowKind.responses, "Vicuna", vicuna_answer, needs="question_id model_id text", also="answer_id metadata"
    ),
)
