"""Options of `evenhand judge`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.commands.options.filters import QuestionFilter

if TYPE_CHECKING:
    from app.models.references import ModelUse, R
    from judging.prompts.prompt_file import JudgePrompt
    from storage.judges.judgeable import Scope

Order = Literal["both", "given", "random"]
EmptyResponses = Literal["left-out", "loses"]

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be asked and its maximum cost; ask nothing.")]


@dataclass(frozen=True)
class JudgeOptions:
    """The model, prompts and settings of a judge.

    Attributes:
        model: reference to the judge's model.
        prompt: names of judge prompts.
        prompts: folder of further judge prompts.
        name: name of the judge on leaderboards.
        rubric: file with the text for the field {rubric}.
        checklist: file with the text for the field {checklist}.
        expected: whether scores are means over the legal answers by token probability.
        least_mass: minimum probability that the legal answers must have together for an expected score.
        json_schema: whether the verdict is asked for, and read, as a JSON object.
    """

    model: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            show_default=False,
            help="Model name at the endpoint; hf:DIR for a local model; recorded:FILE for recorded replies; "
            "baseline:longest, baseline:first or baseline:random.",
        ),
    ] = ""
    prompt: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Judge prompt, see `evenhand list prompts`; repeat to let each question use the one that fits it.",
            show_default="by kind, in both languages",
        ),
    ] = None
    prompts: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of further judge prompts.", show_default="none")
    ] = None
    name: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Name of the judge on leaderboards.", show_default="made of model, prompt and settings"
        ),
    ] = ""
    rubric: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Text for a prompt's field {rubric}.", show_default="none")
    ] = None
    checklist: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Text for a prompt's field {checklist}.", show_default="none")
    ] = None
    expected: Annotated[
        bool,
        typer.Option("--expected", help="Score by the mean over the legal answers, weighted by token probability."),
    ] = False
    least_mass: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            min=0.01,
            max=1.0,
            help="Minimum total probability of the legal answers for --expected, 0.01 to 1.",
        ),
    ] = 0.8

    json_schema: Annotated[
        bool,
        typer.Option(
            "--json-schema", help="Ask for the verdict as a JSON object with the reason first; read it strictly."
        ),
    ] = False

    def reference(self, use: "ModelUse[R]") -> "R":
        """The reference to the judge's model.

        Raises:
            typer.BadParameter: none is given.
            BadInput: the reference names nothing, or a kind of model that cannot serve the use.
        """
        from app.models.references import read_reference

        if not self.model:
            raise typer.BadParameter(f"expected --model with a model to {use.purpose}, got none")
        return read_reference(self.model, use)

    def chosen(self, defaults: tuple[str, ...]) -> "list[JudgePrompt]":
        """The judge prompts to use.

        Args:
            defaults: names of the prompts to use where none is chosen.

        Raises:
            NotFound: there is no prompt of that name.
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
        """The texts of the rubric and the checklist, by field.

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
class JudgeRunOptions:
    """Whether and how much a judge is asked.

    Attributes:
        dry_run: whether only the plan is shown.
        again: whether items whose stored reply holds no verdict are asked again.
        batch: folder to write request files to, instead of asking.
    """

    dry_run: DryRun = False
    batch: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default="none",
            help="Ask nothing: write the requests to files of the OpenAI Batch API, for `judge submit` and `collect`.",
        ),
    ] = None
    again: Annotated[
        bool, typer.Option("--again", help="Ask again about items whose stored reply holds no verdict.")
    ] = False


@dataclass(frozen=True)
class JudgeItemOptions(QuestionFilter):
    """Which responses are judged.

    Attributes:
        contestant: only responses of these models.
        turn: judge this turn of a conversation alone, counted from 1; 0 for all turns together.
        sample: number of items to draw at random.
        draw_seed: seed of the random draw.
        repeats: judgments per item.
        limit: number of items to judge, the first ones.
    """

    contestant: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only responses of this model; repeat for several.", show_default="all"),
    ] = None
    turn: Annotated[
        int, typer.Option(metavar="N", min=0, help="Turn of the conversation to judge; 0 for all turns together.")
    ] = 0
    sample: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Judge N items drawn at random.", show_default="all")
    ] = None
    draw_seed: Annotated[int, typer.Option(metavar="N", help="Seed of the random draw of --sample.")] = 0
    repeats: Annotated[int, typer.Option(metavar="N", min=1, help="Judgments per item.")] = 1
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Judge only the first N items, for a first look.", show_default="all"),
    ] = None

    @property
    def scope(self) -> "Scope":
        """The selection of responses for the store."""
        from storage.judges.judgeable import Scope

        return Scope(self.contestant, self.category, self.language, self.source)
