"""What `evenhand judge recipe` does: bring a benchmark's files in, judge, and count as it was published."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from app.commands.judge.jobs import make_model
from app.commands.progress import batch_progress
from app.models.asking import run_asking
from app.models.local_chat import LOCAL
from app.settings import read_endpoint
from app.wiring import clock, mint
from judging.chat.batch import BatchClient, BatchLimits, BatchTotals, Price
from judging.chat.model import ChatModel
from judging.prompts.prompt_file import JudgePrompt, bundled_prompt_folders, read_prompts
from judging.recipes.catalog import find_recipe
from judging.recipes.recipe import BenchmarkFigure, Recipe, RecipeData, RecipeJudgment, collect_facts
from judging.recipes.recipe_run import (
    StoredResponses,
    count_strict_differences,
    make_import_rows,
    make_recipe_items,
    make_recipe_judge,
    make_recorded_items,
    make_recorded_judges,
    question_source,
    read_judgments,
    substitute_prompts,
)
from judging.run.judge import Judge, JudgeItem
from judging.run.judge_run import RunTally, make_plan, run_plan
from judging.run.plan import JudgePlan, find_ledger_kind
from judging.run.replay import recorded_model
from storage.database.engine import Database
from storage.errors import BadInput
from storage.exchange.importing import ImportOptions, import_file
from storage.exchange.rows.canonical import RowKind
from storage.judges.judgeable import responses_by_name
from storage.judges.judgments import LedgerKind
from storage.judges.replies import JudgeReply, imported_judgments, replies_of
from storage.values import Json, turn_text

if TYPE_CHECKING:
    from app.commands.endpoint_options import EndpointOptions, PaceOptions
    from app.commands.judge.options import JudgeOptions


@dataclass
class RecipeResult:
    """What a recipe gave.

    Attributes:
        recipe: that was followed.
        figures: as the benchmark publishes them.
        judged: verdicts that they are made of.
        lost: recordings about responses that are not in the store.
        failed: items without a verdict, by cause.
        differences: replies that the strict parser reads otherwise, by what it says.
        planned: what a dry run would ask, None for a run.
        totals: of the requests.
    """

    recipe: Recipe
    figures: list[BenchmarkFigure] = field(default_factory=list)
    judged: int = 0
    lost: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    differences: dict[str, int] = field(default_factory=dict)
    planned: JudgePlan | None = None
    totals: BatchTotals = field(default_factory=BatchTotals)

    @property
    def is_incomplete(self) -> bool:
        """Whether requests failed or the budget ended the run; replies without a verdict are part of a figure."""
        return self.totals.stopped or bool(self.totals.failures)


class RecipeJob:
    """One use of `evenhand judge recipe`."""

    def __init__(
        self, name: str, data: Path, judge: "JudgeOptions", endpoint: "EndpointOptions", pace: "PaceOptions"
    ) -> None:
        """Read the benchmark's files.

        Raises:
            NotFound: no such recipe, folder or file.
            BadInput: a file is something else, or a judge is asked for without an address or key.
        """
        self.recipe = find_recipe(name)
        self._options, self._endpoint, self._pace = judge, endpoint, pace
        if judge.model and not judge.model.startswith(LOCAL):
            read_endpoint(endpoint.base_url, endpoint.key_file)
        folders = [*bundled_prompt_folders(), *([] if judge.prompts is None else [judge.prompts])]
        self._prompts = read_prompts(folders)
        self._chosen = judge.chosen(()) or substitute_prompts(self.recipe, self._prompts)
        self.material = self.recipe.read(data)

    def plan(self, database: Database, baseline: str) -> RecipeResult:
        """What a judge of one's own would be asked; the benchmark's rows are brought in."""
        bring_in(database, self.recipe, self.material)
        judge, items = self._assignment(database, baseline)
        return RecipeResult(self.recipe, planned=make_plan(database, judge, items, price=self._pace.price))

    def run(self, database: Database, baseline: str) -> RecipeResult:
        """Replay the recordings, or judge with a model, and count."""
        bring_in(database, self.recipe, self.material)
        if not self._options.model:
            return replay_recordings(database, self.recipe, self.material, self._prompts)
        judge, items = self._assignment(database, baseline)
        result = RecipeResult(self.recipe)
        said = _judge(
            database,
            make_plan(database, judge, items, price=self._pace.price),
            lambda: make_model(self._endpoint, judge.model),
            result,
            self._pace.limits,
        )
        rows = list(read_judgments(judge.model, "", said))
        result.judged, result.figures = len(rows), self.recipe.summarise(rows, collect_facts(self.material))
        return result

    def _assignment(self, database: Database, baseline: str) -> tuple[Judge, list[JudgeItem]]:
        model = self._options.model
        if not model:
            raise BadInput("expected --model with --dry-run, got none; recorded replies cost nothing, so run it")
        judge = make_recipe_judge(self.recipe, self._chosen, model=model, name=self._options.name, salt=mint())
        with database.reading() as session:
            responses = responses_by_name(session, question_source(self.material))
        texts = {str(row["key"]): _first_turn(row) for row in self.material.questions}
        items = make_recipe_items(self.recipe, responses, texts, baseline or _own_baseline(self.recipe, responses))
        if not items:
            raise BadInput("expected responses in the benchmark's files, got none; import those of your models first")
        return judge, items


def bring_in(database: Database, recipe: Recipe, material: RecipeData) -> None:
    """Store the questions, responses and verdicts without replies of a benchmark; what is there already stays.

    Raises:
        BadRows: a row cannot be stored.
    """
    verdicts = RowKind.satisfaction if recipe.kind == "single" else RowKind.preferences
    source = question_source(material)
    with TemporaryDirectory() as folder:
        for kind, rows in (
            (RowKind.questions, material.questions),
            (RowKind.responses, material.responses),
            (verdicts, make_import_rows(recipe, material)),
        ):
            if rows:
                path = _written(Path(folder) / f"{kind.value}.jsonl", rows)
                import_file(database, kind, path, ImportOptions(now=clock(), salt=mint(), source=source))


def replay_recordings(
    database: Database, recipe: Recipe, material: RecipeData, prompts: dict[str, JudgePrompt]
) -> RecipeResult:
    """Judge a benchmark's responses with its own recorded replies, and count as it did."""
    source = question_source(material)
    result, rows = RecipeResult(recipe), list[RecipeJudgment]()
    for recorded in make_recorded_judges(recipe, material, prompts, salt=mint()):
        with database.reading() as session:
            responses = responses_by_name(session, source)
        items, replies, lost = make_recorded_items(recipe, recorded.recordings, responses)
        result.lost += lost
        plan = make_plan(database, recorded.judge, items, price=Price())
        model = recorded_model(database, plan.judge, [items[number] for number in plan.open], replies)
        said = _judge(database, plan, lambda model=model: model, result, BatchLimits())  # type: ignore[misc]
        first = recorded.recordings[0]
        rows += read_judgments(first.judge, first.prompt, said)
    rows += _imported(database, recipe, material, source)
    result.judged = len(rows)
    result.figures = recipe.summarise(rows, collect_facts(material))
    return result


