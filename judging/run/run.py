"""A judge run: ask what is not judged yet, store every reply as it comes, and an outcome as soon as it is complete."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from judging.chat.batch import Asking, Job, Price, RequestOutcome, run_jobs
from judging.chat.model import Reply, Trouble
from judging.chat.retrying import Patience
from judging.chat.writing import ReplyWriter
from judging.run.judge import OURS, Judge, JudgeItem
from judging.run.outcome import as_call, read_reply, rows_of
from judging.run.plan import JudgePlan, Owner, make_plan, pieces
from judging.run.rendering import RenderedRequest, orders_of, render
from judging.verdicts.token_scores import TokenProbabilities
from judging.verdicts.verdict import Verdict
from storage.database.engine import Database
from storage.errors import Conflict
from storage.judges.judgments import (
    CallRecord,
    FinishedItem,
    add_calls,
    add_ended,
    ensure_judge,
    find_judge,
    stored_replies,
)
from storage.values import Json

HOPELESS = {Trouble.unauthorised, Trouble.unknown_model, Trouble.connection, Trouble.wrong_schema}
"""Troubles of the first request that every other one would share."""

_FIRST_PATIENCE = Patience(attempts=2)


@dataclass
class RunTally:
    """What came of a run.

    Attributes:
        outcomes: items by what they became: `scored`, `inconsistent`, or `failed`.
        causes: failed items by cause.
        reused: replies that were there from an earlier run or another item.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    reused: int = 0

    @property
    def ended(self) -> int:
        """Items that were judged to their end."""
        return self.outcomes.total()


Progress = Callable[[RunTally], None]


@dataclass
class _ItemReplies:
    """The replies of one item that are in so far; `stored` are the ids of its calls in the store."""

    asks: list[RenderedRequest | None]
    verdicts: list[Verdict | str]
    stored: list[int] = field(default_factory=list)
    new: bool = False


@dataclass(frozen=True)
class _Partial:
    """A call of an item that is not at its end; its id goes to `stored`."""

    call: CallRecord
    stored: list[int]


