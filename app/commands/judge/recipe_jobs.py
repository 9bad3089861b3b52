"""The work of `evenhand judge recipe`: import a benchmark's files, judge, and compute its figures as published."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from app.commands.judge.jobs import FREE, judge_plan
from app.commands.judge.model import JudgeModel, check_kind
from app.models.references import JUDGE, BaselineReference, RecordedReference
from app.wiring import clock, mint
from judging.chat.batch import BatchLimits, BatchTotals
from judging.chat.model import ChatModel
from judging.prompts.prompt_file import JudgePrompt, bundled_prompt_folders, read_prompts
from judging.recipes.catalog import find_recipe
from judging.recipes.recipe import (
    BenchmarkFacts,
    BenchmarkFigure,
    Recipe,
    RecipeData,
    RecipeJudgment,
    collect_facts,
)
from judging.recipes.recipe_run import (
    StoredResponses,
    add_recorded_verdicts,
    count_strict_differences,
    make_import_rows,
    make_recipe_items,
    make_recipe_judge,
    make_recorded_items,
    make_recorded_judges,
    question_source,
    read_judgments,
    settle_unanswered,
    substitute_prompts,
)
from judging.run.judge import Judge, JudgeItem
from judging.run.judge_run import make_plan
from judging.run.plan import JudgePlan, find_ledger_kind
from judging.run.replay import recorded_model
from judging.verdicts.verdict import Verdict
from storage.database.engine import Database
from storage.errors import BadInput
from storage.exchange.importing import ImportOptions, import_file
from storage.exchange.rows.canonical import RowKind
from storage.judges.judgeable import responses_by_name
from storage.judges.judgments import LedgerKind
from storage.judges.replies import JudgeReply, imported_judgments, replies_of
from storage.values import Json, turn_text

if TYPE_CHECKING:
    from app.commands.judge.options import JudgeOptions
    from app.commands.options.endpoint import EndpointOptions, PaceOptions


@dataclass
class RecipeResult:
    """The result of following a recipe.

    Attributes:
        recipe: the recipe.
        figures: figures as the benchmark publishes them.
        judged: number of judgments that the figures are computed from.
        lost: number of recorded replies whose responses are not in the store.
        failed: number of items without a verdict, by cause.
        differences: number of replies that the strict parser reads differently, by what it reads.
        corrected: number of verdicts that the authors recorded and their rule does not read.
        unanswered: number of verdicts whose responses are not among the files, so that their replies are not stored.
        left_aside: names of files with rows of another kind.
        planned: plan of a dry run, None for a run.
        totals: totals of the requests.
    """

    recipe: Recipe
    figures: list[BenchmarkFigure] = field(default_factory=list)
    judged: int = 0
    lost: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    differences: dict[str, int] = field(default_factory=dict)
    corrected: int = 0
    unanswered: int = 0
    left_aside: Sequence[str] = ()
    planned: JudgePlan | None = None
    totals: BatchTotals = field(default_factory=BatchTotals)

    @property
    def is_incomplete(self) -> bool:
        """Whether requests failed or the budget ended the run; replies without a verdict are part of a figure."""
        return self.totals.stopped or bool(self.totals.failures)


class RecipeJob:
    """One run of `evenhand judge recipe`."""

    def __init__(
        self, name: str, data: Path, judge: "JudgeOptions", endpoint: "EndpointOptions", pace: "PaceOptions"
    ) -> None:
        """Read the benchmark's files.

        Raises:
            NotFound: there is no such recipe, folder or file.
            BadInput: a file has another form, or the judge's endpoint has no address or key.
        """
        self.recipe = find_recipe(name)
        self._options, self._requests = judge, endpoint.requests
        self._reference = judge.reference(JUDGE) if judge.model else None
        self._pace = pace if self._reference is None else pace.for_model(self._reference)
        folders = [*bundled_prompt_folders(), *([] if judge.prompts is None else [judge.prompts])]
        self._prompts = read_prompts(folders)
        self._chosen = judge.chosen(()) or substitute_prompts(self.recipe, self._prompts)
        if self._reference is not None:
            check_kind(self._reference, self._chosen)
            self._model = JudgeModel(self._reference, endpoint.address_for(self._reference))
        read = self.recipe.read(data)
        self.benchmark = settle_unanswered(self.recipe, read)
        self._unanswered = sum(one.reply is not None for one in read.recordings) - sum(
            one.reply is not None for one in self.benchmark.recordings
        )

    def plan(self, database: Database, baseline: str) -> RecipeResult:
        """Import the benchmark's rows, and plan what the judge would be asked."""
        import_benchmark(database, self.recipe, self.benchmark)
        judge, items = self._assignment(database, baseline)
        return RecipeResult(self.recipe, planned=make_plan(database, judge, items, price=self._pace.price))

    def run(self, database: Database, baseline: str) -> RecipeResult:
        """Import the benchmark's rows, replay its recorded replies or judge with a model, and compute the figures."""
        import_benchmark(database, self.recipe, self.benchmark)
        if self._reference is None:
            replayed = replay_recordings(database, self.recipe, self.benchmark, self._prompts, baseline)
            replayed.unanswered = self._unanswered
            return replayed
        judge, items = self._assignment(database, baseline)
        result = RecipeResult(self.recipe)
        plan = make_plan(database, judge, items, price=self._pace.price)
        open_items = [items[number] for number in plan.open]
        replies = _judge(database, plan, lambda: self._model.opened(database, judge, open_items), result, self._pace)
        rows = list(read_judgments(judge.model, "", replies))
        facts = replace(collect_facts(self.benchmark), baseline=baseline)
        result.judged, result.figures = len(rows), self.recipe.summarise(rows, facts)
        return result

    def _assignment(self, database: Database, baseline: str) -> tuple[Judge, list[JudgeItem]]:
        reference = self._reference
        if reference is None:
            raise BadInput(
                "expected --model with --dry-run, got none; recorded replies cost nothing, leave out --dry-run"
            )
        judge = make_recipe_judge(
            self.recipe, self._chosen, model=reference.label, name=self._options.name, salt=mint()
        )
        judge = replace(judge, settings=self._requests.applied(judge.settings))
        if isinstance(reference, BaselineReference | RecordedReference):
            judge = replace(judge, rules=replace(judge.rules, distinct=True))
        with database.reading() as session:
            responses = responses_by_name(session, question_source(self.benchmark))
        texts = {str(row["key"]): _first_turn(row) for row in self.benchmark.questions}
        items = make_recipe_items(self.recipe, responses, texts, baseline or _own_baseline(self.recipe, responses))
        if not items:
            raise BadInput("expected responses in the benchmark's files, got none; import your models' responses first")
        return judge, items


