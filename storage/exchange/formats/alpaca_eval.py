"""AlpacaEval: instructions, and the outputs of models with them."""

from collections.abc import Iterator

from storage.errors import BadInput
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import ImportContext, RawRow, ResponseRow, RowKind, state_of
from storage.exchange.rows.problems import shown
from storage.questions.questions import QuestionText
from storage.values import digest

_SOURCE = "alpaca_eval"


def alpaca_question(row: RawRow, context: ImportContext) -> Iterator[QuestionText]:
    """The question of an AlpacaEval output; its key is a digest of the instruction, the same for every model."""
    instruction = fields.required(row, "instruction", fields.text)
    extra = fields.text(row, "input")
    whole = f"{instruction}\n\n{extra}" if extra else instruction
    key = digest(whole)[:24]
    yield QuestionText(context.row_source, key, [fields.clean_turn(whole)], fields.optional_name(row, "dataset"))


def alpaca_answer(row: RawRow, context: ImportContext) -> Iterator[ResponseRow]:
    """The answer of an AlpacaEval output, with its question."""
    output = row.get("output")
    if not isinstance(output, str):
        raise BadInput(f"expected text in column 'output', got {shown(output)}; correct it")
    turns = [fields.clean_turn(output)]
    for question in alpaca_question(row, context):
        state, cause = state_of(turns)
        model = fields.name(row, "generator")
        yield ResponseRow(question.source, question.key, model, turns, {}, 0, state, cause, text=question)


FORMATS = (
    RowFormat.of(
        RowKind.questions,
        "AlpacaEval",
        alpaca_question,
        needs="instruction",
        also="input dataset generator output",
        source=_SOURCE,
    ),
    RowFormat.of(
        RowKind.responses,
        "AlpacaEval",
        alpaca_answer,
        needs="instruction output generator",
        also="input dataset",
        source=_SOURCE,
    ),
)
