"""`evenhand campaign live`: create a campaign of live conversations."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions
from app.commands.tables import visible
from app.wiring import clock
from storage.errors import BadInput


@grouped
def live(
    *,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Name of the new campaign; raters see it, so it must not name a model."),
    ],
    model: Annotated[list[str], typer.Option(metavar="NAME", help="Model that may be drawn; repeat for two or more.")],
    store: StoreOptions,
    turns: Annotated[int, typer.Option(metavar="N", help="Number of prompts in one conversation, 1 to 50.")] = 5,
    reveal: Annotated[
        bool, typer.Option("--reveal/--no-reveal", help="Names of the models after the vote, or never.")
    ] = True,
    prompt: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="Example prompt on the page; repeat for several.", show_default="none"),
    ] = None,
    daily_limit: Annotated[
        int | None,
        typer.Option(metavar="N", help="Number of conversations of one rater within a day.", show_default="no limit"),
    ] = None,
    images: Annotated[
        bool, typer.Option("--images/--no-images", help="Images in prompts, if two of the models read images.")
    ] = True,
    guidelines: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Markdown file with the guidelines for raters.", show_default="a built-in text"
        ),
    ] = None,
) -> None:
    """Create a campaign in which raters talk with two unnamed models; `serve --models` offers the models."""
    from arena.live.creation import LivePlan, create_live_campaign
    from storage.conversations.live_campaigns import LiveSettings

    text = None
    if guidelines is not None:
        try:
            text = guidelines.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise BadInput(
                f"expected guidelines in {str(guidelines)!r}, but it cannot be read; check the path"
            ) from None
    settings = LiveSettings(turns, reveal, tuple(prompt or ()), daily_limit, images)
    with store.changing(create=True) as session:  # models come from a file, so nothing needs to be imported first
        number = create_live_campaign(session, LivePlan(name, model, settings, text), now=clock())
    typer.echo(f"Created live campaign {number}, {visible(name.strip())}. Next, add raters, then offer the models:")
    typer.echo(f"  evenhand campaign add-raters {number} NAME …        for people with an account")
    typer.echo("  evenhand serve --models models.toml")
