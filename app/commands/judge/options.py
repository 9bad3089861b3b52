"""The options of `evenhand judge`, in the groups in which they are thought about."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.commands.options import Category, Language, Source

if TYPE_CHECKING:
    from judging.prompts.prompt_file import JudgePrompt
    from storage.judges.judgeable import Scope

Order = Literal["both", "given", "random"]


@dataclass(frozen=True)
class JudgeOptions:
    """Who judges.

    Attributes:
        model: name at the endpoint, or `recorded:FILE`.
        prompt: names of judge prompts.
        prompts: a folder of further ones.
        name: on boards.
        rubric: a file that fills the field of that name.
        checklist: likewise.
        expected: scores from token probabilities.
        least_mass: covered probability below which there is none.
    """

    model: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            show_default=False,
            help="Name at the endpoint; hf:DIR for a local model; recorded:FILE; baseline:longest, :first or :random.",
        ),
    ] = ""
    prompt: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Judge prompt, see `evenhand list prompts`; several: each question gets the one that fits it.",
            show_default="by kind, in both languages",
        ),
    ] = None
    prompts: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also look in this folder of prompts.", show_default="none")
    ] = None
    name: Annotated[
        str, typer.Option(metavar="NAME", help="Of the judge on boards.", show_default="of model, prompt and settings")
    ] = ""
    rubric: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Text for a prompt's {rubric}.", show_default="none")
    ] = None
    checklist: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Text for a prompt's {checklist}.", show_default="none")
    ] = None
    expected: Annotated[
        bool, typer.Option("--expected", help="Take the mean over the legal answers by token probability.")
    ] = False
    least_mass: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0.01, max=1.0, help="With --expected: probability that must be covered."),
    ] = 0.8

    def chosen(self, defaults: tuple[str, ...]) -> "list[JudgePrompt]":
        """The prompts by name.

        Raises:
            NotFound: one is not there.
        """
        from judging.prompts.prompt_file import bundled_prompt_folders, read_prompts
        from storage.errors import NotFound

        known = read_prompts([*bundled_prompt_folders(), *([] if self.prompts is None else [self.prompts])])
        found = []
        for name in self.prompt or defaults:
            if name not in known:
                raise NotFound(f"expected a prompt among {', '.join(known)}, got {name!r}; see `evenhand list prompts`")
            found.append(known[name])
        return found

    def texts(self) -> dict[str, str]:
        """What the rubric and the checklist say.

        Raises:
            BadInput: a file cannot be read or is empty.
        """
        from storage.errors import BadInput

        found = {}
        for field, path in (("rubric", self.rubric), ("checklist", self.checklist)):
            if path is None:
                continue
            try:
                found[field] = path.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                raise BadInput(f"expected a text in {str(path)!r}, but it cannot be read; check the path") from None
            if not found[field]:
                raise BadInput(f"expected a text in {str(path)!r}, got an empty file; write the {field} into it")
        return found


@dataclass(frozen=True)
class AskingOptions:
    """Whether and what is asked.

    Attributes:
        dry_run: only say what would be.
        again: also where a stored reply says no verdict.
    """

    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be asked and what it may cost; ask nothing.")
    ] = False
    again: Annotated[bool, typer.Option("--again", help="Also ask again where a stored reply says no verdict.")] = False


@dataclass(frozen=True)
class WhatOptions:
    """Which responses are judged.

    Attributes:
        contestant: only these models.
        category: only questions of this category.
        language: only questions in this language.
        source: only questions of this source.
        turn: judge this turn alone.
        sample: judge so many, drawn at random.
        draw_seed: of the draw.
        repeats: verdicts of the judge on each.
    """

    contestant: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only responses of this model.", show_default="all")
    ] = None
    category: Category = None
    language: Language = None
    source: Source = None
    turn: Annotated[
        int, typer.Option(metavar="N", min=0, help="Judge this turn of a conversation; 0 for all turns together.")
    ] = 0
    sample: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Judge so many, drawn at random.", show_default="all")
    ] = None
    draw_seed: Annotated[int, typer.Option(metavar="N", help="Of that draw.")] = 0
    repeats: Annotated[int, typer.Option(metavar="N", min=1, help="Verdicts of the judge on each.")] = 1

    @property
    def scope(self) -> "Scope":
        """As the store reads it."""
        from storage.judges.judgeable import Scope

        return Scope(self.contestant, self.category, self.language, self.source)
