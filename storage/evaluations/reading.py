"""Predictions of stored runs for pages: counts by ending, items in a list, one item with all answers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.evaluation_tables import Prediction, PredictionState
from storage.errors import NotFound

Ending = Literal["right", "wrong", "unparsed", "grader_failed", "failed", "asked"]
"""How a prediction ended; `asked` waits for its scorer, `grader_failed` has an output without a mark."""

ENDINGS: tuple[Ending, ...] = ("right", "wrong", "unparsed", "grader_failed", "failed", "asked")

_P = table_of(Prediction)
_ANSWERED = (PredictionState.scored, PredictionState.unparsed)


@dataclass(frozen=True)
class ItemFilters:
    """The items of some runs to list.

    Attributes:
        run_ids: ids of the runs.
        tasks: names of tasks; empty for all.
        ending: only items with a prediction that ended so; `differ` for items whose predictions have different
            scores, where an unparsed prediction scores 0 and failed ones are ignored; None for all.
        by_run: id of the run whose predictions `ending` applies to, None for any run; `differ` applies to all.
        differing_first: whether items whose predictions have different points come before the others.
    """

    run_ids: Sequence[int]
    tasks: Sequence[str] = ()
    ending: Ending | Literal["differ"] | None = None
    by_run: int | None = None
    differing_first: bool = False


@dataclass(frozen=True)
class PredictionLine:
    """Summary of one prediction; `score` is in [0, 1], None unless the state is scored."""

    state: PredictionState
    score: float | None
    extracted: str | None

    @property
    def ending(self) -> Ending:
        """How the prediction ended."""
        return ending_of(self.state, self.score)


@dataclass(frozen=True)
class ItemLine:
    """One item in a list.

    Attributes:
        number: id of one of its predictions, with which `open_item` finds it.
        task: name of the task.
        item: key of the item.
        prompt: prompt in one of the runs.
        gold: accepted answers.
        predictions: predictions by run; runs without the item are left out.
    """

    number: int
    task: str
    item: str
    prompt: str
    gold: tuple[str, ...]
    predictions: Mapping[int, tuple[PredictionLine, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class PredictionDetails:
    """One prediction with its stored columns; see `storage.database.evaluation_tables.Prediction`."""

    run_id: int
    sample: int
    state: PredictionState
    prompt: str
    output: str | None
    extracted: str | None
    score: float | None
    cause: str | None
    details: Mapping[str, Any]

    @property
    def ending(self) -> Ending:
        """How the prediction ended."""
        return ending_of(self.state, self.score)


@dataclass(frozen=True)
class ItemDetails:
    """One item with the predictions of some runs, in the order of the requested runs."""

    task: str
    item: str
    gold: tuple[str, ...]
    predictions: tuple[PredictionDetails, ...]


def ending_of(state: PredictionState, score: float | None) -> Ending:
    """How a prediction ended: a scored one is right with a full point and wrong with less."""
    if state == PredictionState.scored:
        return "right" if (score or 0.0) >= 1.0 else "wrong"
    return _WORDS[PredictionState(state)]


_WORDS: dict[PredictionState, Ending] = {
    PredictionState.unparsed: "unparsed",
    PredictionState.grader_failed: "grader_failed",
    PredictionState.failed: "failed",
    PredictionState.asked: "asked",
}


def count_endings(
    session: Session, run_ids: Sequence[int], tasks: Sequence[str] | None = None
) -> dict[int, Counter[Ending]]:
    """Number of predictions by ending for each run; a run without predictions has an empty count.

    Args:
        session: session of any kind.
        run_ids: ids of the runs.
        tasks: only predictions of these tasks; None for all.
    """
    found: dict[int, Counter[Ending]] = {run_id: Counter() for run_id in run_ids}
    query = select(_P.c.run_id, _P.c.state, _P.c.score, func.count()).where(_P.c.run_id.in_(list(run_ids)))
    if tasks is not None:
        query = query.where(_P.c.task.in_(list(tasks)))
    rows = session.execute(query.group_by(_P.c.run_id, _P.c.state, _P.c.score))
    for run_id, state, score, count in rows:
        found[run_id][ending_of(state, score)] += count
    return found


def count_items(session: Session, wanted: ItemFilters) -> int:
    """The number of items that `list_items` lists without a limit."""
    return int(session.execute(select(func.count()).select_from(_matching(wanted).subquery())).scalar_one())


def list_items(session: Session, wanted: ItemFilters, *, skip: int, most: int) -> list[ItemLine]:
    """Items by task and key, shorter keys first so that 2 comes before 10; those that differ before all where asked.

    Args:
        session: session of any kind.
        wanted: filters.
        skip: number of items to skip.
        most: maximum number of items to return.
    """
    first_of_all = (case((_differs(), 0), else_=1),) if wanted.differing_first else ()
    order = (*first_of_all, _P.c.task, func.length(_P.c.item), _P.c.item)
    page = _matching(wanted).order_by(*order).offset(skip).limit(most)
    keys = [(row.task, row.item) for row in session.execute(page)]
    predictions: dict[tuple[str, str], dict[int, list[PredictionLine]]] = {key: {} for key in keys}
    first: dict[tuple[str, str], Any] = {}
    for row in session.execute(_of_items(wanted.run_ids, keys)):
        key = (row.task, row.item)
        if key in predictions:
            first.setdefault(key, row)
            line = PredictionLine(PredictionState(row.state), row.score, row.extracted)
            predictions[key].setdefault(row.run_id, []).append(line)
    return [
        ItemLine(
            number=first[key].id,
            task=key[0],
            item=key[1],
            prompt=first[key].prompt,
            gold=tuple(first[key].gold),
            predictions={run_id: tuple(lines) for run_id, lines in predictions[key].items()},
        )
        for key in keys
        if key in first
    ]


def first_prompts(session: Session, run_id: int, task: str, *, most: int) -> list[str]:
    """Prompts of the first predictions of a task in a run, from which their common part can be found."""
    query = select(_P.c.prompt).where(_P.c.run_id == run_id, _P.c.task == task, _P.c.prompt != "")
    return [str(prompt) for prompt in session.execute(query.order_by(_P.c.id).limit(most)).scalars()]


def open_item(session: Session, run_ids: Sequence[int], number: int) -> ItemDetails:
    """An item with its predictions in some runs.

    Args:
        session: session of any kind.
        run_ids: ids of the runs, in the order of the result.
        number: id of one of its predictions, as in `ItemLine`.

    Raises:
        NotFound: no prediction has this number.
    """
    found = session.execute(select(_P.c.task, _P.c.item, _P.c.gold).where(_P.c.id == number)).first()
    if found is None:
        raise NotFound(f"expected the number of a stored prediction, got {number}; choose an item from the list")
    rows = session.execute(
        select(*(_P.c[name] for name in PredictionDetails.__dataclass_fields__))
        .where(_P.c.run_id.in_(list(run_ids)), _P.c.task == found.task, _P.c.item == found.item)
        .order_by(_P.c.sample)
    )
    predictions = [PredictionDetails(row[0], row[1], PredictionState(row[2]), *row[3:]) for row in rows]
    predictions.sort(key=lambda one: (list(run_ids).index(one.run_id), one.sample))
    return ItemDetails(str(found.task), str(found.item), tuple(found.gold), tuple(predictions))


def _matching(wanted: ItemFilters) -> Select[tuple[str, str]]:
    """Tasks and keys of the items that pass the filters."""
    query: Select[tuple[str, str]] = select(_P.c.task, _P.c.item).where(_P.c.run_id.in_(list(wanted.run_ids)))
    if wanted.tasks:
        query = query.where(_P.c.task.in_(list(wanted.tasks)))
    query = query.group_by(_P.c.task, _P.c.item)
    if wanted.ending is None:
        return query
    if wanted.ending == "differ":
        return query.having(_differs())
    is_so = _ends(wanted.ending)
    if wanted.by_run is not None:
        is_so = and_(is_so, _P.c.run_id == wanted.by_run)
    return query.having(func.sum(case((is_so, 1), else_=0)) > 0)


def _differs() -> ColumnElement[bool]:
    """Whether the predictions of an item have different points."""
    points = case((_P.c.state.in_(_ANSWERED), func.coalesce(_P.c.score, 0.0)))
    return func.count(distinct(points)) > 1


def _ends(ending: Ending) -> ColumnElement[bool]:
    """The condition that a prediction ended so, as in `ending_of`."""
    scored = _P.c.state == PredictionState.scored
    if ending == "right":
        return and_(scored, _P.c.score >= 1.0)
    if ending == "wrong":
        return and_(scored, _P.c.score < 1.0)
    return _P.c.state == PredictionState(ending)


def _of_items(run_ids: Sequence[int], keys: Sequence[tuple[str, str]]) -> Select[Any]:
    names = ("id", "run_id", "task", "item", "state", "score", "extracted", "prompt", "gold")
    return (
        select(*(_P.c[name] for name in names))
        .where(
            _P.c.run_id.in_(list(run_ids)),
            _P.c.task.in_({task for task, _ in keys}),
            _P.c.item.in_({item for _, item in keys}),
        )
        .order_by(_P.c.id)
    )
