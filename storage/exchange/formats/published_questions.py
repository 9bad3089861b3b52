"""Questions and answers of FastChat (MT-bench and the older Vicuna form) and of AlpacaEval as canonical rows."""

from collections.abc import Iterator

from storage.errors import BadInput
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import ImportContext, RawRow, ResponseRow
from storage.exchange.rows.problems import shown
from storage.questions.questions import QuestionText
from storage.values import ResponseState, Turn, digest, turn_text

API_ERROR = "$ERROR$"
"""What FastChat writes as the answer when a model's endpoint failed."""


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


def alpaca_question(row: RawRow, context: ImportContext) -> Iterator[QuestionText]:
    """The question of an AlpacaEval output; its key is a digest of the instruction, the same for every model."""
    instruction = fields.required(row, "instruction", fields.text)
    extra = fields.text(row, "input")
    whole = f"{instruction}\n\n{extra}" if extra else instruction
    key = digest(whole)[:24]
    yield QuestionText(context.row_source, key, [fields.clean_turn(whole)], fields.optional_name(row, "dataset"))


def mt_answer(row: RawRow, context: ImportContext) -> Iterator[ResponseRow]:
    """The answers of `question_id, model_id, choices`; the index of a choice is its sample number."""
    choices = row.get("choices")
    if not isinstance(choices, list) or not choices or not all(isinstance(choice, dict) for choice in choices):
        raise BadInput(f"expected a list of choices with turns in column 'choices', got {shown(choices)}; correct it")
    created_at = fields.moment(row, "tstamp")
    for place, choice in enumerate(choices):
        sample = fields.whole(choice, "index")
        turns = fields.turns(choice, "turns")
        yield _answer(row, context, turns)._replace(sample=place if sample is None else sample, created_at=created_at)


def vicuna_answer(row: RawRow, context: ImportContext) -> Iterator[ResponseRow]:
    """The answer of `question_id, model_id, text`."""
    if not isinstance(row.get("text"), str):
        raise BadInput(f"expected text in column 'text', got {shown(row.get('text'))}; correct it")
    yield _answer(row, context, [fields.clean_turn(row["text"])])


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


def state_of(turns: list[Turn]) -> tuple[ResponseState, str | None]:
    """How a response ended, as far as its text tells, and why."""
    if any(turn_text(turn) == API_ERROR for turn in turns):
        return ResponseState.error, f"the file has {API_ERROR} as the answer"
    if not any(turn_text(turn).strip() for turn in turns):
        return ResponseState.empty, None
    return ResponseState.ok, None


def _answer(row: RawRow, context: ImportContext, turns: list[Turn]) -> ResponseRow:
    state, cause = state_of(turns)
    question, model = fields.name(row, "question_id"), fields.name(row, "model_id")
    return ResponseRow(context.source, question, model, turns, {}, 0, state, cause)
