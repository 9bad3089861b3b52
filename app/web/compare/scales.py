"""The scale on which responses are scored, as pages show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.rendering.guidelines import own_part
from app.views.sentences import usual_labels
from storage.values import Language

PageScores = Sequence[Mapping[str, int | None]]
"""For each response, in the order shown, the step by dimension; None for "cannot judge"."""


@dataclass(frozen=True)
class ScaleStep:
    """One step of a scale: its value, the key that gives it, and the campaign's own text, empty without one.

    Of a text in two languages it has the reader's. The usual label of an end, in either language, is not a text of the
    campaign's own: the page has it in the reader's language.
    """

    value: int
    key: str
    label: str


@dataclass(frozen=True)
class Scale:
    """What every response is scored on."""

    dimensions: tuple[str, ...]
    steps: tuple[ScaleStep, ...]


def scale_of(campaign: Any, language: Language) -> Scale:  # noqa: ANN401  a row with the columns of a campaign
    """The scale of a campaign for a reader; the key of a step is its last digit, so 0 stands for 10."""
    labels = campaign.labels or {}
    low, high = round(campaign.scale_low), round(campaign.scale_high)
    usual = {low: usual_labels("scale_low"), high: usual_labels("scale_high")}

    def own(step: int) -> str:
        label = labels.get(str(step), "")
        return "" if label in usual.get(step, ()) else own_part(label, language)

    return Scale(
        tuple(campaign.dimensions), tuple(ScaleStep(step, str(step % 10), own(step)) for step in range(low, high + 1))
    )
