"""Running a plan: send the open requests, store each reply as it arrives, and each item once it is complete."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from judging.chat.batch import BatchClient, Job, Price, RequestOutcome, run_jobs
from judging.chat.model import Reply
from judging.chat.reply_writer import ReplyWriter
from judging.run.judge import LOCAL_SOURCE, Judge, JudgeItem
from judging.run.judgment_rows import make_call_record, make_rows, read_reply
from judging.run.plan import ITEMS_AT_ONCE, JudgePlan, RequestOwner, plan_requests, read_texts
from judging.run.rendering import RenderedRequest, list_orders, render_requests
from judging.verdicts.token_scores import TokenProbabilities
from judging.verdicts.verdict import Verdict
from storage.database.engine import Database
from storage.errors import Conflict
from storage.judges.judgments import (
    CallRecord,
    FinishedItem,
    add_calls,
    add_finished,
    ensure_judge,
    find_judge,
    stored_replies,
)
from storage.values import Json


@dataclass
class RunTally:
    """Counts of a judge run.

    Attributes:
        outcomes: Number of finished items by state: `scored`, `inconsistent` or `failed`.
        causes: Number of failed items by cause.
        reused: Number of replies reused from an earlier run or another item.
        failed_as_before: Number of failed items whose replies are those of an earlier run.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    reused: int = 0
    failed_as_before: int = 0

    @property
    def ended(self) -> int:
        """Number of finished items."""
        return self.outcomes.total()


ProgressCallback = Callable[[RunTally], None]


@dataclass
class _ItemReplies:
    """Replies of one item received so far.

    Attributes:
        requests: Requests with a reply, None for those still open.
        verdicts: Verdict or cause for each request.
        stored: Ids of the stored calls.
        calls: Calls that are stored with the item: the last one, and those whose replies are stored already.
        new: Whether a reply is new in this run.
    """

    requests: list[RenderedRequest | None]
    verdicts: list[Verdict | str]
    stored: list[int] = field(default_factory=list)
    calls: list[CallRecord] = field(default_factory=list)
    new: bool = False


@dataclass(frozen=True)
class _UnfinishedCall:
    """A call of an item that is not finished; its id is added to `stored` once it is written."""

    call: CallRecord
    stored: list[int]


