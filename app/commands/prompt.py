"""`evenhand prompt`: exactly what a judge would be sent."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options import TableOptions, grouped
from app.commands.tables import print_json, visible

_SALT = "shown"


@grouped
def prompt(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A judge prompt, see `evenhand list prompts`.")],
    table: TableOptions,
    folder: Annotated[
        Path | None,
        typer.Option("--prompts", metavar="DIR", help="Also look in this folder of prompts.", show_default="none"),
    ] = None,
) -> None:
    """Show what a judge is sent, with the fields in the places of their texts."""
    from judging.prompt import read_prompts, shipped_prompts
    from storage.errors import NotFound

    prompts = read_prompts([shipped_prompts(), *([] if folder is None else [folder])])
    if name not in prompts:
        raise NotFound(f"expected a prompt among {', '.join(prompts)}, got {name!r}; see `evenhand list prompts`")
    chosen = prompts[name]
    messages = chosen.render({field: f"({field})" for field in chosen.fields}, salt=_SALT)
    if table.json:
        print_json({"name": name, "version": chosen.version, "digest": chosen.digest, "messages": messages})
        return
    for message in messages:
        typer.echo(f"--- {message['role']}")
        for line in message["content"].splitlines():
            typer.echo(visible(line))