def _judge(
    database: Database, plan: JudgePlan, make_model: Callable[[], ChatModel], result: RecipeResult, limits: BatchLimits
) -> Sequence[JudgeReply]:
    """Carry out a plan and read back what the judge said, now and before."""

    async def work(asking: BatchClient) -> RunTally:
        result.totals = asking.totals

        def report(tally: RunTally) -> None:
            advance(tally.ended, tally.outcomes["failed"])

        return await run_plan(database, plan, asking, clock=clock, progress=report)

    with batch_progress(f"Judging as {plan.judge.identity.key}", len(plan.open), lambda: result.totals) as advance:
        tally = run_asking(make_model, work, limits=limits, price=Price())
    for cause, count in tally.causes.items():
        result.failed[cause] = result.failed.get(cause, 0) + count
    with database.reading() as session:
        said = list(replies_of(session, find_ledger_kind(plan.judge), plan.rater_id))
    if plan.judge.rules.read is not None:
        for what, count in count_strict_differences(result.recipe, said).items():
            result.differences[what] = result.differences.get(what, 0) + count
    return said


def _imported(database: Database, recipe: Recipe, material: RecipeData, source: str) -> list[RecipeJudgment]:
    """Verdicts that came without replies; scores of one response on several dimensions are put together again."""
    kind: LedgerKind = "satisfaction" if recipe.kind == "single" else "judgement"
    by_name = {
        " ".join(part for part in (recipe.name, one.judge, one.prompt) if part): (one.judge, one.prompt)
        for one in material.recordings
        if one.reply is None
    }
    together: dict[tuple[object, ...], RecipeJudgment] = {}
    with database.reading() as session:
        for judge, said in imported_judgments(session, kind, source):
            if judge not in by_name:
                continue
            (one,) = read_judgments(*by_name[judge], [said])
            key = (one.judge, one.prompt, one.question, one.models, one.turn, one.sample)
            before = together.setdefault(key, one)
            before.verdict.values.update(one.verdict.values)  # type: ignore[attr-defined]
    return list(together.values())


def _own_baseline(recipe: Recipe, responses: StoredResponses) -> str:
    """The benchmark's baseline where it is among the models."""
    return recipe.baseline if any(model == recipe.baseline for _, model, _ in responses) else ""


def _first_turn(row: Json) -> str:
    turns = row.get("turns") or [""]
    return turns[0] if isinstance(turns[0], str) else turn_text(turns[0])


def _written(path: Path, rows: Iterable[Json]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")
    return path