class JudgeRun:
    """One run of a plan; call `ask_all` once.

    Attributes:
        tally: Counts of the run.
    """

    def __init__(
        self,
        database: Database,
        plan: JudgePlan,
        client: BatchClient,
        *,
        clock: Callable[[], datetime],
        progress: ProgressCallback | None = None,
    ) -> None:
        """Prepare the run; nothing is sent yet.

        Args:
            database: Store to write to.
            plan: Plan to run.
            client: Client to send requests with.
            clock: Current time.
            progress: Called with the counts after each finished item.
        """
        self._database, self._plan, self._asking, self._clock = database, plan, client, clock
        self._writer: ReplyWriter[FinishedItem | _UnfinishedCall] = ReplyWriter(self._write)
        self._progress = progress
        self._replies: dict[int, _ItemReplies] = {}
        self.tally = RunTally()

    async def ask_all(self) -> RunTally:
        """Judge all open items.

        Returns:
            The counts of the run, without items left open by the budget, an outage or the user.

        Raises:
            RequestError: Nothing was answered, for a reason that every request shares.
            StoreError: A result could not be stored; everything written before is kept.
        """
        self._writer.start()
        try:
            for ended in self._plan.by_rule:
                self._end(ended)
            await run_jobs(self._jobs(), self._asking)
        finally:
            await self._writer.close()
        return self.tally

    def _jobs(self) -> Iterator[Job]:
        """Yield a job for each request without a stored reply; stored replies are distributed on the way."""
        plan = self._plan
        for piece in self._rendered():
            requests: list[tuple[RenderedRequest, list[RequestOwner]]] = []
            for number, of_item in piece:
                for place, rendered in enumerate(of_item):
                    owners = plan.owners[bytes.fromhex(rendered.request.digest)]
                    if owners[0] == (number, place):
                        requests.append((rendered, owners))
            with self._database.reading() as session:
                stored = stored_replies(session, [rendered.request.digest for rendered, _ in requests])
            for rendered, owners in requests:
                known = stored.get(rendered.request.digest)
                if known is not None and plan.may_reuse(owners):
                    self._distribute_stored(rendered, owners, known)
                else:
                    yield self._job(rendered, owners)

    def _rendered(self) -> Iterator[list[tuple[int, list[RenderedRequest]]]]:
        """Yield the open items with their requests, in batches: first those that the plan kept."""
        plan = self._plan
        kept = [number for number in plan.open if number in plan.rendered]
        rest = [number for number in plan.open if number not in plan.rendered]
        for start in range(0, len(kept), ITEMS_AT_ONCE):
            yield [(number, plan.rendered.pop(number)) for number in kept[start : start + ITEMS_AT_ONCE]]
        for piece in read_texts(self._database, plan.items, rest):
            yield [(number, render_requests(plan.judge, plan.items[number], texts)) for number, texts in piece]

    def _job(self, rendered: RenderedRequest, owners: Sequence[RequestOwner]) -> Job:
        async def job(client: BatchClient) -> None:
            self._distribute(rendered, owners, await client.ask(rendered.request))

        return job

    def _distribute(self, rendered: RenderedRequest, owners: Sequence[RequestOwner], outcome: RequestOutcome) -> None:
        """Pass a new reply, or its failure, to all items that share the request."""
        judge = self._plan.judge
        for number, owner in enumerate(owners):
            own = self._for_owner(rendered, owner)
            cost = outcome.cost if number == 0 else 0.0
            if outcome.reply is None:
                cause = "unknown" if outcome.failure is None else outcome.failure.cause.value
                note: Json = {"attempts": outcome.attempts, "said": str(outcome.failure)}
                self._collect(owner, own, cause, CallRecord(own.request.digest, own.is_swapped, None, note, cause))
                continue
            verdict = read_reply(judge, outcome.reply, own.form)
            call = make_call_record(
                self._plan.items[owner[0]], own, outcome.reply, verdict, cost=cost, attempts=outcome.attempts
            )
            self._collect(owner, own, call.cause or verdict, call)
        self.tally.reused += len(owners) - 1

    def _distribute_stored(
        self, rendered: RenderedRequest, owners: Sequence[RequestOwner], known: tuple[int, bool, str, Json]
    ) -> None:
        """Pass a stored reply to all items that share the request, at no cost."""
        call_id, is_taken, text, noted = known
        reply = _stored_reply(text, noted)
        for number, owner in enumerate(owners):
            own = self._for_owner(rendered, owner)
            verdict = read_reply(self._plan.judge, reply, own.form)
            call = make_call_record(self._plan.items[owner[0]], own, reply, verdict, cost=0.0, attempts=0)
            first = number == 0 and not is_taken
            self._collect(owner, own, call.cause or verdict, call_id if first else call, new=not is_taken, stored=True)
        self.tally.reused += len(owners)

    def _for_owner(self, rendered: RenderedRequest, owner: RequestOwner) -> RenderedRequest:
        """The request from the view of one item: equal texts may belong to other responses."""
        number, place = owner
        places = list_orders(self._plan.judge, self._plan.items[number])[place]
        return rendered if places == rendered.places else replace(rendered, places=places)

    def _collect(
        self,
        owner: RequestOwner,
        rendered: RenderedRequest,
        verdict: Verdict | str,
        call: CallRecord | int,
        *,
        new: bool = True,
        stored: bool = False,
    ) -> None:
        """Note the verdict of one request of an item, and finish the item with the last one.

        Args:
            owner: The item and the number of its request.
            rendered: The request from the view of the item.
            verdict: Verdict, or the cause why there is none.
            call: The call to store, or the id of a stored one.
            new: Whether no row was made of the reply yet.
            stored: Whether the reply is stored already, so that its call can wait for the item.
        """
        number, place = owner
        item = self._plan.items[number]
        found = self._replies.get(number)
        if found is None:
            count = len(list_orders(self._plan.judge, item))
            found = self._replies[number] = _ItemReplies([None] * count, [""] * count)
        found.requests[place], found.verdicts[place] = rendered, verdict
        found.new |= new
        is_last = all(one is not None for one in found.requests)
        if isinstance(call, int):
            found.stored.append(call)
        elif stored or is_last:
            found.calls.append(call)
        else:
            self._writer.put(_UnfinishedCall(call, found.stored))
        if is_last:
            del self._replies[number]
            self._complete(number, item, found)

    def _complete(self, number: int, item: JudgeItem, found: _ItemReplies) -> None:
        """Finish an item whose replies are all there."""
        judge: Judge = self._plan.judge
        failed_before = self._plan.failed_before.get(number, ())
        rows = make_rows(
            judge.kind,
            judge.rules,
            item,
            [rendered for rendered in found.requests if rendered is not None],
            found.verdicts,
        )
        if failed_before and not found.new and rows[0]["state"] == "failed":
            self.tally.failed_as_before += 1
            self._count(rows[0])  # the same reply still has no verdict, and its row is stored already
            return
        self._end(FinishedItem(rows, found.stored, found.calls, failed_before))

    def _end(self, ended: FinishedItem) -> None:
        self._writer.put(ended)
        self._count(ended.rows[0])

    def _write(self, batch: Sequence[FinishedItem | _UnfinishedCall]) -> None:
        """Store calls before the rows they belong to."""
        partial = [one for one in batch if isinstance(one, _UnfinishedCall)]
        ended = [one for one in batch if isinstance(one, FinishedItem)]
        now = self._clock()
        with self._database.writing() as session:
            ids = add_calls(session, [one.call for one in partial], now=now)
            for one, call in zip(partial, ids, strict=True):
                one.stored.append(call)
            if ended:
                add_finished(session, self._plan.kind, self._plan.rater_id, ended, now=now)

    def _count(self, row: Json) -> None:
        state = str(row["state"])
        self.tally.outcomes[state] += 1
        if state == "failed":
            self.tally.causes[str(row["cause"])] += 1
        if self._progress is not None:
            self._progress(self.tally)


