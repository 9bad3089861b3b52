"""`evenhand judge --batch`, `submit` and `collect`: judging through batch files."""

import asyncio
import json
import shlex
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.options.endpoint import EndpointOptions
from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.tables import counted, print_json, visible

if TYPE_CHECKING:
    from app.commands.judge.options import JudgeOptions
    from judging.chat.batch import Price
    from judging.run.judge import Judge, JudgeItem
    from judging.run.plan import JudgePlan
    from storage.database.engine import Database

MANIFEST = "batch.json"
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `--batch DIR` has written.")]


def write_batch(
    database: "Database",
    plan: "JudgePlan",
    folder: Path,
    options: "JudgeOptions",
    table: TableOptions,
    share: float,
    *,
    vision: bool,
) -> None:
    """Write the open requests of a plan to request files, with what `collect` needs beside them.

    Raises:
        BadInput: the folder holds a batch already.
    """
    from app.commands.judge.jobs import judge_plan
    from app.wiring import stored_pictures
    from judging.batch_files.requests import RequestFiles
    from judging.chat.batch import BatchLimits
    from judging.chat.wire.dialect import Dialect
    from storage.errors import BadInput
    from storage.judges.reply_lengths import last_dialect

    if folder.exists() and any(folder.iterdir()):
        raise BadInput(f"expected a new or empty folder for --batch, got {str(folder)!r}; name another one")
    folder.mkdir(parents=True, exist_ok=True)
    with database.reading() as session:
        known = last_dialect(session, plan.judge.model)
    pictures = stored_pictures(database) if vision else None
    dialect = replace(Dialect.from_json(known), streams=False)
    files = RequestFiles(folder, dialect, pictures=pictures)
    judge_plan(database, plan, lambda: files, step="Writing", limits=BatchLimits(concurrency=(1, 1)))
    content = _manifest(plan, options, share) | {"dialect": dialect.as_json()}
    (folder / MANIFEST).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    most = share * plan.max_cost
    if table.json:
        print_json(
            {"judge": plan.judge.identity.key, "requests": files.count, "files": len(files.paths), "at_most": most}
        )
        return
    cost = f", cost at most {most:.2f} at {share:.0%} of the price" if most else ""
    written = f"{counted(files.count, 'request')} in {counted(len(files.paths), 'file')}"
    typer.echo(f"Wrote {written} to {visible(str(folder))}{cost}.")
    if plan.lengths is None:
        typer.echo("Nothing is known of this model yet: a batch with a field that it refuses fails as a whole.")
        typer.echo("To find out, ask once first: the same command with --limit 1 in the place of --batch.")
    typer.echo("Send them with `evenhand judge submit`, or in another way, and read the results with `collect`.")


def _manifest(plan: "JudgePlan", options: "JudgeOptions", share: float) -> dict[str, Any]:
    judge = plan.judge
    return {
        "version": 1,
        "judge": {
            "model": judge.model,
            "prompts": [prompt.name for prompt in judge.prompts],
            "folder": None if options.prompts is None else str(options.prompts.resolve()),
            "settings": asdict(judge.settings),
            "orders": judge.orders,
            "texts": dict(judge.texts),
            "expected": judge.expected,
            "least_mass": judge.least_mass,
            "rules": judge.rules.name,
            "empty_loses": judge.rules.empty_loses,
            "name": judge.name,
        },
        "price": {"in": plan.price.prompt, "out": plan.price.completion, "share": share},
        "items": [
            [item.question, item.models, item.responses, item.turn, item.sample, item.probability]
            for item in plan.items
        ],
    }


@dataclass(frozen=True)
class BatchManifest:
    """What `collect` must know of a batch.

    Attributes:
        judge: the judge.
        items: the items in the order of the plan.
        price: price of its tokens, with the share of a batch.
        dialect: the dialect in which its requests are written, as stored with each reply.
    """

    judge: "Judge"
    items: "list[JudgeItem]"
    price: "Price"
    dialect: dict[str, Any]


