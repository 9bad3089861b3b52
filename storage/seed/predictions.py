"""The recorded outputs of two tiny models on the bundled tasks, which are scored when they are read.

`predictions_runs.json` describes the models, and `predictions.jsonl` has their prompts and outputs.
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
        model: name of the model.
        revision: digest of its files.
        architecture: name of the architecture in transformers.
        parameters: number of parameters.
        steps: number of training steps, each on 16 generated exercises.
        seed: seed of the weights and of the exercises.
        libraries: libraries with which the model was made and run.
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
        """Columns for `storage.evaluations.runs.put_predictions`, without a score."""
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
    """The prompts and outputs of the models.

    Raises:
        BadInput: the file is missing or a line is not a prediction.
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
        raise BadInput(f"{place}: expected a recorded prediction, got another form ({found}); reinstall") from error
