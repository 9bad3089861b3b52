"""Stored objective runs for people: how their samples ended, items in a list, and one item with every answer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.evaluation_tables import Prediction, PredictionState
from storage.errors import NotFound

Ending = Literal["right", "wrong", "unparsed", "failed", "asked"]
"""How a sample ended; `asked` waits for its scorer."""

ENDINGS: tuple[Ending, ...] = ("right", "wrong", "unparsed", "failed", "asked")

_P = table_of(Prediction)
_ANSWERED = (PredictionState.scored, PredictionState.unparsed)


@dataclass(frozen=True)
class ItemFilters:
    """Which items of some runs are listed.

    Attributes:
        run_ids: of the runs.
        tasks: names of tasks; all when empty.
        ending: only items of which a sample ended so; `differ` for those that not every sample got right or wrong
            alike, unparsed ones being not right and failed ones left out; None for all.
        by_run: whose samples `ending` is about; None for any run's. `differ` is always about all.
    """

    run_ids: Sequence[int]
    tasks: Sequence[str] = ()
    ending: Ending | Literal["differ"] | None = None
    by_run: int | None = None


@dataclass(frozen=True)
class PredictionLine:
    """One sample at a glance; `score` is in [0, 1], None unless the state is scored."""

    state: PredictionState
    score: float | None
    extracted: str | None

    @property
    def ending(self) -> Ending:
        """How it ended."""
        return ending_of(self.state, self.score)


@dataclass(frozen=True)
class ItemLine:
    """One item in a list.

    Attributes:
        number: of one of its samples; opens the item.
        task: name of its task.
        item: its key.
        prompt: what one of the runs was sent.
        gold: accepted answers.
        samples: by run; a run without it is not among them.
    """

    number: int
    task: str
    item: str
    prompt: str
    gold: tuple[str, ...]
    samples: Mapping[int, tuple[PredictionLine, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class PredictionDetails:
    """One sample with all that is stored of it; see `storage.database.evaluation_tables.Prediction`."""

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
        """How it ended."""
        return ending_of(self.state, self.score)


@dataclass(frozen=True)
class ItemDetails:
    """One item with the samples of some runs, runs in the order asked for."""

    task: str
    item: str
    gold: tuple[str, ...]
    samples: tuple[PredictionDetails, ...]


def ending_of(state: PredictionState, score: float | None) -> Ending:
    """How a sample ended: a scored one is right with a whole point and wrong with less."""
    if state == PredictionState.scored:
        return "right" if (score or 0.0) >= 1.0 else "wrong"
    return _WORDS[PredictionState(state)]


_WORDS: dict[PredictionState, Ending] = {
    PredictionState.unparsed: "unparsed",
    PredictionState.failed: "failed",
    PredictionState.asked: "asked",
}


def count_endings(session: Session, run_ids: Sequence[int]) -> dict[int, Counter[Ending]]:
    """How many samples of each run ended how; a run without samples has an empty count."""
    found: dict[int, Counter[Ending]] = {run_id: Counter() for run_id in run_ids}
    rows = session.execute(
        select(_P.c.run_id, _P.c.state, _P.c.score, func.count())
        .where(_P.c.run_id.in_(list(run_ids)))
        .group_by(_P.c.run_id, _P.c.state, _P.c.score)
    )
    for run_id, state, score, count in rows:
        found[run_id][ending_of(state, score)] += count
    return found


def count_items(session: Session, wanted: ItemFilters) -> int:
    """How many items `list_items` has in all."""
    return int(session.execute(select(func.count()).select_from(_matching(wanted).subquery())).scalar_one())


def list_items(session: Session, wanted: ItemFilters, *, skip: int, most: int) -> list[ItemLine]:
    """Items by task and key, shorter keys first so that 2 comes before 10.

    Args:
        session: any.
        wanted: which.
        skip: items passed over.
        most: items returned.
    """
    order = (_P.c.task, func.length(_P.c.item), _P.c.item)
    page = _matching(wanted).order_by(*order).offset(skip).limit(most)
    keys = [(row.task, row.item) for row in session.execute(page)]
    samples: dict[tuple[str, str], dict[int, list[PredictionLine]]] = {key: {} for key in keys}
    first: dict[tuple[str, str], Any] = {}
    for row in session.execute(_of_items(wanted.run_ids, keys)):
        key = (row.task, row.item)
        if key in samples:
            first.setdefault(key, row)
            line = PredictionLine(PredictionState(row.state), row.score, row.extracted)
            samples[key].setdefault(row.run_id, []).append(line)
    return [
        ItemLine(
            number=first[key].id,
            task=key[0],
            item=key[1],
            prompt=first[key].prompt,
            gold=tuple(first[key].gold),
            samples={run_id: tuple(lines) for run_id, lines in samples[key].items()},
        )
        for key in keys
        if key in first
    ]


def first_prompts(session: Session, run_id: int, task: str, *, most: int) -> list[str]:
    """Prompts of the first samples of a task in a run, to see what its prompts have in common."""
    query = select(_P.c.prompt).where(_P.c.run_id == run_id, _P.c.task == task, _P.c.prompt != "")
    return [str(prompt) for prompt in session.execute(query.order_by(_P.c.id).limit(most)).scalars()]


def open_item(session: Session, run_ids: Sequence[int], number: int) -> ItemDetails:
    """An item with what each of some runs has of it.

    Args:
        session: any.
        run_ids: in the order in which they are wanted.
        number: of one of its samples, as an `ItemLine` has it.

    Raises:
        NotFound: no sample has this number.
    """
    found = session.execute(select(_P.c.task, _P.c.item, _P.c.gold).where(_P.c.id == number)).first()
    if found is None:
        raise NotFound(f"expected the number of a stored sample, got {number}; choose an item from the list")
    rows = session.execute(
        select(*(_P.c[name] for name in PredictionDetails.__dataclass_fields__))
        .where(_P.c.run_id.in_(list(run_ids)), _P.c.task == found.task, _P.c.item == found.item)
        .order_by(_P.c.sample)
    )
    samples = [PredictionDetails(row[0], row[1], PredictionState(row[2]), *row[3:]) for row in rows]
    samples.sort(key=lambda one: (list(run_ids).index(one.run_id), one.sample))
    return ItemDetails(str(found.task), str(found.item), tuple(found.gold), tuple(samples))


def _matching(wanted: ItemFilters) -> Select[tuple[str, str]]:
    """Tasks and keys of the items that are wanted."""
    query: Select[tuple[str, str]] = select(_P.c.task, _P.c.item).where(_P.c.run_id.in_(list(wanted.run_ids)))
    if wanted.tasks:
        query = query.where(_P.c.task.in_(list(wanted.tasks)))
    query = query.group_by(_P.c.task, _P.c.item)
    if wanted.ending is None:
        return query
    if wanted.ending == "differ":
        points = case((_P.c.state.in_(_ANSWERED), func.coalesce(_P.c.score, 0.0)))
        return query.having(func.count(distinct(points)) > 1)
    is_so = _ends(wanted.ending)
    if wanted.by_run is not None:
        is_so = and_(is_so, _P.c.run_id == wanted.by_run)
    return query.having(func.sum(case((is_so, 1), else_=0)) > 0)


def _ends(ending: Ending) -> ColumnElement[bool]:
    """Whether a sample ended so, as `ending_of` says."""
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
