"""What a change of a campaign does, in words: the settings that differ, and what raters notice."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.ui.admin.campaigns.campaigns_part import effect_on_ballots
from app.ui.visitor import Visitor
from app.views.campaign_words import say_of
from app.views.sentences import sentences
from arena.campaigns.gold_files import gold_difference
from arena.campaigns.pairing import CellShape
from storage.campaigns.tallies import AnnotatorProgress
from storage.values import BallotState

OUTSIDE_DRAWS = ("name", "guidelines", "gold_rows")
"""Settings that are not among those of `DrawingSettings`."""
_LABELS = {
    "name": "admin_name",
    "guidelines": "staff_step_guidelines",
    "gold_rows": "staff_gold_rows",
    "overlap": "campaign_overlap",
    "overlap_share": "campaign_overlap_share",
    "policy": "campaign_policy",
    "uniform_share": "campaign_uniform_share",
    "most_votes": "campaign_most",
    "deadline": "staff_deadline",
    "repeat_share": "campaign_repeat_share",
    "repeat_gap": "campaign_repeat_gap",
    "gold_share": "staff_gold_share",
    "pause_after": "staff_pause_after",
    "pause_below": "staff_pause_below",
    "pause_fast": "campaign_pause_fast",
    "ask_strength": "staff_ask_strength",
    "onboarding_feedback": "staff_onboarding_feedback",
}
"""Texts of the fields of the settings."""
_EMPTY = {"most_votes": "staff_no_limit", "deadline": "staff_no_end"}
"""Texts for a setting without a value; those of the others say that nobody is paused."""
_TAKEN = (BallotState.reserved, BallotState.shown, BallotState.voted)


def differences(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that differ; shares differ by whole percents, as the fields show them."""
    found = {}
    for name, value in wanted.items():
        old = before.get(name)
        if isinstance(value, float) and isinstance(old, float) and round(100 * old) == round(100 * value):
            continue
        if name == "guidelines" and isinstance(old, str) and old.strip() == value.strip():
            continue
        if name == "gold_rows" and gold_difference(before[name], value) == ([], []):
            continue
        if value != old:
            found[name] = value
    return found


def changed_names(visitor: Visitor, shape: CellShape, changes: Mapping[str, Any]) -> list[str]:
    """Return the names of settings as their fields have them; percents stand at the values."""
    labels = (say_of(visitor.language, shape, _LABELS[name]) for name in changes)
    return [label.replace(" (%)", "").replace("（%）", "") for label in labels]


def changed_values(
    visitor: Visitor, shape: CellShape, before: Mapping[str, Any], changes: Mapping[str, Any]
) -> list[list[str]]:
    """Return name, old value and new value of each change; of the guidelines only that there is a new version."""
    found = []
    for label, (name, value) in zip(changed_names(visitor, shape, changes), changes.items(), strict=True):
        if name == "guidelines":
            found.append([label, "", visitor.say("staff_new_version")])
        else:
            found.append([label, *(_shown(visitor, shape, name, one) for one in (before.get(name), value))])
    return found


def effects(
    visitor: Visitor,
    shape: CellShape,
    before: Mapping[str, Any],
    changes: Mapping[str, Any],
    *,
    is_open: Mapping[BallotState, int],
    team: Sequence[AnnotatorProgress],
) -> list[str]:
    """Return what raters notice of changes, and what happens to the ballots that they have open.

    Args:
        visitor: the reader.
        shape: what the ballots show.
        before: the present settings.
        changes: the settings that differ.
        is_open: number of open ballots by state.
        team: everybody who works in the campaign.
    """
    language, found = visitor.language, []
    if "guidelines" in changes:
        found.append(visitor.say("staff_effect_guidelines"))
    if "gold_rows" in changes:
        gone, fresh = gold_difference(before["gold_rows"], changes["gold_rows"])
        found.append(visitor.say("staff_effect_gold", fresh=len(fresh), gone=len(gone)))
    if (changes.get("overlap") or before["overlap"]) < before["overlap"]:
        found.append(say_of(language, shape, "campaign_effect_overlap"))
    most = changes.get("most_votes")
    n = 0 if most is None else sum(sum(one.ballots.get(state, 0) for state in _TAKEN) >= most for one in team)
    if n:
        found.append(say_of(language, shape, "campaign_effect_most", n=n))
    if any(name not in ("name", "guidelines") for name in changes):
        found.append(effect_on_ballots(visitor, shape, is_open, kept=True))
    return found


def _shown(visitor: Visitor, shape: CellShape, name: str, value: Any) -> str:  # noqa: ANN401  any setting
    if value is None:
        return visitor.say(_EMPTY.get(name, "staff_pause_never"))
    if name == "gold_rows":
        return f"{len(value):,}"
    if name == "policy":
        return say_of(visitor.language, shape, f"campaign_policy_{value}")
    if isinstance(value, float):
        return f"{round(100 * value)}%"
    if hasattr(value, "strftime"):
        return str(value.strftime("%Y-%m-%d %H:%M"))
    return sentences(visitor.language).get(f"staff_value_{value}", str(value))