def import_benchmark(database: Database, recipe: Recipe, benchmark: RecipeData) -> None:
    """Store the questions, responses, and judgments without replies of a benchmark; rows that are stored already stay.

    Raises:
        BadRows: a row cannot be stored.
    """
    judgments = RowKind.satisfaction if recipe.kind == "single" else RowKind.preferences
    source = question_source(benchmark)
    with TemporaryDirectory() as folder:
        for kind, rows in (
            (RowKind.questions, benchmark.questions),
            (RowKind.responses, benchmark.responses),
            (judgments, make_import_rows(recipe, benchmark)),
        ):
            if rows:
                path = _written(Path(folder) / f"{kind.value}.jsonl", rows)
                import_file(database, kind, path, ImportOptions(now=clock(), salt=mint(), source=source))


def replay_recordings(
    database: Database, recipe: Recipe, benchmark: RecipeData, prompts: dict[str, JudgePrompt], baseline: str = ""
) -> RecipeResult:
    """Judge a benchmark's responses with its own recorded replies, and compute its figures."""
    source = question_source(benchmark)
    result, rows = RecipeResult(recipe, left_aside=benchmark.left_aside), list[RecipeJudgment]()
    for recorded in make_recorded_judges(recipe, benchmark, prompts, salt=mint()):
        with database.reading() as session:
            responses = responses_by_name(session, source)
        items, recordings, lost = make_recorded_items(recipe, recorded.recordings, responses)
        result.lost += lost
        plan = make_plan(database, recorded.judge, items, price=FREE)
        model = recorded_model(database, plan.judge, [items[number] for number in plan.open], recordings)
        replies = _judge(database, plan, lambda model=model: model, result)  # type: ignore[misc]
        first = recorded.recordings[0]
        rows += read_judgments(first.judge, first.prompt, replies)
    rows += _imported(database, recipe, benchmark, source)
    rows, result.corrected = add_recorded_verdicts(rows, benchmark.recordings)
    result.judged = len(rows)
    facts = replace(collect_facts(benchmark), baseline=baseline)
    result.figures = summarise_by_judge(recipe, rows, facts)
    return result