class JudgeRun:
    """One run of a plan; `ask_all` may be called once."""

    def __init__(
        self,
        database: Database,
        plan: JudgePlan,
        asking: Asking,
        *,
        clock: Callable[[], datetime],
        progress: Progress | None = None,
    ) -> None:
        """Begin with nothing judged."""
        self._database, self._plan, self._asking, self._clock = database, plan, asking, clock
        self._writer: ReplyWriter[FinishedItem | _Partial] = ReplyWriter(self._write)
        self._progress = progress
        self._gathered: dict[int, _ItemReplies] = {}
        self._has_asked = False
        self.tally = RunTally()

    async def ask_all(self, *, again: bool = False) -> RunTally:
        """Judge everything that is open.

        Args:
            again: also ask for replies that are stored but say no verdict.

        Returns:
            What came of it; items that the ceiling kept back are not in it.

        Raises:
            NoReply: the first request failed in a way that every other one would.
            StoreError: something could not be stored; all that was written before is.
        """
        self._writer.start()
        try:
            for ended in self._plan.identical:
                self._end(ended)
            jobs = self._jobs(again=again)
            await run_jobs(islice(jobs, 1), self._asking)
            await run_jobs(jobs, self._asking)
        finally:
            await self._writer.close()
        return self.tally

    def _jobs(self, *, again: bool) -> Iterator[Job]:
        """A job for every request that has no reply yet; replies that are there are handed out on the way."""
        plan = self._plan
        for piece in pieces(self._database, plan.items, plan.open):
            asks: list[tuple[RenderedRequest, list[Owner]]] = []
            for number, material in piece:
                for place, ask in enumerate(render(plan.judge, plan.items[number], material)):
                    owners = plan.owners[bytes.fromhex(ask.request.digest)]
                    if owners[0] == (number, place):
                        asks.append((ask, owners))
            with self._database.reading() as session:
                stored = stored_replies(session, [ask.request.digest for ask, _ in asks])
            for ask, owners in asks:
                known = stored.get(ask.request.digest)
                if known is not None and not (again and owners[0][0] in plan.failed_before):
                    self._hand_out_stored(ask, owners, known)
                else:
                    yield self._job(ask, owners)

    def _job(self, ask: RenderedRequest, owners: Sequence[Owner]) -> Job:
        is_first, self._has_asked = not self._has_asked, True

        async def job(asking: Asking) -> None:
            outcome = await asking.ask(ask.request, patience=_FIRST_PATIENCE if is_first else None)
            if is_first and outcome.failure is not None:
                if outcome.failure.trouble in HOPELESS:
                    raise outcome.failure
                outcome = await asking.ask(ask.request)
            self._hand_out(ask, owners, outcome)

        return job

    def _hand_out(self, ask: RenderedRequest, owners: Sequence[Owner], outcome: RequestOutcome) -> None:
        """Give a new reply, or the failure to get one, to every item that it was asked for."""
        judge = self._plan.judge
        for number, owner in enumerate(owners):
            own = self._as_asked_for(ask, owner)
            cost = outcome.cost if number == 0 else 0.0
            if outcome.reply is None:
                cause = "unknown" if outcome.failure is None else outcome.failure.trouble.value
                note: Json = {"attempts": outcome.attempts, "said": str(outcome.failure)}
                self._gather(owner, own, cause, CallRecord(own.request.digest, own.is_swapped, None, note, cause))
                continue
            verdict = read_reply(judge, outcome.reply, own.form)
            call = as_call(
                self._plan.items[owner[0]], own, outcome.reply, verdict, cost=cost, attempts=outcome.attempts
            )
            self._gather(owner, own, call.cause or verdict, call)
        self.tally.reused += len(owners) - 1

    def _hand_out_stored(
        self, ask: RenderedRequest, owners: Sequence[Owner], known: tuple[int, bool, str, Json]
    ) -> None:
        """Give a reply of an earlier run to every item; it is paid for already."""
        call_id, is_taken, text, noted = known
        reply = Reply(text, noted.get("finish", "other"), noted.get("model"), tokens=_tokens(noted))
        for number, owner in enumerate(owners):
            own = self._as_asked_for(ask, owner)
            verdict = read_reply(self._plan.judge, reply, own.form)
            call = as_call(self._plan.items[owner[0]], own, reply, verdict, cost=0.0, attempts=0)
            first = number == 0 and not is_taken
            self._gather(owner, own, call.cause or verdict, call_id if first else call, new=not is_taken)
        self.tally.reused += len(owners)

    def _as_asked_for(self, ask: RenderedRequest, owner: Owner) -> RenderedRequest:
        """The request as this item sees it: equal texts may stand for other responses."""
        number, place = owner
        return replace(ask, places=orders_of(self._plan.judge, self._plan.items[number])[place])

    def _gather(
        self, owner: Owner, ask: RenderedRequest, verdict: Verdict | str, call: CallRecord | int, *, new: bool = True
    ) -> None:
        number, place = owner
        item = self._plan.items[number]
        found = self._gathered.get(number)
        if found is None:
            count = len(orders_of(self._plan.judge, item))
            found = self._gathered[number] = _ItemReplies([None] * count, [""] * count)
        found.asks[place], found.verdicts[place] = ask, verdict
        found.new |= new
        is_last = all(one is not None for one in found.asks)
        if isinstance(call, int):
            found.stored.append(call)
        elif not is_last:
            self._writer.put(_Partial(call, found.stored))
        if is_last:
            del self._gathered[number]
            self._complete(number, item, found, [] if isinstance(call, int) else [call])

    def _complete(self, number: int, item: JudgeItem, found: _ItemReplies, last: list[CallRecord]) -> None:
        """All replies of an item are in."""
        judge: Judge = self._plan.judge
        failed_before = self._plan.failed_before.get(number, ())
        rows = rows_of(judge.kind, judge.rules, item, [ask for ask in found.asks if ask is not None], found.verdicts)
        if failed_before and not found.new and rows[0]["state"] == "failed":
            self._count(rows[0])  # the same reply says as little as before, and is stored already
            return
        self._end(FinishedItem(rows, found.stored, last, failed_before))

    def _end(self, ended: FinishedItem) -> None:
        self._writer.put(ended)
        self._count(ended.rows[0])

    def _write(self, batch: Sequence[FinishedItem | _Partial]) -> None:
        """Store calls before the rows that they may belong to."""
        partial = [one for one in batch if isinstance(one, _Partial)]
        ended = [one for one in batch if isinstance(one, FinishedItem)]
        now = self._clock()
        with self._database.writing() as session:
            ids = add_calls(session, [one.call for one in partial], now=now)
            for one, call in zip(partial, ids, strict=True):
                one.stored.append(call)
            if ended:
                add_ended(session, self._plan.kind, self._plan.rater_id, ended, now=now)

    def _count(self, row: Json) -> None:
        state = str(row["state"])
        self.tally.outcomes[state] += 1
        if state == "failed":
            self.tally.causes[str(row["cause"])] += 1
        if self._progress is not None:
            self._progress(self.tally)


def _tokens(noted: Json) -> tuple[TokenProbabilities, ...]:
    return tuple(TokenProbabilities(text, top) for text, top in noted.get("tokens", ()))


@dataclass(frozen=True)
class StoredJudge:
    """A judge as the store knows it; `rater_id` is 0 for one that has not judged yet."""

    judge: Judge
    rater_id: int


def recognise(database: Database, judge: Judge) -> StoredJudge:
    """The judge with the salt of its earlier runs, so that equal requests stay equal.

    Raises:
        Conflict: another judge has this name.
    """
    identity = judge.identity
    with database.reading() as session:
        found = find_judge(session, identity.key, source=OURS)
    if found is None:
        return StoredJudge(judge, 0)
    rater_id, before = found
    known = replace(judge, salt=str(before.settings.get("salt", "")))
    if known.identity != before:
        raise Conflict(
            f"the name {identity.key!r} belongs to a judge with another model, prompt or settings; give --name"
        )
    return StoredJudge(known, rater_id)


def plan_of(database: Database, judge: Judge, items: Sequence[JudgeItem], *, price: Price) -> JudgePlan:
    """What a judge has left to do; nothing is stored.

    Raises:
        Conflict: another judge has its name.
        BadInput: a question that no prompt of the judge fits.
    """
    known = recognise(database, judge)
    return make_plan(database, known.judge, known.rater_id, items, price=price)


async def carry_out(
    database: Database,
    plan: JudgePlan,
    asking: Asking,
    *,
    clock: Callable[[], datetime],
    progress: Progress | None = None,
    again: bool = False,
) -> RunTally:
    """Judge what a plan leaves open; see `JudgeRun.ask_all`."""
    if not plan.rater_id:
        with database.writing() as session:
            plan.rater_id = ensure_judge(session, plan.judge.identity, source=OURS, now=clock())
    return await JudgeRun(database, plan, asking, clock=clock, progress=progress).ask_all(again=again)
