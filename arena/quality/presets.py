"""Ready-made quality checks of a campaign: none, light or strict; all others are a campaign's own."""

from collections.abc import Mapping

from storage.campaigns.rules import QualityRules

OWN = "own"
"""Name of the choice of checks that somebody sets one by one."""
PRESETS: Mapping[str, QualityRules] = {
    "none": QualityRules(),
    "light": QualityRules(repeat_share=0.05, pause_fast=12),
    "strict": QualityRules(repeat_share=0.1, gold_share=0.1, pause_after=5, pause_below=0.6, pause_fast=6),
}
"""Rules by name. Within 20 gold answers `strict` pauses three in a hundred raters who get nine of ten right, and 997 in
a thousand who guess among three answers."""
_CHECKS = ("repeat_share", "repeat_gap", "gold_share", "pause_after", "pause_below", "pause_fast")


def preset_of(rules: QualityRules) -> str:
    """Return the name of the preset with the same checks, `OWN` if there is none."""
    return next((name for name, preset in PRESETS.items() if _checks(preset) == _checks(rules)), OWN)


def extra_answers(rules: QualityRules, n: int) -> int:
    """Return about how many answers the checks add to `n` answers; fewer where raters run out of items to check with.

    The shares are those of all answers: with a tenth of checks, nine answers in ten are collected.
    """
    share = rules.repeat_share + rules.gold_share
    return round(n * share / (1 - share))


def _checks(rules: QualityRules) -> tuple[object, ...]:
    """Return the settings of checks; shares in percent, as the fields of forms show them."""
    values = (getattr(rules, name) for name in _CHECKS)
    return tuple(round(100 * value) if isinstance(value, float) else value for value in values)
