"""`evenhand judge jury`, `reparse`, `canaries` and `import-prompts`: what is done with judges beside judging."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from app.commands.endpoint_options import EndpointOptions, GenerationOptions, PaceOptions
from app.commands.judge.options import JudgeOptions
from app.commands.options import StoreOptions, TableOptions, grouped
from app.commands.tables import Row, print_json, print_table, visible


@grouped
def jury(
    *,
    member: Annotated[list[str], typer.Option(metavar="NAME", help="A judge, see `evenhand list judges`; repeat it.")],
    table: TableOptions,
    store: StoreOptions,
    of: Annotated[Literal["pairs", "scores"], typer.Option(help="Verdicts on pairs, or scores.")] = "pairs",
    rule: Annotated[
        Literal["majority", "mean"], typer.Option(help="The side of more than half, or the mean; scores are averaged.")
    ] = "majority",
    name: Annotated[str, typer.Option(metavar="NAME", help="Of the jury on boards.", show_default="made up")] = "",
) -> None:
    """Make one judge of several: a verdict wherever more than half of them have one."""
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
        typer.echo(f"  all members alike: {tally.unanimous:,} of {new:,} ({100 * tally.unanimous / new:.1f} %)")


@grouped
def reparse(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A judge, see `evenhand list judges`.")],
    table: TableOptions,
    store: StoreOptions,
    recipe: Annotated[
        str, typer.Option(metavar="NAME", help="Read by this recipe's rule.", show_default="strictly")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only.")] = False,
) -> None:
    """Read a judge's stored replies again, with no new call; failures that can be read now are mended."""
    from app.wiring import clock
    from judging.recipes.catalog import find_recipe
    from judging.reparse import reparse as read_again
    from judging.verdicts.parsing import parse_reply

    chosen = find_recipe(recipe) if recipe else None
    with store.opened() as database:
        done = read_again(
            database,
            name,
            parse=parse_reply if chosen is None else lambda reply, _form: chosen.parse(reply),
            clock=clock,
            dry_run=dry_run,
        )
    if table.json:
        counts = {"replies": done.replies, "same": done.same, "changed": done.changed, "mended": done.mended}
        print_json({"judge": name} | counts | {"causes": dict(done.causes)})
        return
    verb = "to be mended" if dry_run else "mended"
    typer.echo(f"{done.replies:,} replies: {done.same:,} say what they said, {done.changed:,} read otherwise and stay")
    typer.echo(
        f"  failed verdicts that {verb}: {done.mended:,}" if dry_run else f"  failed verdicts {verb}: {done.mended:,}"
    )
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
    """Plant responses that try to lead the judge, and count how often it follows them; nothing is stored."""
    from app.commands.judge.jobs import make_judge, make_model
    from app.models.asking import run_asking
    from judging.canaries import run_canaries

    pace.check()
    if not judge.model:
        raise typer.BadParameter("expected --model with the judge's name at its endpoint, got none")
    made = make_judge(judge, generation, judge.chosen(("pair-3", "pair-3-zh")), "both")
    results = run_asking(
        lambda: make_model(endpoint, judge.model),
        lambda asking: run_canaries(made, asking),
        limits=pace.limits,
        price=pace.price,
    )
    rows: list[Row] = [{"response": attack, **vars(result)} for attack, result in results.items()]
    if table.json:
        print_json({"judge": made.identity.key, "canaries": rows})
    else:
        print_table(rows)
    if any(result.fooled or result.failed for result in results.values()):
        raise typer.Exit(code=1)


@grouped
def import_prompts(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="FastChat's judge_prompts.jsonl.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Your folder of prompts.")],
    force: Annotated[bool, typer.Option("--force", help="Replace prompts that are there.")] = False,
) -> None:
    """Turn FastChat's judge prompts into prompt files of yours, to be used with --prompts DIR."""
    from judging.recipes.fastchat_prompts import read_fastchat_prompts
    from storage.errors import Conflict

    texts = read_fastchat_prompts(file)
    there = sorted(name for name in texts if (folder / f"{name}.md").exists())
    if there and not force:
        raise Conflict(f"{there[0]}.md is in {str(folder)!r} already; give --force to replace it")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    typer.echo(f"Wrote {len(texts)} prompts to {visible(str(folder))}: {', '.join(texts)}")
