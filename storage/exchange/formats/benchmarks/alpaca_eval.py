"""AlpacaEval: instructions, outputs of models with them, and annotations of pairs.

Source: https://github.com/tatsu-lab/alpaca_eval, files `model_outputs.json` and `annotations.json` of its results. A
preference of 1 means that `output_1` is better, 2 that `output_2` is, 1.5 or 0 a tie; weighted annotators give numbers
between.
"""

from collections.abc import Iterator

from storage.errors import BadInput
from storage.exchange.formats.battles import rater_label
from storage.exchange.formats.judged_games import combined
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import (
    ONLY,
    BattleTexts,
    ImportContext,
    PreferenceRow,
    RawRow,
    ResponseRow,
    RowKind,
    state_of,
)
from storage.exchange.rows.problems import shown
from storage.questions.questions import QuestionText
from storage.values import UNKNOWN_KEY, RaterKind, digest

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


def annotation(row: RawRow, context: ImportContext) -> Iterator[PreferenceRow]:
    """The annotation of a pair, with its instruction and both outputs; without a preference it failed."""
    preference = fields.number(row, "preference")
    if preference is not None and not (preference == 0 or FIRST_BETTER <= preference <= SECOND_BETTER):
        raise BadInput(f"expected a preference from 1 to 2 or 0 for a tie, got {preference:g}; correct it")
    share = None if preference is None else SECOND_BETTER - (preference or (FIRST_BETTER + SECOND_BETTER) / 2)
    won, judgment = combined([share])
    a, b = (fields.name(row, f"generator_{number}") for number in (1, 2))
    if a == b:
        raise BadInput(f"expected two different models, got {shown(a)} twice; remove the row")
    texts = [[fields.clean_turn(fields.text(row, f"output_{number}") or "")] for number in (1, 2)]
    for question in alpaca_question(row, context):
        yield PreferenceRow(
            question.source,
            None,
            rater_label(RaterKind.judge, fields.optional_name(row, "annotator") or UNKNOWN_KEY),
            question.source,
            question.key,
            a,
            b,
            won,
            response_a=ONLY,
            response_b=ONLY,
            judgment=judgment,
            category=question.category,
            conversations=BattleTexts(question.turns or [], *texts),
        )


FIRST_BETTER, SECOND_BETTER = 1.0, 2.0
FORMATS = (
    RowFormat.of(
        RowKind.preferences,
        "AlpacaEval annotations",
        annotation,
        needs="instruction output_1 output_2 generator_1 generator_2 preference",
        also="annotator dataset input price_per_example time_per_example raw_completion",
        source=_SOURCE,
    ),
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
