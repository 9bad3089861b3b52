"""The work of `evenhand judge`: choose the items, plan the run, ask the judge, count the outcomes."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from app.commands.judge.model import JudgeModel, check_kind
from app.commands.judge.pair_files import read_pair_file
from app.commands.progress import batch_progress
from app.models.asking import run_asking
from app.models.claiming import claimed
from app.models.references import BaselineReference, ModelReference, RecordedReference
from app.wiring import clock, make_environment, make_holder, mint, seconds
from judging.chat.batch import BatchClient, BatchLimits, BatchTotals, Price
from judging.chat.model import ChatModel, ChatSettings
from judging.prompts.prompt_file import JudgePrompt
from judging.run.items import (
    PairIds,
    ResponsePair,
    all_pairs,
    draw_sample,
    filter_pairs,
    make_items,
    pair_ids,
    pairs_with_baseline,
)
from judging.run.judge import Judge, JudgeItem, PairOrders, VerdictRules
from judging.run.judge_run import RunTally, make_plan, run_plan
from judging.run.plan import JudgePlan, PreventedItem
from judging.run.structured import STRUCTURED, read_structured
from storage.database.engine import Database
from storage.errors import BadInput, NotFound
from storage.judges.judgeable import (
    Judgeable,
    Scope,
    compared_pairs,
    empty_responses,
    judgeable,
    question_keys,
)
from storage.judges.reply_lengths import mean_lengths
from storage.questions.model_names import model_names, standing_ids, suggestion

if TYPE_CHECKING:
    from app.commands.judge.options import JudgeItemOptions, JudgeOptions
    from app.commands.options.endpoint import PaceOptions
    from app.commands.options.store import StoreOptions

_AGAINST = "baseline:"
"""Before the name of a model in `--pairs`: every other model is compared with it."""
_TOP_LOGPROBS = 20
FREE = Price()

Choose = Callable[[Sequence[Judgeable]], Sequence[tuple[Judgeable, ...]]]


@dataclass(frozen=True)
class ChosenItems:
    """What is judged.

    Attributes:
        items: items to judge.
        empty_items: number of items that are not judged, because a response is empty.
        empty_responses: number of those empty responses by model.
        prevented: those items.
    """

    items: list[JudgeItem]
    empty_items: int = 0
    empty_responses: Mapping[str, int] = field(default_factory=dict)
    prevented: Sequence[PreventedItem] = ()


@dataclass(frozen=True)
class JudgeResult:
    """The result of a run.

    Attributes:
        plan: the plan that ran.
        tally: counts by outcome.
        totals: totals of the requests.
        seconds: elapsed time.
        refused_again: number of items that failed before and that a batch refused, so that no row was added.
    """

    plan: JudgePlan
    tally: RunTally
    totals: BatchTotals
    seconds: float
    refused_again: int = 0

    @property
    def left(self) -> int:
        """Number of items that were not judged because the budget ended the run, or a batch has no result for them."""
        return len(self.plan.open) + len(self.plan.by_rule) - self.tally.ended - self.refused_again

    @property
    def is_incomplete(self) -> bool:
        """Whether items failed or were not judged."""
        return self.left > 0 or self.refused_again > 0 or self.tally.outcomes["failed"] > self.tally.causes["identical"]


class JudgeJob:
    """One run of `evenhand judge` on a store."""

    def __init__(self, store: "StoreOptions", model: JudgeModel, pace: "PaceOptions") -> None:
        """Prepare; nothing is opened or asked yet."""
        self._store, self._model, self._pace = store, model, pace
        self._database: Database | None = None

    @property
    def database(self) -> Database:
        """The open store, within `opened`."""
        if self._database is None:
            raise RuntimeError("the store is open within opened only")
        return self._database

    @contextmanager
    def opened(self, judge: Judge, choose: Callable[[Database], ChosenItems], *, again: bool) -> Iterator[JudgePlan]:
        """Open the store and plan the run.

        Args:
            judge: the judge.
            choose: chooses the items of the store to judge.
            again: whether items whose stored reply holds no verdict are asked again.

        Raises:
            BadInput: nothing can be judged, or no prompt fits a question.
        """
        with self._store.opened() as database:
            self._database = database
            chosen = choose(database)
            if not chosen.items:
                empty = f" but {chosen.empty_items:,} with an empty response" if chosen.empty_items else ""
                raise BadInput(
                    f"expected responses to judge, got none for these options{empty}; see `evenhand list models`"
                )
            plan = make_plan(database, judge, chosen.items, price=self._pace.price, again=again)
            plan.empty_items, plan.empty_responses = chosen.empty_items, chosen.empty_responses
            plan.prevented = chosen.prevented
            with database.reading() as session:
                plan.lengths = mean_lengths(session, plan.rater_id, judge.model)
            yield plan

    def carry_out(self, plan: JudgePlan) -> JudgeResult:
        """Judge the open items of the plan.

        Args:
            plan: the plan that `opened` gave.

        Raises:
            RequestError: the first request fails in a way that every other one would.
        """
        database, began = self.database, seconds()
        tally, totals = judge_plan(
            database,
            plan,
            lambda: self._model.opened(database, plan.judge, [plan.items[number] for number in plan.open]),
            step="Judging",
            limits=self._pace.limits,
            price=self._pace.price,
        )
        return JudgeResult(plan, tally, totals, seconds() - began)


def judge_plan(
    database: Database,
    plan: JudgePlan,
    make_model: Callable[[], ChatModel],
    *,
    step: str,
    limits: BatchLimits,
    price: Price = FREE,
) -> tuple[RunTally, BatchTotals]:
    """Judge the open items of a plan and show progress.

    Args:
        database: the store.
        plan: the plan.
        make_model: makes the judge's model; called inside the event loop.
        step: name of the step to show.
        limits: limits of the batch.
        price: price of tokens.

    Returns:
        The counts by outcome, and the totals of the requests.

    Raises:
        RequestError: the first request fails in a way that every other one would.
    """
    totals = BatchTotals()

    async def work(asking: BatchClient) -> RunTally:
        nonlocal totals
        totals = asking.totals

        def report(tally: RunTally) -> None:
            advance(tally.ended, tally.outcomes["failed"])

        return await run_plan(database, plan, asking, clock=clock, progress=report)

    with claimed(database, ["judge", plan.judge.identity.key], make_holder(), clock=clock) as waited:
        if waited:
            plan.renew(make_plan(database, plan.judge, plan.items, price=price, again=plan.again))
        with batch_progress(step, len(plan.open) + len(plan.by_rule), lambda: totals) as advance:
            tally = run_asking(make_model, work, limits=limits, price=price, world=make_environment())
    return tally, totals


def make_judge(
    reference: ModelReference,
    options: "JudgeOptions",
    settings: ChatSettings,
    prompts: Sequence[JudgePrompt],
    orders: PairOrders,
) -> Judge:
    """The judge that the options describe.

    Raises:
        BadInput: the options do not fit each other, or a file cannot be read.
    """
    check_kind(reference, prompts)
    return Judge(
        model=reference.label,
        prompts=prompts,
        salt=mint(),
        settings=replace(settings, top_logprobs=_TOP_LOGPROBS if options.expected else 0),
        orders=orders,
        texts=options.texts(),
        expected=options.expected,
        least_mass=options.least_mass,
        rules=replace(_rules(options), distinct=isinstance(reference, RecordedReference | BaselineReference)),
        name=options.name,
    )


def _rules(options: "JudgeOptions") -> VerdictRules:
    """The rules that the options describe.

    Raises:
        BadInput: two of them exclude each other.
    """
    if not options.json_schema:
        return VerdictRules()
    if options.expected:
        raise BadInput("expected --json-schema or --expected, got both; leave one out")
    return VerdictRules(STRUCTURED, read=read_structured)


def items_of(options: "JudgeItemOptions", choose: Choose) -> Callable[[Database], ChosenItems]:
    """A function that reads the items to judge.

    Args:
        options: filters and numbers of the responses to judge.
        choose: forms the groups of responses that are judged together.
    """
    return lambda database: _choose_items(database, options, options.scope, choose)


def pairs_of(
    options: "JudgeItemOptions", pairs: str, *, empty_loses: bool = False
) -> Callable[[Database], ChosenItems]:
    """A function that reads the pairs to judge.

    Args:
        options: filters and numbers of the responses to judge.
        pairs: `all`, `voted`, `baseline:MODEL`, or a JSONL file.
        empty_loses: whether pairs with one empty response are chosen too.
    """

    def read(database: Database) -> ChosenItems:
        scope = options.scope
        chances: dict[PairIds, float] = {}
        if not pairs.startswith(_AGAINST):
            return _choose_items(
                database,
                options,
                scope,
                lambda found: _listed_pairs(database, all_pairs(found), pairs, chances),
                empty_loses=empty_loses,
                chances=chances,
            )
        name = pairs.removeprefix(_AGAINST)
        with database.reading() as session:
            found = standing_ids(session, [name])
            if name not in found:
                raise NotFound(f"expected a model of the store as baseline, got {name!r}; {suggestion(session, name)}")
        if scope.models is not None:
            scope = replace(scope, models=[*scope.models, name])
        return _choose_items(
            database,
            options,
            scope,
            lambda responses: pairs_with_baseline(responses, found[name]),
            empty_loses=empty_loses,
        )

    return read


def _listed_pairs(
    database: Database, every: Sequence[ResponsePair], pairs: str, chances: dict[PairIds, float]
) -> Sequence[ResponsePair]:
    """All pairs, those that people voted on, or those of a file, whose probabilities are added to `chances`."""
    if pairs == "all":
        return every
    if pairs == "voted":
        with database.reading() as session:
            return filter_pairs(every, compared_pairs(session))
    named = read_pair_file(database, Path(pairs), every)
    chances.update((pair_ids(*ids), chance) for ids, chance in named if chance is not None)
    return filter_pairs(every, (ids for ids, _ in named))


def _choose_items(
    database: Database,
    options: "JudgeItemOptions",
    scope: Scope,
    choose: Choose,
    *,
    empty_loses: bool = False,
    chances: Mapping[PairIds, float] = MappingProxyType({}),
) -> ChosenItems:
    """The items to judge, and the number of those that an empty response prevents."""
    responses = _responses(database, scope)
    chosen = choose(responses)
    with database.reading() as session:
        silent = empty_responses(session, scope, responses)
        names = model_names(session) if silent else {}
        keys = dict(question_keys(session, [one.question for one in silent]))
    if not silent:
        return ChosenItems(_drawn(options, chosen, chances))
    empty = {one.response for one in silent}
    groups = choose(sorted([*responses, *silent], key=lambda one: (one.question, one.model, one.sample)))
    n_empty = [sum(one.response in empty for one in group) for group in groups]
    if empty_loses:
        chosen = [group for group, number in zip(groups, n_empty, strict=True) if number <= 1]
    prevented = [group for group, number in zip(groups, n_empty, strict=True) if number > int(empty_loses)]
    counts = Counter(names[one.model] for group in prevented for one in group if one.response in empty)
    listed = [
        PreventedItem(
            keys[group[0].question],
            tuple(names[one.model] for one in group),
            tuple(names[one.model] for one in group if one.response in empty),
            group[0].sample,
        )
        for group in prevented
    ]
    return ChosenItems(_drawn(options, chosen, chances), len(prevented), counts, listed)


def _responses(database: Database, scope: Scope) -> list[Judgeable]:
    with database.reading() as session:
        if scope.models is not None:
            unknown = sorted(set(scope.models) - set(standing_ids(session, scope.models)))
            if unknown:
                raise NotFound(f"expected models of the store, got {unknown[0]!r}; {suggestion(session, unknown[0])}")
        return judgeable(session, scope)


def _drawn(
    options: "JudgeItemOptions", chosen: Sequence[tuple[Judgeable, ...]], chances: Mapping[PairIds, float]
) -> list[JudgeItem]:
    if options.sample is not None:
        chosen = draw_sample(chosen, options.sample, options.draw_seed)
    return make_items(chosen[: options.limit], turn=options.turn, samples=options.repeats, chances=chances)
