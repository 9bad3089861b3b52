"""Verdicts: what was parsed from one reply of a judge, or the cause why nothing was.

There is no default verdict: a reply that cannot be read is never a tie.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from storage.errors import BadInput

FormKind = Literal["three-way", "five-level", "score", "scores"]

FORM_PATTERN = re.compile(r"(three-way|five-level)|(scores?) (-?\d+(?:\.\d+)?) to (-?\d+(?:\.\d+)?)")
"""Spelling of an output form in prompt headers and stored replies."""

SHARES: Mapping[str, Mapping[str, float]] = {
    "three-way": {"A": 1.0, "B": 0.0, "C": 0.5},
    "five-level": {"A>>B": 1.0, "A>B": 0.75, "A=B": 0.5, "B>A": 0.25, "B>>A": 0.0},
}
"""A's share of the point for each marker of the pairwise forms; C is a tie."""


class VerdictCause(StrEnum):
    """Why a reply has no verdict; these codes are stored."""

    empty = "empty"
    thinking_only = "thinking_only"
    no_marker = "no_marker"
    contradiction = "contradiction"
    conditional = "conditional"
    negated = "negated"
    quoted = "quoted"
    out_of_range = "out_of_range"
    wrong_schema = "wrong_schema"
    truncated = "truncated"
    unreadable = "unreadable"
    no_tokens = "no_tokens"
    low_mass = "low_mass"


@dataclass(frozen=True)
class DeclaredMarker:
    """A marker that a prompt declares instead of double square brackets.

    Attributes:
        before: Text before the verdict.
        after: Text after the verdict.
        labels: What is written for each verdict of a pairwise form, with the form's own marker.
    """

    before: str
    after: str
    labels: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, object]:
        """The marker as it is stored with each reply."""
        return {"before": self.before, "after": self.after, "labels": [list(pair) for pair in self.labels]}


@dataclass(frozen=True)
class OutputForm:
    """The form in which a judge is asked for its verdict.

    Attributes:
        kind: `three-way` is [[A]], [[B]] or [[C]]; `five-level` is [[A>>B]] to [[B>>A]]; `score` is [[number]];
            `scores` is one JSON object or Python dictionary with a number for each name.
        low: Lowest valid score.
        high: Highest valid score.
        names: Names that `scores` must contain exactly; empty to accept any names, at least one.
        declared: Marker that the prompt declares, None for double square brackets.
    """

    kind: FormKind
    low: float = 1.0
    high: float = 10.0
    names: tuple[str, ...] = ()
    declared: DeclaredMarker | None = None

    def __post_init__(self) -> None:
        """Check the scale.

        Raises:
            BadInput: The lowest score is not below the highest.
        """
        if not self.low < self.high:
            raise BadInput(f"expected a scale from low to high, got {self.low:g} to {self.high:g}; swap the two")

    def to_header(self) -> str:
        """The spelling of this form in a prompt's header."""
        return self.kind if self.is_pairwise else f"{self.kind} {self.low:g} to {self.high:g}"

    @classmethod
    def from_header(cls, text: str, names: Sequence[str] = ()) -> "OutputForm":
        """The form that a prompt's header names.

        Raises:
            BadInput: The text names no form.
        """
        found = FORM_PATTERN.fullmatch(text)
        if found is None:
            raise BadInput(
                f"expected an output 'three-way', 'five-level', 'score 1 to 10' or 'scores 1 to 10', got {text!r}"
            )
        kind: FormKind = found[1] or found[2]  # type: ignore[assignment]
        return cls(kind) if found[1] else cls(kind, float(found[3]), float(found[4]), tuple(names))

    def write(self, label: str) -> str:
        """The marker that a reply ends with for a label of this form, such as `A` or `7`."""
        if self.declared is None:
            return f"[[{label}]]"
        written = next((text for text, name in self.declared.labels if name == label), label)
        return f"{self.declared.before}{written}{self.declared.after}"

    @property
    def is_pairwise(self) -> bool:
        """Whether a verdict compares two responses."""
        return self.kind in SHARES


@dataclass(frozen=True)
class Verdict:
    """What was parsed from one reply; exactly one of `value`, `values` and `cause` is set.

    Attributes:
        value: A's share of the point in [0, 1] for pairwise forms, the score on the form's scale for `score`.
        values: Scores by name for `scores`.
        cause: Why the reply has no verdict.
        marker: Text that the verdict was read from, empty if there is none.
        error: Type and message of the error that a rule raised, for the cause `unreadable`; empty elsewhere.
    """

    value: float | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    cause: VerdictCause | None = None
    marker: str = ""
    error: str = ""

    @property
    def is_parsed(self) -> bool:
        """Whether the reply has a verdict."""
        return self.cause is None

    def single_value(self) -> float:
        """The value of a verdict that must have one; a missing value is an error, never a zero.

        Raises:
            ValueError: The verdict has no single value: it has a cause, or several values.
        """
        if self.value is None:
            raise ValueError(f"expected a verdict with one value, got {self}; check what the parser returned")
        return self.value


CombinedShare = Literal["inconsistent"] | float


def combine_orders(first: float, second: float) -> CombinedShare:
    """Combine the verdicts in both orders, each as the share of the same model in [0, 1], to one judgment.

    Opposite preferences are `inconsistent`, which is a state of its own and not a tie. All other verdicts are averaged:
    agreement keeps its share, and a preference beside a tie counts half.
    """
    if (first - 0.5) * (second - 0.5) < 0.0:
        return "inconsistent"
    return 0.5 * (first + second)
