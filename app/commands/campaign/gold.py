"""`evenhand campaign gold`: add, list and remove gold items."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.tables import Row, counted, print_json, print_table, visible
from app.wiring import clock


@grouped
def gold(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name or number of the campaign.")],
    table: TableOptions,
    store: StoreOptions,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="JSONL or CSV file with question, model_a, model_b, winner, and optionally source and explanation; "
            "without one, the items are listed.",
            show_default=False,
        ),
    ] = None,
    onboarding: Annotated[
        bool, typer.Option("--onboarding", help="Ask the items first, before any other pair; they never count.")
    ] = False,
    agreed: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Take pairs of the campaign on which N or more votes all agree.", show_default=False
        ),
    ] = None,
    most: Annotated[int, typer.Option(metavar="N", help="Largest number of items taken by --agreed.")] = 20,
    remove: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Number of an item to remove; repeat for several.", show_default=False),
    ] = None,
) -> None:
    """Add gold items (pairs whose right answer is known) to a campaign, list them, or remove some."""
    if (file is not None) + (agreed is not None) + bool(remove) > 1:
        raise typer.BadParameter("expected one of FILE, --agreed and --remove, got several; use one at a time")
    if file is not None or agreed is not None:
        _add(name, store, file, agreed=agreed, most=most, onboarding=onboarding)
    elif remove:
        _remove(name, store, remove)
    else:
        _list(name, table, store)


def _add(name: str, store: StoreOptions, file: Path | None, *, agreed: int | None, most: int, onboarding: bool) -> None:
    from arena.campaigns.gold_files import add_agreed_pairs, add_gold_rows, read_gold_rows
    from storage.campaigns.campaigns import campaign_named

    rows = [] if file is None else read_gold_rows(file, onboarding=onboarding)
    with store.changing() as session:
        campaign = campaign_named(session, name)
        number = int(campaign.id or 0)
        if agreed is None:
            new, replaced = add_gold_rows(session, number, rows, now=clock())
        else:
            new, replaced = add_agreed_pairs(
                session, number, least=agreed, most=most, onboarding=onboarding, now=clock()
            )
        title, share = campaign.name, campaign.gold_share
    typer.echo(f"{visible(title)}: added {counted(new, 'gold item')}; replaced: {replaced:,}.")
    if not share and not onboarding:
        typer.echo(f'  evenhand campaign change "{visible(title)}" --gold-share 0.1      to mix silent ones in')


def _remove(name: str, store: StoreOptions, numbers: list[int]) -> None:
    from arena.campaigns.settings import guard_gold
    from storage.campaigns.campaigns import campaign_named
    from storage.campaigns.gold import gold_pairs, remove_gold
    from storage.errors import NotFound

    with store.changing() as session:
        campaign = campaign_named(session, name)
        known = {one.id for one in gold_pairs(session, int(campaign.id or 0))}
        for number in numbers:
            if number not in known:
                raise NotFound(f"no gold item number {number} in this campaign; see `evenhand campaign gold {name!r}`")
        remove_gold(session, numbers, now=clock())
        guard_gold(session, campaign)
        title = campaign.name
    typer.echo(f"{visible(title)}: removed {counted(len(set(numbers)), 'gold item')}.")


def _list(name: str, table: TableOptions, store: StoreOptions) -> None:
    from storage.campaigns.campaigns import campaign_named
    from storage.campaigns.gold_answers import list_gold

    with store.opened() as database, database.reading() as session:
        campaign = campaign_named(session, name)
        lines = list_gold(session, int(campaign.id or 0))
        title = campaign.name
    rows: list[Row] = [vars(line) for line in lines]
    if table.json:
        print_json({"campaign": title, "gold": rows})
    elif rows:
        shown = ("id", "question", "model_a", "model_b", "winner", "onboarding", "answers", "right")
        print_table([{key: row[key] for key in shown} for row in rows], title=title)
    else:
        typer.echo(f"{visible(title)} has no gold items yet; add some with `evenhand campaign gold NAME FILE`.")
