"""What `evenhand judge` does between its options and the judge: choose, plan, ask, count."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.progress import batch_progress
from app.models.asking import run_asking
from app.models.local_chat import LOCAL
from app.settings import read_endpoint
from app.wiring import clock, make_local_chat, mint
from judging.chat.batch import BatchClient, BatchTotals
from judging.chat.endpoint import Endpoint
from judging.chat.model import ChatModel, ChatSettings
from judging.prompts.prompt_file import JudgePrompt
from judging.run.items import all_pairs, draw_sample, filter_pairs, make_items, pairs_with_baseline
from judging.run.judge import Judge, JudgeItem, PairOrders, VerdictRules
from judging.run.judge_run import RunTally, make_plan, run_plan
from judging.run.plan import JudgePlan
from judging.run.replay import BASELINES, BaselineRule, RecordingKey, baseline_model, read_recordings, recorded_model
from storage.database.engine import Database
from storage.errors import BadInput, NotFound
from storage.judges.judgeable import Judgeable, Scope, compared_pairs, judgeable, question_keys
from storage.questions.questions import find_models

if TYPE_CHECKING:
    from app.commands.endpoint_options import EndpointOptions, GenerationOptions, PaceOptions
    from app.commands.judge.options import JudgeOptions, WhatOptions
    from app.commands.options import StoreOptions
    from judging.chat.model import Reply

RECORDED = "recorded:"
BASELINE = "baseline:"
_TOP_LOGPROBS = 20

Choose = Callable[[Sequence[Judgeable]], Sequence[tuple[Judgeable, ...]]]


@dataclass(frozen=True)
class JudgeResult:
    """What came of a run.

    Attributes:
        plan: that was carried out.
        tally: of its items.
        totals: of its requests.
        seconds: that it took.
    """

    plan: JudgePlan
    tally: RunTally
    totals: BatchTotals
    seconds: float

    @property
    def left(self) -> int:
        """Items that were not judged, because the budget ended the run."""
        return len(self.plan.open) + len(self.plan.identical) - self.tally.ended

    @property
    def is_incomplete(self) -> bool:
        """Whether something failed or was left."""
        return self.left > 0 or self.tally.outcomes["failed"] > self.tally.causes["identical"]


class JudgeJob:
    """One use of `evenhand judge`: a store, an endpoint, limits."""

    def __init__(self, store: "StoreOptions", endpoint: "EndpointOptions", pace: "PaceOptions") -> None:
        """Nothing is opened or asked yet."""
        self._store, self._endpoint, self._pace = store, endpoint, pace
        self._database: Database | None = None
        self._replies: dict[RecordingKey, Reply] | None = None

    @contextmanager
    def opened(
        self, judge: Judge, choose: Callable[[Database], list[JudgeItem]], *, will_ask: bool = True
    ) -> Iterator[JudgePlan]:
        """What there is to do, over an open store.

        Args:
            judge: who.
            choose: reads what is to be judged.
            will_ask: whether an address and a key are needed.

        Raises:
            BadInput: nothing can be judged, the endpoint has no address or key, or a question fits no prompt.
        """
        if judge.model.startswith(RECORDED):
            self._replies = read_recordings(Path(judge.model.removeprefix(RECORDED)))
        elif will_ask and baseline_named(judge.model) is None and not judge.model.startswith(LOCAL):
            read_endpoint(self._endpoint.base_url, self._endpoint.key_file)
        with self._store.opened() as database:
            self._database = database
            items = choose(database)
            if not items:
                raise BadInput("expected responses to judge, got none for these options; see `evenhand list models`")
            yield make_plan(database, judge, items, price=self._pace.price)

    def carry_out(self, plan: JudgePlan, *, again: bool) -> JudgeResult:
        """Judge what is open.

        Raises:
            RequestError: the endpoint cannot be asked at all.
        """
        database = self._database
        if database is None:
            raise RuntimeError("carry_out is called within opened")
        began = time.monotonic()
        total, asked = len(plan.open) + len(plan.identical), BatchTotals()

        async def work(asking: BatchClient) -> RunTally:
            nonlocal asked
            asked = asking.totals

            def report(tally: RunTally) -> None:
                advance(tally.ended, tally.outcomes["failed"])

            return await run_plan(database, plan, asking, clock=clock, progress=report, again=again)

        with batch_progress("Judging", total, lambda: asked) as advance:
            tally = run_asking(
                lambda: self._model(database, plan), work, limits=self._pace.limits, price=self._pace.price
            )
        return JudgeResult(plan, tally, asked, time.monotonic() - began)

    def _model(self, database: Database, plan: JudgePlan) -> ChatModel:
        open_items = [plan.items[number] for number in plan.open]
        if self._replies is not None:
            return recorded_model(database, plan.judge, open_items, self._replies)
        rule = baseline_named(plan.judge.model)
        if rule is not None:
            return baseline_model(database, plan.judge, open_items, rule)
        return make_model(self._endpoint, plan.judge.model)


def make_model(options: "EndpointOptions", name: str) -> ChatModel:
    """The model of a name: `hf:DIR` is loaded here, any other is asked at the endpoint.

    Raises:
        BadInput: it cannot be loaded, or there is no address or no key.
    """
    if not name.startswith(LOCAL):
        return make_endpoint(options)
    return make_local_chat(name.removeprefix(LOCAL))


def make_endpoint(options: "EndpointOptions") -> Endpoint:
    """The client for an endpoint.

    Raises:
        BadInput: no address or no key.
    """
    address = read_endpoint(options.base_url, options.key_file)
    return Endpoint(
        address.base_url,
        key=address.key,
        timeout_seconds=options.timeout,
        seconds=time.monotonic,
        proxy=address.proxy,
    )


def baseline_named(model: str) -> BaselineRule | None:
    """The judge that reads nothing which a model's name asks for.

    Raises:
        BadInput: it asks for one that there is not.
    """
    if not model.startswith(BASELINE):
        return None
    name = model.removeprefix(BASELINE)
    for known in BASELINES:
        if name == known:
            return known
    raise BadInput(f"expected {BASELINE} with {', '.join(BASELINES)}, got {name!r}; choose one of them")


def make_judge(
    options: "JudgeOptions", generation: "GenerationOptions", prompts: Sequence[JudgePrompt], orders: PairOrders
) -> Judge:
    """The judge that the options describe.

    Raises:
        BadInput: they do not fit each other, or a file cannot be read.
    """
    settings = ChatSettings(
        temperature=generation.temperature,
        max_tokens=generation.max_tokens,
        seed=generation.seed,
        top_logprobs=_TOP_LOGPROBS if options.expected else 0,
    )
    is_recorded = options.model.startswith((RECORDED, BASELINE))
    if baseline_named(options.model) is not None and prompts[0].kind != "pairwise":
        raise BadInput(f"expected pairs for {options.model}, got another kind; use `evenhand judge pairwise`")
    return Judge(
        model=options.model,
        prompts=prompts,
        salt=mint(),
        settings=settings,
        orders=orders,
        texts=options.texts(),
        expected=options.expected,
        least_mass=options.least_mass,
        rules=replace(VerdictRules(), distinct=is_recorded),
        name=options.name,
    )


def items_of(what: "WhatOptions", choose: Choose) -> Callable[[Database], list[JudgeItem]]:
    """Responses of the store, put together by a rule."""

    def read(database: Database) -> list[JudgeItem]:
        return _drawn(what, choose(_responses(database, what.scope)))

    return read


def pairs_of(what: "WhatOptions", pairs: str) -> Callable[[Database], list[JudgeItem]]:
    """Pairs of responses: `all`, `voted`, `baseline:MODEL`, or those of a file."""

    def read(database: Database) -> list[JudgeItem]:
        scope = what.scope
        if pairs.startswith(BASELINE):
            name = pairs.removeprefix(BASELINE)
            with database.reading() as session:
                found = find_models(session, [name])
            if name not in found:
                raise NotFound(f"expected a model of the store as baseline, got {name!r}; see `evenhand list models`")
            if scope.models is not None:
                scope = replace(scope, models=[*scope.models, name])
            return _drawn(what, pairs_with_baseline(_responses(database, scope), found[name]))
        every = all_pairs(_responses(database, scope))
        if pairs == "all":
            return _drawn(what, every)
        if pairs == "voted":
            with database.reading() as session:
                return _drawn(what, filter_pairs(every, compared_pairs(session)))
        return _drawn(what, filter_pairs(every, _named_pairs(database, Path(pairs), every)))

    return read


def _responses(database: Database, scope: Scope) -> list[Judgeable]:
    with database.reading() as session:
        if scope.models is not None:
            unknown = sorted(set(scope.models) - set(find_models(session, scope.models)))
            if unknown:
                raise NotFound(f"expected models of the store, got {unknown[0]!r}; see `evenhand list models`")
        return judgeable(session, scope)


def _drawn(what: "WhatOptions", chosen: Sequence[tuple[Judgeable, ...]]) -> list[JudgeItem]:
    if what.sample is not None:
        chosen = draw_sample(chosen, what.sample, what.draw_seed)
    return make_items(chosen, turn=what.turn, samples=what.repeats)


def _named_pairs(
    database: Database, path: Path, pairs: Sequence[tuple[Judgeable, Judgeable]]
) -> list[tuple[int, int, int]]:
    """Question and both models of each line of a JSONL file.

    Raises:
        BadInput: the file is something else, or a line names a pair that is not in the store.
    """
    if not path.is_file():
        raise BadInput(
            f"expected --pairs all, voted, baseline:MODEL or a JSONL file, got {str(path)!r}; check the path"
        )
    with database.reading() as session:
        keys: dict[str, set[int]] = {}
        for identity, key in question_keys(session, [one.question for one, _ in pairs]):
            keys.setdefault(key, set()).add(identity)
        found: list[tuple[int, int, int]] = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                question, names = str(row["question"]), (str(row["model_a"]), str(row["model_b"]))
            except (ValueError, KeyError, TypeError):
                wanted = '{"question": KEY, "model_a": NAME, "model_b": NAME}'
                raise BadInput(f"{path.name}:{number}: expected {wanted}, got {line[:60]!r}") from None
            models = find_models(session, names)
            if question not in keys or len(models) != len(set(names)):
                raise BadInput(
                    f"{path.name}:{number}: expected a question and models with responses, got {line[:80]!r}"
                )
            found += [(one, models[names[0]], models[names[1]]) for one in sorted(keys[question])]
    return found
