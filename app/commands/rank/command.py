"""`evenhand rank`: fit a leaderboard, store the fit, print it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.rank.options import (
    SLICES,
    AdjustOptions,
    FitOptions,
    FusionOptions,
    IntervalOptions,
    ShowOptions,
    VoteFilter,
    make_settings,
)
from app.wiring import clock

if TYPE_CHECKING:
    from app.commands.rank.robustness_output import FirstPlaceLines
    from app.commands.rank.score_output import ScoreTables
    from app.views.columns import ModelCost
    from arena.leaderboard.ranking import Board
    from arena.leaderboard.slices import SliceBoard
    from storage.database.engine import Database
    from storage.ledger.battle_reading import Selection


@grouped
def rank(
    *,
    fit: FitOptions,
    intervals: IntervalOptions,
    adjust: AdjustOptions,
    fusion: FusionOptions,
    filters: VoteFilter,
    table: TableOptions,
    store: StoreOptions,
    show: ShowOptions,
    by: Annotated[
        str,
        typer.Option(
            metavar="human|judge|judge:NAME|fused|fused:NAME",
            help="Rank by the votes of people, by the judgments of all or one judge, or by both together (fused).",
        ),
    ] = "human",
) -> None:
    """Fit a leaderboard (ratings with intervals), store it and print it."""
    from app.commands.rank.output import BoardOutput, print_remake
    from arena.leaderboard.ranking import missed_people, remake
    from arena.leaderboard.ranking import rank as fit_board
    from arena.rating.catalog import RATING_METHODS
    from storage.upkeep.heads import head_of

    if unknown := [kind for kind in show.slices or () if kind not in SLICES]:
        raise typer.BadParameter(f"expected --slices among {', '.join(SLICES)}, got {unknown[0]!r}")
    output = BoardOutput(by=by, against=show.against, as_json=table.json, csv=show.csv)
    if show.run is not None:
        with store.opened() as database:
            made = remake(database, show.run)
            output.ledger_head = head_of(database, made.board.position)
        print_remake(made, output)
        raise typer.Exit(code=0 if made.is_same else 1)
    selection, choice = filters.selection(by), fusion.choice(by, slices=show.slices)
    if fit.method not in RATING_METHODS:
        raise typer.BadParameter(f"expected a method among {', '.join(RATING_METHODS)}, got {fit.method!r}")
    with store.opened() as database:
        output.against = _model_named(database, show.against)
        selection = _in_campaign(database, selection, filters.campaign)
        settings = make_settings(fit, intervals, adjust)
        _refuse_very_many(database, selection, show)
        board = fit_board(database, selection, method=fit.method, settings=settings, fusion=choice, now=clock())
        board = replace(board, missed=missed_people(database, board))
        output.slices = _slices(database, board, show.slices)
        output.scores = _scores(database, board, by_category="category" in (show.slices or ()))
        output.costs = _costs(database) if show.costs else None
        output.ledger_head = head_of(database, board.position)
    output.first_place = _first_place(board) if show.robustness else None
    output.show(board)


def _first_place(board: "Board") -> "FirstPlaceLines":
    from app.commands.rank.robustness_output import FirstPlaceLines
    from arena.decisions.robustness import first_place

    return FirstPlaceLines(first_place(board.battles))


def _refuse_very_many(database: "Database", selection: "Selection", show: ShowOptions) -> None:
    """Refuse `--robustness` for very many models before anything is fitted.

    Raises:
        BadInput: there are more than a covariance has room for.
    """
    from arena.decisions.robustness import PURPOSE
    from arena.rating.tally import MOST_DENSE, refuse_many_models
    from storage.ledger.battle_reading import read_battles
    from storage.questions.model_names import model_names

    if not show.robustness:
        return
    with database.reading() as session:
        if len(model_names(session)) > MOST_DENSE:
            refuse_many_models(len(read_battles(session, selection).models), PURPOSE)


def _costs(database: "Database") -> "dict[str, ModelCost]":
    from app.views.leaderboard.costs import model_costs

    with database.reading() as session:
        return model_costs(session)


def _in_campaign(database: "Database", selection: "Selection", campaign: str | None) -> "Selection":
    """The selection of one campaign by name or number, as it is without one."""
    from storage.campaigns.campaigns import campaign_named

    if campaign is None:
        return selection
    with database.reading() as session:
        return replace(selection, campaign=campaign_named(session, campaign).id)


def _model_named(database: "Database", name: str | None) -> str | None:
    """The name that a model has now, by any name that it has or had.

    Raises:
        BadInput: the model is not in the store; nothing was fitted and stored yet.
    """
    from storage.errors import BadInput
    from storage.questions.model_names import standing_names, suggestion

    if name is None:
        return None
    with database.reading() as session:
        found = standing_names(session, [name])
        if name not in found:
            raise BadInput(f"expected a model to compare with, got {name!r}; {suggestion(session, name)}")
    return found[name]


def _slices(database: "Database", board: "Board", by: list[str] | None) -> "SliceBoard | None":
    from arena.leaderboard.evidence_reading import slice_masks
    from arena.leaderboard.ranking import method_named
    from arena.leaderboard.slices import rank_slices

    if not by:
        return None
    with database.reading() as session:
        masks = slice_masks(session, board.battles, tuple(dict.fromkeys(by)))
    method = method_named(board.ratings.method).rate
    return rank_slices(board.battles, masks, method, board.recipe.settings)


def _scores(database: "Database", board: "Board", *, by_category: bool) -> "ScoreTables | None":
    """The scores behind a leaderboard of scores, and those of judges beside those of people."""
    from app.commands.rank.score_output import ScoreTables
    from arena.leaderboard.score_summary import summary_of

    with database.reading() as session:
        found = summary_of(session, board, by_category=by_category)
    return None if found is None else ScoreTables(found.lines, found.sides)
