"""The prompts of tasks, and where their data lies."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from objective.prompting.prompts import PromptSettings


@dataclass(frozen=True)
class PromptOptions:
    """How the items of a task become prompts.

    Attributes:
        kind: plain continuation (base), or the chat template of the tokenizer (chat).
        shots: number or choice of the examples before the question.
        shots_as: place of the examples in a chat.
        system: system prompt.
        instruction: text that replaces each task's own instruction.
    """

    kind: Annotated[
        Literal["base", "chat"],
        typer.Option("--kind", "--hf-type", help="Prompt as plain text to continue, or by the chat template."),
    ] = "base"
    shots: Annotated[
        str | None,
        typer.Option(
            metavar="N|random:N|bm25:N|fixed:I,…",
            help="Few-shot examples: the first N, N drawn at random, the N most similar, or these numbers.",
            show_default="each task's own",
        ),
    ] = None
    shots_as: Annotated[
        Literal["turns", "first_turn"],
        typer.Option(help="In a chat, give the examples as turns, or all inside the first turn."),
    ] = "turns"
    system: Annotated[str, typer.Option(metavar="TEXT", help="System prompt.", show_default="none")] = ""
    instruction: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Instruction before the questions.", show_default="each task's own"),
    ] = None

    def prompts(self, *, seed: int) -> "PromptSettings":
        """The settings of prompts.

        Args:
            seed: seed of randomly drawn examples.

        Raises:
            BadInput: the examples are given in another form.
        """
        from objective.prompting.prompts import PromptSettings
        from objective.prompting.shots import parse_shots

        return PromptSettings(
            chat=self.kind == "chat",
            system=self.system,
            instruction=self.instruction,
            shots=None if self.shots is None else parse_shots(self.shots, seed=seed),
            shots_as=self.shots_as,
        )


@dataclass(frozen=True)
class TaskDataOptions:
    """Where the data of tasks lies, and how tasks are asked.

    Attributes:
        data_dir: folder of the published data files.
        mode: generation (gen) or likelihoods (ppl); None for each task's own.
    """

    data_dir: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the tasks' published data files.")] = Path(
        "data"
    )
    mode: Annotated[
        str | None,
        typer.Option(
            metavar="gen|ppl",
            help="Generate answers, or compare the likelihoods of the options.",
            show_default="each task's own",
        ),
    ] = None
