"""References to models: what a name after `--model` means, the same in every command.

- `endpoint:NAME`: the model NAME at the OpenAI-compatible endpoint.
- `hf:DIR`: a model that is loaded on this machine, from a folder or by its name on the Hugging Face hub.
- `recorded:FILE`: replies that were recorded in a JSONL file.
- `baseline:RULE`: a rule that judges without reading: `longest`, `first` or `random`.

A name without one of these prefixes is `endpoint:` for `respond` and `judge`, and `hf:` for `evaluate`, `score` and
`prompt`. Other colons belong to the name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from judging.run.replay import BASELINES, BaselineRule
from storage.errors import BadInput


@dataclass(frozen=True)
class EndpointReference:
    """A model at the endpoint.

    Attributes:
        name: name of the model at the endpoint.
    """

    name: str

    @property
    def label(self) -> str:
        """The name under which judges and responses are stored."""
        return self.name


@dataclass(frozen=True)
class LocalReference:
    """A model that is loaded on this machine.

    Attributes:
        path: folder, or name on the Hugging Face hub.
    """

    path: str

    @property
    def label(self) -> str:
        """The name under which judges and responses are stored."""
        return f"hf:{self.path}"


@dataclass(frozen=True)
class RecordedReference:
    """Replies from a file instead of a model.

    Attributes:
        path: JSONL file, as written in the reference.
    """

    path: str

    @property
    def label(self) -> str:
        """The name under which judges are stored."""
        return f"recorded:{self.path}"

    @property
    def file(self) -> Path:
        """The file."""
        return Path(self.path)


@dataclass(frozen=True)
class BaselineReference:
    """A rule that judges without reading.

    Attributes:
        rule: name of the rule.
    """

    rule: BaselineRule

    @property
    def label(self) -> str:
        """The name under which judges are stored."""
        return f"baseline:{self.rule}"


ModelReference = EndpointReference | LocalReference | RecordedReference | BaselineReference
R = TypeVar("R", bound=ModelReference)


@dataclass(frozen=True)
class ModelUse(Generic[R]):
    """What a command uses a model for.

    Attributes:
        purpose: the use as a verb phrase, for messages.
        kinds: kinds of references that can serve it.
        unprefixed: kind of a name without a prefix.
        advice: what to do instead when another kind is given.
    """

    purpose: str
    kinds: tuple[type[R], ...]
    unprefixed: type[EndpointReference] | type[LocalReference]
    advice: str


RESPOND: ModelUse[EndpointReference | LocalReference] = ModelUse(
    "write responses",
    (EndpointReference, LocalReference),
    EndpointReference,
    "bring in existing responses with `evenhand import`",
)
JUDGE: ModelUse[ModelReference] = ModelUse(
    "judge",
    (EndpointReference, LocalReference, RecordedReference, BaselineReference),
    EndpointReference,
    "choose another one",
)
RESIST: ModelUse[EndpointReference | LocalReference | BaselineReference] = ModelUse(
    "judge planted responses",
    (EndpointReference, LocalReference, BaselineReference),
    EndpointReference,
    "give the model itself",
)
EVALUATE: ModelUse[EndpointReference | LocalReference] = ModelUse(
    "answer tasks", (EndpointReference, LocalReference), LocalReference, "give the model itself"
)
GraderReference = EndpointReference | LocalReference | RecordedReference
GRADE: ModelUse[GraderReference] = ModelUse(
    "mark answers",
    (EndpointReference, LocalReference, RecordedReference),
    EndpointReference,
    "give the model itself",
)
SCORE: ModelUse[LocalReference] = ModelUse(
    "score continuations",
    (LocalReference,),
    LocalReference,
    "evaluate a model at an endpoint with `evenhand evaluate --mode ppl`",
)
SHOW_PROMPT: ModelUse[LocalReference] = ModelUse(
    "show the prompt of a task", (LocalReference,), LocalReference, "name the folder of a model with the same tokenizer"
)


def read_reference(text: str, use: ModelUse[R]) -> R:
    """The model that a name refers to.

    Args:
        text: the name, with or without a prefix.
        use: what the model is used for.

    Raises:
        BadInput: nothing follows the prefix, there is no such baseline, or this kind of model cannot serve the use.
    """
    prefix, colon, rest = text.partition(":")
    known = _PREFIXES.get(prefix) if colon else None
    if known is None:
        reference: ModelReference = use.unprefixed(text)
    elif not rest:
        raise BadInput(f"expected a name after {text!r}, got nothing; see --help for the forms of --model")
    else:
        reference = known(rest)
    if not isinstance(reference, use.kinds):
        accepted = " or ".join(form for kind, form in _FORMS.items() if kind in use.kinds)
        raise BadInput(f"expected {accepted} to {use.purpose}, got {text!r}; {use.advice}")
    return reference


def _baseline(name: str) -> BaselineReference:
    for known in BASELINES:
        if name == known:
            return BaselineReference(known)
    raise BadInput(f"expected baseline: with {', '.join(BASELINES)}, got {name!r}; choose one of them")


_PREFIXES: dict[str, Callable[[str], ModelReference]] = {
    "endpoint": EndpointReference,
    "hf": LocalReference,
    "recorded": RecordedReference,
    "baseline": _baseline,
}
_FORMS: dict[type[ModelReference], str] = {
    EndpointReference: "a model at an endpoint",
    LocalReference: "a local model (hf:DIR)",
    RecordedReference: "recorded replies",
    BaselineReference: "a baseline",
}
