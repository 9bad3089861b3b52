"""`evenhand prompt`: exactly what a judge or a task sends."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options.grouping import grouped
from app.commands.options.local import TokenizerOptions
from app.commands.options.prompts import PromptOptions, TaskDataOptions
from app.commands.options.store import TableOptions
from app.commands.tables import counted, print_json, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from judging.prompts.prompt_file import JudgePrompt, Message
    from objective.prompting.prompts import PromptPreview
    from storage.values import Turn

_SALT = "shown"


@dataclass(frozen=True)
class TaskPromptOptions(PromptOptions, TaskDataOptions, TokenizerOptions):
    """Which item of a task is shown, and for which model.

    Attributes:
        model: reference to the local model whose tokenizer is used.
        item: number of the item, counted from 1.
    """

    model: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="Local model that a task asks: a folder or hub name; also hf:DIR.",
            show_default="none",
        ),
    ] = None
    item: Annotated[int, typer.Option(metavar="N", min=1, help="Number of the task's item to show.")] = 1


@grouped
def prompt(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of a judge prompt; with --model, a task or a data file.")
    ],
    task: TaskPromptOptions,
    table: TableOptions,
    folder: Annotated[
        Path | None,
        typer.Option("--prompts", metavar="DIR", help="Folder of further judge prompts.", show_default="none"),
    ] = None,
    images: Annotated[
        bool, typer.Option("--images", help="Show where a judge gets images of the question and the responses.")
    ] = False,
) -> None:
    """Show what a judge is sent, with the names of fields for their texts, or, with --model, what a task sends."""
    if task.model is not None:
        _show_task(name, task, as_json=table.json)
        return
    chosen = _judge_prompt(name, folder)
    messages = _example(chosen, with_images=images)
    if table.json:
        facts: dict[str, object] = {"name": name, "version": chosen.version, "digest": chosen.digest}
        if chosen.form.declared is not None:
            facts["marker"] = chosen.form.declared.as_json()
        print_json(facts | {"messages": messages})
        return
    from judging.prompts.messages import message_text

    for message in messages:
        typer.echo(f"--- {message['role']}")
        for line in message_text(message).splitlines():
            typer.echo(visible(line))


def _example(chosen: "JudgePrompt", *, with_images: bool) -> "list[Message]":
    """The messages of a judge prompt, with names in the place of texts, and of images if there are any."""
    from judging.run.illustrations import Illustrations
    from judging.run.judge import JudgeItem
    from storage.judges.judgments import QUESTION, QuestionTexts

    values = {field: f"({field})" for field in chosen.fields}
    if not with_images:
        return chosen.render(values, salt=_SALT)
    owners = {QUESTION: "question", 1: "response A", 2: "response B"}
    shown: dict[int, Sequence[Turn]] = {
        owner: [[{"type": "image", "media": f"(image of the {name})", "alt": ""}]] for owner, name in owners.items()
    }
    item, places = (
        (JudgeItem(0, (1,), (1,)), (0,)) if chosen.kind == "single" else (JudgeItem(0, (1, 2), (1, 2)), (0, 1))
    )
    placing = Illustrations(QuestionTexts([], [], None, None, {}, shown), item, salt=_SALT)
    question, (one, *others) = placing.texts.user_turns[0], [placing.texts.answered[each][0] for each in item.responses]
    marks = {"question": [question], "responses": [one, *others], "response": [one], "response_a": [one]}
    marks |= {"response_b": others, "conversation": [question, one], "conversation_a": [question, one]}
    marks |= {"conversation_b": [question, *others]}
    filled = {field: "\n\n".join([text, *marks.get(field, [])]) for field, text in values.items()}
    return placing.placed(chosen.render(filled, salt=_SALT), places, chosen.kind, chosen.language)


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
    from app.models.references import SHOW_PROMPT, read_reference
    from app.views.objective_notes import english_note
    from app.wiring import load_tokenizer
    from objective.catalog import parse_mode, select_tasks
    from objective.prompting.prompts import preview_prompt

    path = read_reference(options.model or "", SHOW_PROMPT).path
    files = [Path(name)] if Path(name).suffix in (".csv", ".jsonl") else []
    names = [] if files else [name]
    selected = select_tasks(names, data_dir=options.data_dir, mode=parse_mode(options.mode), files=files)
    if selected.unready:
        raise selected.unready[0].error
    from objective.engine.passes.encoding import Encoder
    from objective.engine.settings import ModelSettings

    tokenizer = load_tokenizer(
        ModelSettings(path, tokenizer_path=options.tokenizer_path, tokenizer_kwargs=options.tokenizer_arguments)
    )
    shown = preview_prompt(
        selected.ready[0],
        options.prompts(seed=0),
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
        typer.echo(f"--- option scored after the prompt: {visible(option)}")
    for note in notes:
        typer.echo(f"--- {note}")
    if shown.images:
        typer.echo(f"--- {counted(shown.images, 'image')}, shown before the text of the question")
    typer.echo(f"--- {counted(len(shown.tokens), 'token')}, {counted(shown.shots, 'example')}")
    typer.echo(visible(" ".join(shown.tokens)))
    if shown.stop:
        typer.echo(f"--- generation stops at {', '.join(repr(text) for text in shown.stop)}")
