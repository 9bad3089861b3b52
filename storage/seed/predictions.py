"""What two tiny models wrote when they were asked the bundled tasks: recorded once, scored again wherever it is read.

`predictions_runs.json` says which models they were and `predictions.jsonl` what each was sent and what came back.
Both were written by `tests/objective/record_example.py`, which makes the models from a seed, teaches them the form of
an answer on generated exercises, and asks them with the real engine.
"""

from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from storage.database.evaluation_tables import PredictionState
from storage.errors import BadInput

_SHAPE = ConfigDict(extra="forbid", strict=True)
_FOLDER = files("storage.seed")

Row = TypeVar("Row")


@dataclass(frozen=True, config=_SHAPE)
class RecordedRun:
    """One model of the recorded run.

    Attributes:
        model: its name.
        revision: digest of its files.
        architecture: as transformers calls it.
        parameters: how many numbers it consists of.
        steps: of teaching, each on 16 generated exercises.
        seed: of its weights and of the exercises.
        libraries: with which it was made and asked.
        made_at: day of the recording.
    """

    model: str
    revision: str
    architecture: str
    parameters: int
    steps: int
    seed: int
    libraries: str
    made_at: str


@dataclass(frozen=True, config=_SHAPE)
class RecordedPrediction:
    """One item as the run stored it before anything was scored; see `evaluation_tables.Prediction`."""

    model: str
    task: str
    item: str
    sample: int
    asked: str
    prompt: str
    output: str
    gold: list[str]
    details: Mapping[str, Any]

    def row(self) -> dict[str, Any]:
        """Its columns for `storage.evaluations.runs.put_predictions`, without a score."""
        return {name: value for name, value in asdict(self).items() if name != "model"} | {
            "state": PredictionState.asked
        }


def load_runs() -> list[RecordedRun]:
    """The models of the recorded run.

    Raises:
        BadInput: the file is missing or does not hold them.
    """
    name = "predictions_runs.json"
    return _parsed(TypeAdapter(list[RecordedRun]), _text(name), name)


def load_predictions() -> list[RecordedPrediction]:
    """What the models were sent and what came back.

    Raises:
        BadInput: the file is missing or a line is not a sample.
    """
    name, shape = "predictions.jsonl", TypeAdapter(RecordedPrediction)
    lines = _text(name).split("\n")
    return [_parsed(shape, line, f"{name}:{number}") for number, line in enumerate(lines, 1) if line]


def _text(name: str) -> str:
    try:
        return _FOLDER.joinpath(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"expected the recorded run {name!r} as text, got {error}; install Evenhand again") from error


def _parsed(shape: TypeAdapter[Row], text: str, place: str) -> Row:
    try:
        return shape.validate_json(text)
    except ValidationError as error:
        found = error.errors()[0]["msg"]
        raise BadInput(f"{place}: expected a recorded sample, got another form ({found}); install it again") from error
