"""`evenhand prompt`: exactly what a judge or a task would send."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.commands.local_options import TokenizerOptions, arguments
from app.commands.options import TableOptions, grouped
from app.commands.tables import print_json, visible

if TYPE_CHECKING:
    from judging.prompts.prompt_file import JudgePrompt
    from objective.prompting.prompts import PromptPreview

_SALT = "shown"


@dataclass(frozen=True)
class TaskPromptOptions(TokenizerOptions):
    """Which item of a task, for which model.

    Attributes:
        model: folder of the model.
        item: number of the item.
        kind: base or chat.
        shots: examples before the question.
        system: system text.
        shots_as: their form in a chat.
        instruction: in place of the task's own.
        mode: of the task.
        data_dir: of published files.
    """

    model: Annotated[
        str | None, typer.Option(metavar="DIR", help="Folder of the model that a task asks.", show_default="none")
    ] = None
    item: Annotated[int, typer.Option(metavar="N", min=1, help="Item of the task.")] = 1
    kind: Annotated[Literal["base", "chat"], typer.Option(help="Plain text, or by the chat template.")] = "base"
    shots: Annotated[
        str | None, typer.Option(metavar="N|random:N|fixed:I,…", help="Examples.", show_default="the task's own")
    ] = None
    shots_as: Annotated[
        Literal["turns", "first_turn"], typer.Option(help="In a chat, examples as turns or inside the first.")
    ] = "turns"
    system: Annotated[str, typer.Option(metavar="TEXT", help="System text.", show_default="none")] = ""
    instruction: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Said before the questions.", show_default="the task's own")
    ] = None
    mode: Annotated[str | None, typer.Option(metavar="gen|ppl", help="Of the task.", show_default="its own")] = None
    data_dir: Annotated[Path, typer.Option(metavar="DIR", help="Where published files lie.")] = Path("data")


@grouped
def prompt(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A judge prompt, or with --model a task or a data file.")],
    task: TaskPromptOptions,
    table: TableOptions,
    folder: Annotated[
        Path | None,
        typer.Option("--prompts", metavar="DIR", help="Also look in this folder of prompts.", show_default="none"),
    ] = None,
) -> None:
    """Show what a judge is sent, with fields in the places of their texts, or with --model what a task sends."""
    if task.model is not None:
        _show_task(name, task, as_json=table.json)
        return
    chosen = _judge_prompt(name, folder)
    messages = chosen.render({field: f"({field})" for field in chosen.fields}, salt=_SALT)
    if table.json:
        print_json({"name": name, "version": chosen.version, "digest": chosen.digest, "messages": messages})
        return
    for message in messages:
        typer.echo(f"--- {message['role']}")
        for line in message["content"].splitlines():
            typer.echo(visible(line))


def _judge_prompt(name: str, folder: Path | None) -> "JudgePrompt":
    from judging.prompts.prompt_file import bundled_prompt_folders, read_prompts
    from objective.catalog import task_rows
    from storage.errors import NotFound

    prompts = read_prompts([*bundled_prompt_folders(), *([] if folder is None else [folder])])
    if name in prompts:
        return prompts[name]
    if task_rows([name]):
        raise NotFound(f"expected --model DIR with the task {name!r}, got none; its tokenizer decides what is sent")
    raise NotFound(f"expected a prompt among {', '.join(prompts)}, got {name!r}; see `evenhand list prompts`")


def _show_task(name: str, options: TaskPromptOptions, *, as_json: bool) -> None:
    from app.commands.evaluate.command import load_chat_tokenizer
    from app.views.objective_notes import english_note
    from objective.catalog import parse_mode, select_tasks
    from objective.prompting.prompts import PromptSettings, preview_prompt
    from objective.prompting.shots import parse_shots
    from storage.errors import NotFound

    files = [Path(name)] if Path(name).suffix in (".csv", ".jsonl") else []
    names = [] if files else [name]
    selected = select_tasks(names, data_dir=options.data_dir, mode=parse_mode(options.mode), files=files)
    if selected.unready:
        raise NotFound(selected.unready[0].cause)
    from objective.engine.settings import ModelSettings

    given = arguments(options.tokenizer_kwargs, "--tokenizer-kwargs")
    tokenizer = load_chat_tokenizer(
        ModelSettings(str(options.model), tokenizer_path=options.tokenizer_path, tokenizer_kwargs=given)
    )
    from objective.engine.passes.encoding import Encoder

    shots = None if options.shots is None else parse_shots(options.shots, seed=0)
    settings = PromptSettings(
        chat=options.kind == "chat",
        system=options.system,
        instruction=options.instruction,
        shots=shots,
        shots_as=options.shots_as,
    )
    shown = preview_prompt(
        selected.ready[0],
        settings,
        place=options.item - 1,
        tokenizer=tokenizer,
        tokens=partial(Encoder(tokenizer, 10**9, "cut").shown, writes=selected.ready[0].mode == "gen"),
    )
    notes = [english_note(note, "") for note in shown.notes]
    if as_json:
        about = {"task": selected.ready[0].name, "item": options.item, "token_count": len(shown.tokens)}
        print_json(about | vars(shown) | {"notes": notes})
        return
    _print_prompt(shown, notes)


def _print_prompt(shown: "PromptPreview", notes: list[str]) -> None:
    for line in shown.text.split("\n"):
        typer.echo(visible(line))
    for option in shown.options:
        typer.echo(f"--- scored after it: {visible(option)}")
    for note in notes:
        typer.echo(f"--- {note}")
    typer.echo(f"--- {len(shown.tokens):,} tokens, {shown.shots} examples")
    typer.echo(visible(" ".join(shown.tokens)))
    if shown.stop:
        typer.echo(f"--- ends at {', '.join(repr(text) for text in shown.stop)}")
