"""Rating runs: fits that are stored with everything that is needed to compute them again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from arena.fused.sources import FusionChoice
from arena.leaderboard.board import LeaderboardRow
from arena.rating.method import Ratings, RatingSettings
from storage.database.ledger_tables import RatingRun
from storage.errors import BadInput
from storage.ledger.battle_reading import Selection
from storage.values import RaterKind

INTERVALS_VERSION = 2
"""How intervals and rank ranges are computed: 2 since few clusters are corrected for; 1 where a run names none."""

FUSED = "fused"
"""Evidence of a leaderboard of people and judges together, beside the kinds of raters."""


@dataclass(frozen=True)
class BoardSettings:
    """Recipe of a leaderboard; the same recipe and the same ledger give the same leaderboard.

    Attributes:
        selection: filter on the battles, up to a ledger position.
        method: name of the method in the catalogue, as requested.
        settings: settings of the method.
        fusion: how judges are fused with people; None for a leaderboard of one kind of rater.
    """

    selection: Selection
    method: str
    settings: RatingSettings
    fusion: FusionChoice | None = None

    @property
    def by(self) -> str:
        """Evidence of the leaderboard: `human`, `judge` or `fused`."""
        return self.selection.kind.value if self.fusion is None else FUSED


def run_columns(recipe: BoardSettings, ratings: Ratings, position: int) -> Mapping[str, Any]:
    """Columns of a rating run for `storage.leaderboards.add_run`.

    Notes are not stored: their words are made from the facts of the fit, see `app.views.board`. The column stays empty.
    """
    basis = ratings.basis
    return {
        "kind": recipe.selection.kind,
        "method": ratings.method,
        "settings": {
            "selection": _plain(recipe.selection),
            "method": recipe.method,
            "settings": _plain(recipe.settings),
            "intervals": {"kind": basis.kind, "clusters": dict(basis.clusters), "version": INTERVALS_VERSION},
            **({} if recipe.fusion is None else {"fusion": _plain(recipe.fusion)}),
        },
        "seed": recipe.settings.seed,
        "position": position,
        "notes": [],
        "counts": dict(ratings.left_out),
    }


def rating_columns(rows: tuple[LeaderboardRow, ...]) -> list[Mapping[str, Any]]:
    """Columns of the ratings of a run; models without a rating are left out."""
    names = ("model", "rating", "lower", "upper", "rank_low", "rank_high", "battles")
    return [{name: getattr(row, name) for name in names} for row in rows if row.rating is not None]


def has_other_intervals(run: RatingRun) -> bool:
    """Whether the intervals and rank ranges of a stored run were computed in another way than today."""
    return bool(run.settings.get("intervals", {}).get("version", 1) != INTERVALS_VERSION)


def recipe_of(run: RatingRun) -> BoardSettings:
    """Recipe of a stored run, at its own ledger position.

    Raises:
        BadInput: the run was stored by a version that did not store its whole recipe.
    """
    stored = run.settings
    try:
        selection = dict(stored["selection"])
        for name in ("since", "until"):
            if selection.get(name) is not None:
                selection[name] = datetime.fromisoformat(selection[name])
        selection |= {"kind": RaterKind(selection["kind"]), "position": run.position}
        settings = _made(RatingSettings, stored["settings"])
        fusion = None if "fusion" not in stored else _made(FusionChoice, stored["fusion"])
        return BoardSettings(_made(Selection, selection), str(stored["method"]), settings, fusion)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"expected rating run {run.id} with its whole recipe, but it lacks {error}; it was stored by an older "
            "version, so run `evenhand rank` again"
        ) from error


def _plain(value: Any) -> dict[str, Any]:  # noqa: ANN401  a dataclass, which has no type of its own
    """A dataclass as JSON values: lists for tuples, ISO times."""
    found = asdict(value)
    for name, entry in found.items():
        if isinstance(entry, tuple):
            found[name] = list(entry)
        elif isinstance(entry, datetime):
            found[name] = entry.isoformat()
    return found


def _made(kind: type[Any], values: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """A dataclass from JSON values; unknown fields are an error."""
    known = {field.name for field in fields(kind)}
    if unknown := sorted(values.keys() - known):
        raise KeyError(f"a version that knows {', '.join(unknown)}")
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
