"""Read the example data of this folder as typed rows.

The files are found through `importlib.resources`, which works in a checkout and in an installed wheel. The formats of
the rows are those of Evenhand's own JSONL files.
"""

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from reprlib import repr as shortened
from typing import TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from storage.errors import BadInput
from storage.values import Language, ModelKind, ResponseState

_SHAPE = ConfigDict(extra="forbid", strict=True)
_FOLDER = files("storage.seed")

Row = TypeVar("Row")


@dataclass(frozen=True, config=_SHAPE)
class SeedQuestion:
    """One example question.

    Attributes:
        source: always "demo".
        key: unique within the source.
        turns: the user's turns in order, Markdown with LaTeX in `$…$` and `$$…$$`.
        category: one of `storage.values.ABILITIES`.
        language: the language of the question.
        reference: correct answers, or none for a matter of taste.
        private: always false, because all of it may be published.
    """

    source: str
    key: str
    turns: tuple[str, ...]
    category: str
    language: Language
    reference: tuple[str, ...] | None
    private: bool


@dataclass(frozen=True, config=_SHAPE)
class SeedResponse:
    """The response of one fictional model to one question.

    Attributes:
        source: source of the question.
        question: key of the question.
        model: name of the model.
        turns: one answer per user turn.
        settings: generation settings; empty, since nothing was generated.
        sample: number of the sample, from 0.
        state: how the response ended.
        prompt_tokens: unknown here.
        completion_tokens: unknown here.
        latency_seconds: unknown here.
    """

    source: str
    question: str
    model: str
    turns: tuple[str, ...]
    settings: Mapping[str, str | int | float]
    sample: int
    state: ResponseState
    prompt_tokens: int | None
    completion_tokens: int | None
    latency_seconds: float | None


@dataclass(frozen=True, config=_SHAPE)
class SeedModel:
    """One fictional contestant.

    Attributes:
        name: unique name.
        revision: version of the model.
        kind: base or chat.
        organisation: fictional maker, marked as such.
        licence: statement that the model does not exist.
    """

    name: str
    revision: str
    kind: ModelKind
    organisation: str
    licence: str


@dataclass(frozen=True, config=_SHAPE)
class Qualities:
    """The true qualities behind the example votes; `arena.simulation` describes how each number enters.

    Attributes:
        strengths: model to strength in Elo points (400 per factor ten), mean 1000.
        category_offsets: model to category to Elo points added to the strength; they sum to zero per model.
        tie_propensity: Davidson's nu, 0 = no ties; equal models tie with probability nu / (2 + nu).
        left_bias: Elo points that the left side gains by its place.
        taste_sd: standard deviation, in Elo points, of a rater's own liking for a model.
        poor_below: quality of the better side at which a tie is as often "both bad" as "tie".
        poor_scale: Elo points above `poor_below` that divide the odds of "both bad" by ten.
        skip_share: share of ballots that a rater passes on, 0 to 1.
        flag_share: share of votes with a flag, 0 to 1.
        comment_share: share of votes with a comment, 0 to 1.
        median_seconds: category to median time for a vote, in seconds.
        seconds_log_sd: standard deviation of the natural logarithm of that time within a rater.
        pace_log_sd: standard deviation of the natural logarithm of a rater's own pace.
    """

    strengths: Mapping[str, float]
    category_offsets: Mapping[str, Mapping[str, float]]
    tie_propensity: float
    left_bias: float
    taste_sd: float
    poor_below: float
    poor_scale: float
    skip_share: float
    flag_share: float
    comment_share: float
    median_seconds: Mapping[str, float]
    seconds_log_sd: float
    pace_log_sd: float


def load_questions(folder: Traversable = _FOLDER) -> list[SeedQuestion]:
    """The example questions in file order.

    Raises:
        BadInput: `questions.jsonl` is missing or a line is not a question.
    """
    return _rows(folder, "questions.jsonl", TypeAdapter(SeedQuestion))


def load_responses(folder: Traversable = _FOLDER) -> list[SeedResponse]:
    """The responses of the fictional models, grouped by question in file order.

    Raises:
        BadInput: `responses.jsonl` is missing or a line is not a response.
    """
    return _rows(folder, "responses.jsonl", TypeAdapter(SeedResponse))


def load_models(folder: Traversable = _FOLDER) -> list[SeedModel]:
    """The fictional models, strongest first.

    Raises:
        BadInput: `models.jsonl` is missing or a line is not a model.
    """
    return _rows(folder, "models.jsonl", TypeAdapter(SeedModel))


def load_qualities(folder: Traversable = _FOLDER) -> Qualities:
    """The true qualities from which the example votes are drawn.

    Raises:
        BadInput: `qualities.json` is missing or does not hold what `Qualities` names.
    """
    name = "qualities.json"
    return _parsed(TypeAdapter(Qualities), _text(folder, name), name)


def _rows(folder: Traversable, name: str, shape: TypeAdapter[Row]) -> list[Row]:
    lines = _text(folder, name).split("\n")
    return [_parsed(shape, line, f"{name}:{number}") for number, line in enumerate(lines, 1) if line.strip()]


def _text(folder: Traversable, name: str) -> str:
    try:
        return folder.joinpath(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"expected the example data {name!r} as UTF-8 text, got {error}; install Evenhand again"
        ) from error


def _parsed(shape: TypeAdapter[Row], text: str, place: str) -> Row:
    try:
        return shape.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(step) for step in first["loc"]) or "JSON"
        raise BadInput(
            f"{place}: expected a valid {field} ({first['msg']}), got {shortened(first['input'])}; "
            "install Evenhand again"
        ) from error
