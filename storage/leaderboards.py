"""Stored rating runs: the settings of each fit, its ledger position, and its ratings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.ledger_tables import Rating, RatingRun
from storage.errors import NotFound
from storage.questions.model_names import model_names, read_model_names

_RUN, _RATING = table_of(RatingRun), table_of(Rating)


def add_run(session: Session, run: Mapping[str, Any], ratings: Sequence[Mapping[str, Any]], *, now: datetime) -> int:
    """Store a rating run and return its number.

    Args:
        session: a writing session.
        run: columns of `RatingRun` without id and time.
        ratings: columns of `Rating`, with `model` (the name) in place of the ids; models without a rating are left
            out.
        now: the time of the fit.
    """
    run_id = int(session.execute(insert(_RUN).returning(_RUN.c.id), {**run, "created_at": now}).scalar_one())
    known = read_model_names(session, run["position"])
    ids = {known.names[number]: number for number, standing in known.standing.items() if number == standing}
    rows = [
        {"run_id": run_id, "model_id": ids[row["model"]], **{key: row[key] for key in row if key != "model"}}
        for row in ratings
    ]
    if rows:
        session.execute(insert(_RATING), rows)
    return run_id


def run_of(session: Session, run_id: int) -> tuple[RatingRun, dict[str, Rating]]:
    """A stored rating run, and its ratings by the names that the models had at its ledger position.

    Raises:
        NotFound: there is no rating run with this number.
    """
    run = session.get(RatingRun, run_id)
    if run is None:
        raise NotFound(f"no rating run {run_id}; `evenhand rank` stores one each time and prints its number")
    names = model_names(session, run.position)
    ratings = session.execute(select(Rating).where(_RATING.c.run_id == run_id)).scalars()
    return run, {names[rating.model_id]: rating for rating in ratings}