def read_manifest(folder: Path) -> BatchManifest:
    """The judge, the items, the price and the dialect of a batch.

    Raises:
        BadInput: the folder holds no batch, or the manifest has another form.
        NotFound: a prompt of the judge is not there any more.
    """
    from app.commands.judge.options import JudgeOptions
    from app.wiring import mint
    from judging.chat.batch import Price
    from judging.chat.model import ChatSettings
    from judging.run.judge import Judge, VerdictRules
    from judging.run.structured import STRUCTURED, read_structured
    from storage.errors import BadInput

    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        own, price = content["judge"], content["price"]
        settings = ChatSettings(**own["settings"] | {"stop": tuple(own["settings"]["stop"])})
        names, place = list(own["prompts"]), own["folder"]
        items = [_item(one) for one in content["items"]]
        dialect = dict(content.get("dialect") or {})
        share = float(price["share"])
        paid = Price(share * float(price["in"]), share * float(price["out"]))
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        raise BadInput(
            f"expected a folder that `evenhand judge … --batch DIR` has written, got {str(folder)!r}; check the path"
        ) from None
    options = JudgeOptions(prompt=names, prompts=None if place is None else Path(place))
    judge = Judge(own["model"], options.chosen(()), mint(), settings, own["orders"], own["texts"], own["expected"])
    if own["rules"] == STRUCTURED:
        judge = replace(judge, rules=VerdictRules(STRUCTURED, read=read_structured))
    judge = replace(judge, rules=replace(judge.rules, empty_loses=bool(own.get("empty_loses"))))
    return BatchManifest(replace(judge, least_mass=own["least_mass"], name=own["name"]), items, paid, dialect)


def _item(row: list[Any]) -> "JudgeItem":
    """An item of a manifest; earlier ones hold no probability."""
    from judging.run.judge import JudgeItem

    question, models, responses, turn, sample, *rest = row
    return JudgeItem(question, tuple(models), tuple(responses), turn, sample, probability=rest[0] if rest else None)


@grouped
def submit(*, folder: Folder, endpoint: EndpointOptions) -> None:
    """Upload the request files of a folder, and start their batches; what was started before is not started again."""
    from app.wiring import make_endpoint
    from judging.batch_files.service import BatchService

    service, address = BatchService(folder), endpoint.address

    async def work() -> None:
        client = make_endpoint(address)
        try:
            await service.submit(client, typer.echo)
        finally:
            await client.close()

    asyncio.run(work())
    command = f"evenhand judge collect {shlex.quote(str(folder))} --wait"
    typer.echo(f"Read the results with `{command}` and the options of the same endpoint.")


@grouped
def collect(
    *,
    folder: Folder,
    endpoint: EndpointOptions,
    table: TableOptions,
    store: StoreOptions,
    wait: Annotated[bool, typer.Option("--wait", help="Ask until all submitted batches have ended.")] = False,
    every: Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="Time between two questions.")] = 30.0,
) -> None:
    """Read the results of a batch into the store: files in the folder, in any order, or from the endpoint."""
    from app.commands.judge.jobs import JudgeResult, judge_plan
    from app.commands.judge.output import print_result
    from app.wiring import seconds
    from judging.batch_files.results import read_results
    from judging.batch_files.service import BatchService
    from judging.chat.batch import BatchLimits
    from judging.run.judge_run import make_plan

    batch = read_manifest(folder)
    service = BatchService(folder)
    if service.is_submitted:
        _fetch(service, endpoint, wait=wait, every=every)
    began = seconds()
    with store.opened() as database:
        plan = make_plan(database, batch.judge, batch.items, price=batch.price)
        results = read_results(folder, plan, dialect=batch.dialect)
        tally, totals = judge_plan(
            database, plan, lambda: results, step="Collecting", limits=BatchLimits(), price=batch.price
        )
    totals.outage = None
    result = JudgeResult(plan, tally, totals, seconds() - began, refused_again=results.items_refused_again)
    print_result(result, table, open_because="the batch has no result for them yet")
    if not table.json:
        _print_next(result.refused_again, results.unfinished, is_more=bool(totals.failures))
    if result.is_incomplete:
        raise typer.Exit(code=1)


def _print_next(refused: int, unfinished: int, *, is_more: bool) -> None:
    """Say what becomes of requests without a reply: of items refused before, of unfinished requests, and of others."""
    if refused:
        typer.echo(f"  refused by the endpoint, and failed before: {counted(refused, 'item')}")
    if unfinished:
        typer.echo(f"  without a reply, by an expired batch or a passing fault: {counted(unfinished, 'request')}")
    if refused or unfinished or is_more:
        typer.echo(
            "  The same `judge` command asks again about what has no reply, at once or with another --batch DIR."
        )


def _fetch(service: Any, endpoint: EndpointOptions, *, wait: bool, every: float) -> None:  # noqa: ANN401
    from app.wiring import make_endpoint

    address = endpoint.address

    async def work() -> None:
        client = make_endpoint(address)
        try:
            while not await service.fetch(client) and wait:
                await asyncio.sleep(every)
        finally:
            await client.close()

    asyncio.run(work())
