"""What a run has to ask: everything that is not judged yet, equal requests once, with what it may cost.

Texts pass through in pieces and are not held: of each request only its digest stays, so that fifty thousand items
need little more memory than a thousand.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from judging.chat.batch import Price, estimate_prompt_tokens
from judging.run.judge import Judge, JudgeItem
from judging.run.judgment_rows import make_identical_row
from judging.run.rendering import RenderedRequest, are_identical, render_requests
from storage.database.engine import Database
from storage.errors import BadInput, NotFound
from storage.judges.judgments import FinishedItem, LedgerKind, QuestionTexts, judged, read_material

ITEMS_AT_ONCE = 200
"""Items whose texts are held at once."""

RequestOwner = tuple[int, int]
"""Number of an item, and of its request."""


@dataclass
class JudgePlan:
    """What there is to do.

    Attributes:
        judge: who.
        rater_id: it, in the store.
        items: everything that was asked for.
        open: numbers of the items that are not judged yet.
        failed_before: positions of the rows of items that failed in an earlier run.
        owners: for each request by its digest, the items that it is asked for.
        identical: items that need no request, ended.
        judged_before: items that are judged already.
        tokens: of all prompts that may have to be sent, a cautious guess.
        at_most: what they may cost.
    """

    judge: Judge
    rater_id: int
    items: Sequence[JudgeItem]
    open: list[int] = field(default_factory=list)
    failed_before: dict[int, tuple[int, ...]] = field(default_factory=dict)
    owners: dict[bytes, list[RequestOwner]] = field(default_factory=dict)
    identical: list[FinishedItem] = field(default_factory=list)
    judged_before: int = 0
    tokens: float = 0.0
    at_most: float = 0.0

    @property
    def kind(self) -> LedgerKind:
        """What its verdicts become."""
        return find_ledger_kind(self.judge)

    @property
    def requests(self) -> int:
        """Different requests."""
        return len(self.owners)


def find_ledger_kind(judge: Judge) -> LedgerKind:
    """Which rows a judge writes."""
    return "satisfaction" if judge.kind == "single" else "judgement"


def plan_requests(
    database: Database, judge: Judge, rater_id: int, items: Sequence[JudgeItem], *, price: Price
) -> JudgePlan:
    """Find out what has to be asked.

    Raises:
        BadInput: a question that no prompt of the judge fits, the first of them with how many there are.
        NotFound: a question or response is not in the store.
    """
    plan = JudgePlan(judge, rater_id, items)
    with database.reading() as session:
        known = judged(session, plan.kind, rater_id)
    for number, item in enumerate(items):
        state = [known.get(one) for one in item.judged()]
        if all(positions == () for positions in state):
            plan.judged_before += 1
            continue
        plan.open.append(number)
        failed = tuple(position for positions in state for position in positions or ())
        if failed:
            plan.failed_before[number] = failed
    _count_requests(database, plan, price)
    return plan


def _count_requests(database: Database, plan: JudgePlan, price: Price) -> None:
    misfits: Counter[str] = Counter()
    still_open = []
    numbered = (one for piece in read_texts(database, plan.items, plan.open) for one in piece)
    for number, texts in numbered:
        item = plan.items[number]
        rules = plan.judge.rules
        if (rules.identical is not None or not rules.distinct) and are_identical(item, texts):
            if number not in plan.failed_before:
                plan.identical.append(FinishedItem([make_identical_row(plan.judge, item)]))
            continue
        still_open.append(number)
        try:
            requests = render_requests(plan.judge, item, texts)
        except BadInput as error:
            misfits[str(error)] += 1
            continue
        for place, rendered in enumerate(requests):
            _add_request(plan, number, place, rendered, price)
    if misfits:
        first, more = next(iter(misfits)), misfits.total() - 1
        raise BadInput(first + (f" (and {more} more like it)" if more else ""))
    plan.open = still_open


def _add_request(plan: JudgePlan, number: int, place: int, rendered: RenderedRequest, price: Price) -> None:
    owners = plan.owners.setdefault(bytes.fromhex(rendered.request.digest), [])
    if not owners:
        plan.tokens += estimate_prompt_tokens(rendered.request)
        plan.at_most += price.at_most(rendered.request)
    owners.append((number, place))


def read_texts(
    database: Database, items: Sequence[JudgeItem], numbers: Sequence[int]
) -> Iterator[list[tuple[int, QuestionTexts]]]:
    """Some items with their texts, a piece at a time.

    Raises:
        NotFound: a question is not in the store.
    """
    for start in range(0, len(numbers), ITEMS_AT_ONCE):
        piece = numbers[start : start + ITEMS_AT_ONCE]
        with database.reading() as session:
            found = read_material(session, [(items[number].question, items[number].responses) for number in piece])
        lost = [items[number].question for number in piece if items[number].question not in found]
        if lost:
            raise NotFound(f"expected question {lost[0]} in the store, got none; run the command again")
        yield [(number, found[items[number].question]) for number in piece]
