"""The plan of a run: items not judged yet, their different requests, and the highest cost.

Texts are read in batches and not kept, except for those of the first few thousand requests: of the others a plan holds
only the digest, so fifty thousand items need little more memory than a thousand.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from judging.chat.batch import Price, estimate_prompt_tokens
from judging.chat.model import ChatRequest
from judging.prompts.messages import text_length
from judging.run.judge import Judge, JudgeItem
from judging.run.judgment_rows import make_empty_row, make_identical_row
from judging.run.rendering import RenderedRequest, are_identical, lone_empty, render_requests
from storage.database.engine import Database
from storage.errors import BadInput, NotFound
from storage.judges.judgments import (
    FinishedItem,
    LedgerKind,
    QuestionTexts,
    judged,
    read_question_texts,
    replied,
)
from storage.judges.reply_lengths import MeanLengths
from storage.values import EMPTY_LOSES

ITEMS_AT_ONCE = 200
"""Number of items whose texts are in memory at the same time."""

_CHARACTERS_KEPT = 20_000_000
"""Characters of the rendered requests that a plan keeps."""

RequestOwner = tuple[int, int]
"""Number of an item in the plan, and number of a request of that item."""


@dataclass(frozen=True)
class PreventedItem:
    """An item that is not judged, because one of its responses is empty.

    Attributes:
        question: Key of the question.
        models: Names of all its models.
        empty: Names of the models whose response is empty.
        sample: Sample number of the responses.
    """

    question: str
    models: tuple[str, ...]
    empty: tuple[str, ...]
    sample: int


@dataclass
class JudgePlan:
    """The plan of a judge run.

    Attributes:
        judge: The judge.
        rater_id: Id of the judge in the store, 0 for a judge that has not judged yet.
        items: All items to judge, including those judged already.
        open: Numbers of the items that are not judged yet.
        failed_before: Positions of the failed rows of an earlier run, by item number.
        failed_as_is: Number of those items whose replies are all stored, so that nothing is asked again.
        again: Whether replies that are stored but have no verdict are requested again.
        owners: Requests by digest, each with the items it is sent for.
        stored: Those whose replies are stored, so that they are not sent.
        by_rule: Finished items that need no request: pairs of identical texts, and pairs that an empty response loses.
        judged_before: Number of items that are judged already.
        tokens: Cautious estimate of the prompt tokens of the requests to send.
        max_cost: Highest cost of the requests to send.
        price: Price of tokens.
        empty_items: Number of items that are not judged, because one of their responses is empty.
        empty_responses: Number of those empty responses by model.
        prevented: Those items.
        lengths: Mean lengths of earlier replies of the judge or its model, None without any.
        rendered: Requests of the first items, by item number, so that they are not rendered a second time.
    """

    judge: Judge
    rater_id: int
    items: Sequence[JudgeItem]
    open: list[int] = field(default_factory=list)
    failed_before: dict[int, tuple[int, ...]] = field(default_factory=dict)
    failed_as_is: int = 0
    again: bool = False
    owners: dict[bytes, list[RequestOwner]] = field(default_factory=dict)
    stored: set[bytes] = field(default_factory=set)
    by_rule: list[FinishedItem] = field(default_factory=list)
    judged_before: int = 0
    tokens: float = 0.0
    max_cost: float = 0.0
    price: Price = field(default_factory=Price)
    empty_items: int = 0
    empty_responses: Mapping[str, int] = field(default_factory=dict)
    prevented: Sequence[PreventedItem] = ()
    lengths: MeanLengths | None = None
    rendered: dict[int, list[RenderedRequest]] = field(default_factory=dict, repr=False)

    @property
    def empty_losses(self) -> int:
        """Number of pairs that an empty response loses by the rules of the judge."""
        return sum(one.rows[0]["form"] == EMPTY_LOSES for one in self.by_rule)

    def renew(self, other: "JudgePlan") -> None:
        """Take over everything from a later plan of the same items."""
        kept = {name: getattr(self, name) for name in ("empty_items", "empty_responses", "prevented", "lengths")}
        vars(self).update({**vars(other), **kept})

    @property
    def kind(self) -> LedgerKind:
        """Kind of the rows this run writes."""
        return find_ledger_kind(self.judge)

    @property
    def requests(self) -> int:
        """Number of different requests."""
        return len(self.owners)

    @property
    def to_send(self) -> int:
        """Number of different requests whose replies are not stored."""
        return len(self.owners) - len(self.stored)

    def may_reuse(self, owners: Sequence[RequestOwner]) -> bool:
        """Whether a stored reply to a request of these owners counts, so that it is not requested again."""
        return not (self.again and owners[0][0] in self.failed_before)


def find_ledger_kind(judge: Judge) -> LedgerKind:
    """Kind of the rows a judge writes."""
    return "satisfaction" if judge.kind == "single" else "judgement"


def plan_requests(
    database: Database, judge: Judge, rater_id: int, items: Sequence[JudgeItem], *, price: Price, again: bool
) -> JudgePlan:
    """Find the open items of a judge and count their requests; see `JudgePlan` for `again`.

    Raises:
        BadInput: No prompt of the judge fits a question; names the first such question and the number of others.
        NotFound: A question or response is not in the store.
    """
    plan = JudgePlan(judge, rater_id, items, price=price, again=again)
    with database.reading() as session:
        known = judged(session, plan.kind, rater_id)
    for number, item in enumerate(items):
        state = [known.get(one) for one in item.row_keys()]
        if all(positions == () for positions in state):
            plan.judged_before += 1
            continue
        plan.open.append(number)
        failed = tuple(position for positions in state for position in positions or ())
        if failed:
            plan.failed_before[number] = failed
    _count_requests(database, plan)
    plan.failed_as_is = _failed_as_is(plan)
    return plan


def _failed_as_is(plan: JudgePlan) -> int:
    """The number of open items that failed before and whose replies are all stored."""
    asked = {number for digest, owners in plan.owners.items() if digest not in plan.stored for number, _ in owners}
    return sum(number in plan.failed_before and number not in asked for number in plan.open)


def _count_requests(database: Database, plan: JudgePlan) -> None:
    misfits: Counter[str] = Counter()
    still_open = []
    room = _CHARACTERS_KEPT
    for piece in read_texts(database, plan.items, plan.open):
        added: list[RenderedRequest] = []
        for number, texts in piece:
            if _is_settled_by_rule(plan, number, texts):
                continue
            still_open.append(number)
            try:
                requests = render_requests(plan.judge, plan.items[number], texts)
            except BadInput as error:
                misfits[str(error)] += 1
                continue
            for place, rendered in enumerate(requests):
                owners = plan.owners.setdefault(bytes.fromhex(rendered.request.digest), [])
                if not owners:
                    added.append(rendered)
                owners.append((number, place))
            room -= sum(text_length(message) for rendered in requests for message in rendered.request.messages)
            if room >= 0:
                plan.rendered[number] = requests
        _add_costs(database, plan, [rendered.request for rendered in added])
    if misfits:
        first, more = next(iter(misfits)), misfits.total() - 1
        raise BadInput(first + (f" (and {more} more)" if more else ""))
    plan.open = still_open


def _is_settled_by_rule(plan: JudgePlan, number: int, texts: QuestionTexts) -> bool:
    """Whether an item needs no request; the plan then holds its row, unless an earlier run has stored it."""
    item, rules = plan.items[number], plan.judge.rules
    if rules.empty_loses and (empty := lone_empty(item, texts)) is not None:
        plan.by_rule.append(
            FinishedItem([make_empty_row(item, empty)], failed_before=plan.failed_before.get(number, ()))
        )
        return True
    if (rules.identical is not None or not rules.distinct) and are_identical(item, texts):
        if number not in plan.failed_before:
            plan.by_rule.append(FinishedItem([make_identical_row(plan.judge, item)]))
        return True
    return False


def _add_costs(database: Database, plan: JudgePlan, requests: Sequence[ChatRequest]) -> None:
    """Add the tokens and the highest cost of those requests that are not stored."""
    with database.reading() as session:
        known = replied(session, (request.digest for request in requests))
    for request in requests:
        digest = bytes.fromhex(request.digest)
        if request.digest in known and plan.may_reuse(plan.owners[digest]):
            plan.stored.add(digest)
            continue
        plan.tokens += estimate_prompt_tokens(request, plan.price.image_tokens)
        plan.max_cost += plan.price.max_cost(request)


def read_texts(
    database: Database, items: Sequence[JudgeItem], numbers: Sequence[int]
) -> Iterator[list[tuple[int, QuestionTexts]]]:
    """Yield items with their texts, in batches.

    Raises:
        NotFound: A question is not in the store.
    """
    for start in range(0, len(numbers), ITEMS_AT_ONCE):
        batch = numbers[start : start + ITEMS_AT_ONCE]
        with database.reading() as session:
            wanted = [(items[number].question, items[number].responses) for number in batch]
            found = read_question_texts(session, wanted)
        lost = [items[number].question for number in batch if items[number].question not in found]
        if lost:
            raise NotFound(f"expected question {lost[0]} in the store, got none; run the command again")
        yield [(number, found[items[number].question]) for number in batch]
