"""`evenhand judge jury`, `reparse`, `canaries` and `import-prompts`: commands about judges beside judging itself."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from app.commands.judge.options import JudgeOptions
from app.commands.options.endpoint import EndpointOptions, GenerationOptions, PaceOptions
from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.tables import Row, counted, print_json, print_table, visible


@grouped
def jury(
    *,
    member: Annotated[
        list[str], typer.Option(metavar="NAME", help="Judge of the jury, see `evenhand list judges`; repeat for each.")
    ],
    table: TableOptions,
    store: StoreOptions,
    of: Annotated[
        Literal["pairs", "scores"], typer.Option(help="Combine judgments of pairs, or scores of responses.")
    ] = "pairs",
    rule: Annotated[
        Literal["majority", "mean"],
        typer.Option(help="For pairs: the side of more than half, or the mean; scores are always averaged."),
    ] = "majority",
    name: Annotated[
        str, typer.Option(metavar="NAME", help="Name of the jury on leaderboards.", show_default="made of its members")
    ] = "",
) -> None:
    """Combine several judges into a jury, with a judgment wherever more than half of them have one."""
    from app.wiring import clock
    from judging.jury import run_jury

    with store.opened() as database:
        kind: Literal["judgement", "satisfaction"] = "judgement" if of == "pairs" else "satisfaction"
        made, tally = run_jury(database, kind, member, rule, name=name, now=clock())
    if table.json:
        facts = {"outcomes": dict(tally.outcomes), "unanimous": tally.unanimous, "judged_before": tally.judged_before}
        print_json({"jury": made} | facts)
        return
    outcomes = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in tally.outcomes.most_common())
    typer.echo(f"{visible(made)}: {outcomes or 'nothing new'}; judged before: {tally.judged_before:,}")
    if new := tally.outcomes.total():
        typer.echo(f"  unanimous: {tally.unanimous:,} of {new:,} ({100 * tally.unanimous / new:.1f} %)")


@grouped
def reparse(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the judge, see `evenhand list judges`.")],
    table: TableOptions,
    store: StoreOptions,
    recipe: Annotated[
        str, typer.Option(metavar="NAME", help="Recipe whose rule reads the replies.", show_default="the strict parser")
    ] = "",
    new_name: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="NAME",
            help="Store everything that is read as a judge of this name, and leave the first one as it is.",
            show_default="none",
        ),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only; change nothing.")] = False,
) -> None:
    """Parse a judge's stored replies again, without new requests, and replace failures that can be parsed now."""
    from app.wiring import clock
    from judging.recipes.catalog import find_recipe
    from judging.reparse import parse_strictly, reparse_as
    from judging.reparse import reparse as read_again

    chosen = find_recipe(recipe) if recipe else None
    parse = parse_strictly if chosen is None else lambda reply, _form: chosen.parse_stored(reply)
    if new_name and dry_run:
        raise typer.BadParameter("expected --as or --dry-run, got both; leave one out")
    with store.opened() as database:
        if new_name:
            done = reparse_as(database, name, new_name, parse=parse, clock=clock)
        else:
            done = read_again(database, name, parse=parse, clock=clock, dry_run=dry_run)
    if table.json:
        counts = {"replies": done.replies, "same": done.same, "changed": done.changed, "mended": done.mended}
        print_json({"judge": name} | counts | {"causes": dict(done.causes), "outcomes": dict(done.outcomes)})
        return
    typer.echo(f"Parsed {counted(done.replies, 'reply', 'replies')} again.")
    typer.echo(f"  same verdict as before: {done.same:,}")
    typer.echo(f"  another verdict, left as stored: {done.changed:,}")
    if new_name:
        outcomes = ", ".join(f"{state} {count:,}" for state, count in done.outcomes.most_common())
        typer.echo(f"  stored as {visible(new_name)}: {outcomes or 'nothing'}")
    else:
        typer.echo(f"  failures {'that can be replaced' if dry_run else 'replaced'}: {done.mended:,}")
    for cause, count in done.causes.most_common():
        typer.echo(f"  without a verdict, {cause.replace('_', ' ')}: {count:,}")


@grouped
def canaries(
    *,
    judge: JudgeOptions,
    endpoint: EndpointOptions,
    pace: PaceOptions,
    generation: GenerationOptions,
    table: TableOptions,
) -> None:
    """Show the judge planted responses that try to manipulate it, and count how often it obeys; nothing is stored."""
    from app.commands.judge.jobs import make_judge
    from app.commands.judge.model import JudgeModel
    from app.models.asking import run_asking
    from app.models.references import RESIST
    from app.wiring import make_environment
    from judging.canaries import run_canaries

    reference = judge.reference(RESIST)
    pace = pace.for_model(reference)
    settings = endpoint.requests.applied(generation.settings)
    candidate = make_judge(reference, judge, settings, judge.chosen(("pair-3", "pair-3-zh")), "both")
    model = JudgeModel(reference, endpoint.address_for(reference))
    results = run_asking(
        lambda: model.opened_for_canaries(candidate),
        lambda asking: run_canaries(candidate, asking),
        limits=pace.limits,
        price=pace.price,
        world=make_environment(),
    )
    rows: list[Row] = [{"response": attack, **vars(result)} for attack, result in results.items()]
    if table.json:
        print_json({"judge": candidate.identity.key, "canaries": rows})
    else:
        print_table(rows)
    if any(result.fooled or result.failed for result in results.values()):
        raise typer.Exit(code=1)


@grouped
def import_prompts(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="judge_prompts.jsonl of FastChat.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write the judge prompts to.")],
    force: Annotated[bool, typer.Option("--force", help="Replace existing prompt files.")] = False,
) -> None:
    """Convert judge prompts of FastChat into prompt files for --prompts DIR."""
    from judging.recipes.fastchat_prompts import read_fastchat_prompts
    from storage.errors import Conflict

    texts = read_fastchat_prompts(file)
    existing = sorted(name for name in texts if (folder / f"{name}.md").exists())
    if existing and not force:
        raise Conflict(
            f"expected a new file, but {existing[0]}.md is in {str(folder)!r} already; give --force to replace it"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    typer.echo(f"Wrote {counted(len(texts), 'prompt')} to {visible(str(folder))}: {', '.join(texts)}")
