"""`evenhand evaluate --per-model FILE`: what one model is asked in another way than the rest."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from app.commands.evaluate_options import AskOptions, ModelOptions
from storage.errors import BadInput

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "kind": str,
    "shots": (str, int),
    "shots_as": str,
    "system": str,
    "instruction": str,
    "max_out_len": int,
    "temperature": (int, float),
}
_WORDS = {"kind": ("base", "chat"), "shots_as": ("turns", "first_turn")}


@dataclass(frozen=True)
class PerModel:
    """Options of single models by their names, over those of the command line."""

    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path | None, models: list[str]) -> "PerModel":
        """From a JSON file of {"model name": {"kind": "chat", "shots": 3, "system": "…"}}.

        Raises:
            BadInput: it is something else, or names a model that is not evaluated.
        """
        if path is None:
            return cls()
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise BadInput(f"expected a JSON object of options by model in {str(path)!r}; check the file") from None
        if not isinstance(found, dict) or not all(isinstance(own, dict) for own in found.values()):
            raise BadInput(f'{path.name}: expected {{"model name": {{"kind": "chat"}}}}, got another shape')
        unknown = sorted(set(found) - set(models))
        if unknown:
            raise BadInput(f"{path.name}: expected models among {', '.join(models)}, got {unknown[0]!r}; rename it")
        for model, own in found.items():
            _check(path, model, own)
        return cls(found)

    def own(self, name: str, ask: AskOptions, models: ModelOptions) -> tuple[AskOptions, ModelOptions]:
        """The options of one model."""
        own = dict(self.options.get(name, {}))
        if "shots" in own:
            own["shots"] = str(own["shots"])
        asked = {one.name for one in fields(AskOptions)}
        return (
            replace(ask, **{key: value for key, value in own.items() if key in asked}),
            replace(models, **{key: value for key, value in own.items() if key not in asked}),
        )


def _check(path: Path, model: str, own: Mapping[str, Any]) -> None:
    for key, value in own.items():
        if key not in _TYPES:
            raise BadInput(f"{path.name}: expected options among {', '.join(_TYPES)} for {model!r}, got {key!r}")
        if isinstance(value, bool) or not isinstance(value, _TYPES[key]):
            raise BadInput(f"{path.name}: expected another kind of value for {key} of {model!r}, got {value!r}")
        if key in _WORDS and value not in _WORDS[key]:
            raise BadInput(f"{path.name}: expected {' or '.join(_WORDS[key])} for {key} of {model!r}, got {value!r}")