def _stored_reply(text: str, noted: Json) -> Reply:
    """A stored reply with what its judge wrote beside it."""
    return Reply(
        text,
        noted.get("finish", "other"),
        noted.get("model"),
        tokens=_stored_tokens(noted),
        reasoning=str(noted.get("reasoning") or ""),
        dialect=noted.get("dialect") or {},
    )


def _stored_tokens(noted: Json) -> tuple[TokenProbabilities, ...]:
    """The stored tokens of a reply; none where the store holds something else."""
    try:
        return tuple(TokenProbabilities(str(text), dict(top)) for text, top in noted.get("tokens", ()))
    except (TypeError, ValueError):
        return ()


@dataclass(frozen=True)
class StoredJudge:
    """A judge as known in the store.

    Attributes:
        judge: The judge, with the salt of its earlier runs.
        rater_id: Id of the judge in the store, 0 for a judge that has not judged yet.
    """

    judge: Judge
    rater_id: int


def find_stored_judge(database: Database, judge: Judge) -> StoredJudge:
    """Find a judge in the store and take over the salt of its earlier runs, so that equal requests stay equal.

    Raises:
        Conflict: Another judge has this name.
    """
    identity = judge.identity
    with database.reading() as session:
        found = find_judge(session, identity.key, source=LOCAL_SOURCE)
    if found is None:
        return StoredJudge(judge, 0)
    rater_id, before = found
    known = replace(judge, salt=str(before.settings.get("salt", "")))
    if known.identity != before:
        raise Conflict(
            f"expected the judge that has the name {identity.key!r}, got one with another model, prompt or settings; "
            "choose another --name"
        )
    return StoredJudge(known, rater_id)


def make_plan(
    database: Database, judge: Judge, items: Sequence[JudgeItem], *, price: Price, again: bool = False
) -> JudgePlan:
    """Plan what a judge has left to judge; nothing is stored.

    Args:
        database: The store.
        judge: The judge.
        items: Items to judge.
        price: Price of tokens.
        again: Whether replies that are stored but have no verdict are requested again.

    Raises:
        Conflict: Another judge has its name.
        BadInput: No prompt of the judge fits a question.
        NotFound: A question or response is not in the store.
    """
    known = find_stored_judge(database, judge)
    return plan_requests(database, known.judge, known.rater_id, items, price=price, again=again)


async def run_plan(
    database: Database,
    plan: JudgePlan,
    client: BatchClient,
    *,
    clock: Callable[[], datetime],
    progress: ProgressCallback | None = None,
) -> RunTally:
    """Judge the open items of a plan; see `JudgeRun.ask_all`."""
    if not plan.rater_id:
        with database.writing() as session:
            plan.rater_id = ensure_judge(session, plan.judge.identity, source=LOCAL_SOURCE, now=clock())
    return await JudgeRun(database, plan, client, clock=clock, progress=progress).ask_all()