def summarise_by_judge(recipe: Recipe, rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """The figures of a recipe; those about models apart for each judge, whose name follows if there are several."""
    judges = sorted({row.judge for row in rows})
    if recipe.is_about_judges or len(judges) < 2:
        return recipe.summarise(rows, facts)
    return [
        replace(figure, subject=f"{figure.subject} by {judge}")
        for judge in judges
        for figure in recipe.summarise([row for row in rows if row.judge == judge], facts)
    ]


def _judge(
    database: Database,
    plan: JudgePlan,
    make_model: Callable[[], ChatModel],
    result: RecipeResult,
    pace: "PaceOptions | None" = None,
) -> Sequence[JudgeReply]:
    """Carry out a plan, and read all replies of the judge, new and earlier ones."""
    tally, result.totals = judge_plan(
        database,
        plan,
        make_model,
        step=f"Judging as {plan.judge.identity.key}",
        limits=BatchLimits() if pace is None else pace.limits,
        price=FREE if pace is None else pace.price,
    )
    for cause, count in tally.causes.items():
        result.failed[cause] = result.failed.get(cause, 0) + count
    with database.reading() as session:
        replies = list(replies_of(session, find_ledger_kind(plan.judge), plan.rater_id))
    if plan.judge.rules.read is not None:
        for difference, count in count_strict_differences(result.recipe, replies).items():
            result.differences[difference] = result.differences.get(difference, 0) + count
    return replies


def _imported(database: Database, recipe: Recipe, benchmark: RecipeData, source: str) -> list[RecipeJudgment]:
    """Judgments that were published without replies; scores of a response on several dimensions become one."""
    kind: LedgerKind = "satisfaction" if recipe.kind == "single" else "judgement"
    by_name = {
        " ".join(part for part in (recipe.name, one.judge, one.prompt) if part): (one.judge, one.prompt)
        for one in benchmark.recordings
        if one.reply is None
    }
    together: dict[tuple[object, ...], RecipeJudgment] = {}
    with database.reading() as session:
        for judge, reply in imported_judgments(session, kind, source):
            if judge not in by_name:
                continue
            (one,) = read_judgments(*by_name[judge], [reply])
            key = (one.judge, one.prompt, one.question, one.models, one.turn, one.sample)
            before = together.setdefault(key, one)
            before.verdict.values.update(one.verdict.values)  # type: ignore[attr-defined]
    found = list(together.values())
    if recipe.form.kind == "score":
        found = [replace(one, verdict=_only_value(one.verdict)) for one in found]
    return found


def _only_value(verdict: Verdict) -> Verdict:
    """The verdict of a score that was stored with the name of its only dimension."""
    return Verdict(value=next(iter(verdict.values.values()))) if verdict.values else verdict


def _own_baseline(recipe: Recipe, responses: StoredResponses) -> str:
    """The benchmark's baseline if it is among the models."""
    return recipe.baseline if any(model == recipe.baseline for _, model, _ in responses) else ""


def _first_turn(row: Json) -> str:
    turns = row.get("turns") or [""]
    return turns[0] if isinstance(turns[0], str) else turn_text(turns[0])


def _written(path: Path, rows: Iterable[Json]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")
    return path
