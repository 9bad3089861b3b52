"""Put a judge to work: know it again in the store, plan what is left to do, do it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from judging.chat.batch import Asking, Price
from judging.judge import OURS, Item, Judge
from judging.plan import Plan, make_plan
from judging.run import JudgeRun, Progress, Tally
from storage.database import Database
from storage.errors import Conflict
from storage.judge_rows import ensure_judge, find_judge


@dataclass(frozen=True)
class Known:
    """A judge as the store knows it; `rater_id` is 0 for one that has not judged yet."""

    judge: Judge
    rater_id: int


def recognise(database: Database, judge: Judge) -> Known:
    """The judge with the salt of its earlier runs, so that equal requests stay equal.

    Raises:
        Conflict: another judge has this name.
    """
    identity = judge.identity
    with database.reading() as session:
        found = find_judge(session, identity.key, source=OURS)
    if found is None:
        return Known(judge, 0)
    rater_id, before = found
    known = replace(judge, salt=str(before.settings.get("salt", "")))
    if known.identity != before:
        raise Conflict(
            f"the name {identity.key!r} belongs to a judge with another model, prompt or settings; give --name"
        )
    return Known(known, rater_id)


def plan_of(database: Database, judge: Judge, items: Sequence[Item], *, price: Price) -> Plan:
    """What a judge has left to do; nothing is stored.

    Raises:
        Conflict: another judge has its name.
        BadInput: a question that no prompt of the judge fits.
    """
    known = recognise(database, judge)
    return make_plan(database, known.judge, known.rater_id, items, price=price)


async def carry_out(
    database: Database,
    plan: Plan,
    asking: Asking,
    *,
    clock: Callable[[], datetime],
    progress: Progress | None = None,
    again: bool = False,
) -> Tally:
    """Judge what a plan leaves open; see `JudgeRun.ask_all`."""
    if not plan.rater_id:
        with database.writing() as session:
            plan.rater_id = ensure_judge(session, plan.judge.identity, source=OURS, now=clock())
    return await JudgeRun(database, plan, asking, clock=clock, progress=progress).ask_all(again=again)
