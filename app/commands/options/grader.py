"""The grader of free answers: a model that compares answers with their references."""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.commands.options.endpoint import EndpointOptions, PaceOptions, RequestOptions
from app.commands.tables import counted, visible
from app.models.local_libraries import local_libraries
from app.wiring import load_tokenizer, make_endpoint_backend
from storage.errors import BadInput

if TYPE_CHECKING:
    from app.models.references import GraderReference
    from objective.evaluation.grading import Grader, GradingCounts, TextWriter
    from objective.prompting.prompts import ChatTokenizer
    from storage.database.engine import Database


@dataclass(frozen=True)
class GraderOptions:
    """Which model marks answers, and where it is asked.

    Attributes:
        grader: reference to the model; None for rules alone.
        grade: answers that the grader marks.
        grader_base_url: address of its endpoint.
        grader_key_file: file with the key of its endpoint.
        grader_body: further fields of its requests.
        grader_max_tokens: maximum tokens per reply.
        grader_price_in: price per million tokens that it reads.
        grader_price_out: price per million tokens that it writes.
        grader_budget: maximum cost of its replies.
    """

    grader: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Model that marks free answers which the rules leave unparsed: endpoint:NAME, hf:DIR or "
            "recorded:FILE.",
            show_default="none",
        ),
    ] = None
    grade: Annotated[
        Literal["unparsed", "all"],
        typer.Option(help="Answers that the grader marks: those that the rules leave unparsed, or all."),
    ] = "unparsed"
    grader_base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Endpoint of the grader.", show_default="as --base-url")
    ] = None
    grader_key_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File with the API key of the grader.", show_default="as --key-file"),
    ] = None
    grader_body: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=JSON", help="Field of the grader's request body; repeat.", show_default="none"),
    ] = None
    grader_max_tokens: Annotated[
        int, typer.Option(metavar="N", min=1, help="Maximum tokens per reply of the grader.")
    ] = 512
    grader_price_in: Annotated[
        float | None,
        typer.Option(
            metavar="PRICE",
            min=0,
            help="Price per million prompt tokens of the grader.",
            show_default="that of the table of prices, else 0",
        ),
    ] = None
    grader_price_out: Annotated[
        float | None,
        typer.Option(
            metavar="PRICE",
            min=0,
            help="Price per million completion tokens of the grader.",
            show_default="that of the table of prices, else 0",
        ),
    ] = None
    grader_budget: Annotated[
        float | None,
        typer.Option(metavar="MONEY", help="Maximum cost of the grader; needs a price.", show_default="no limit"),
    ] = None

    @property
    def reference(self) -> "GraderReference | None":
        """The model that the option names; None for none.

        Raises:
            BadInput: this kind of model cannot mark answers.
        """
        from app.models.references import GRADE, read_reference

        return None if self.grader is None else read_reference(self.grader, GRADE)

    def endpoint(self, model_endpoint: EndpointOptions) -> EndpointOptions:
        """The endpoint of the grader; what is not given is as for the model."""
        return replace(
            model_endpoint,
            base_url=self.grader_base_url or model_endpoint.base_url,
            key_file=self.grader_key_file or model_endpoint.key_file,
            requests=RequestOptions(body=self.grader_body, header=model_endpoint.requests.header),
        )

    def pace(self, model_pace: PaceOptions) -> PaceOptions:
        """Speed and cost of the grader's requests; speed and retries are as for the model.

        Raises:
            BadInput: the budget does not work, or the table of prices cannot be read.
        """
        reference = self.reference
        own = replace(
            model_pace, price_in=self.grader_price_in, price_out=self.grader_price_out, budget=self.grader_budget
        )
        return own if reference is None else own.for_model(reference)


def make_grader(
    options: GraderOptions, endpoint: EndpointOptions, pace: PaceOptions, database: "Database | None", stack: ExitStack
) -> "Grader | None":
    """The grader that the options name, made when it is first needed; None for none.

    Args:
        options: options of the grader.
        endpoint: endpoint of the grader.
        pace: speed and cost of its requests.
        database: the store that keeps the dialects of endpoints.
        stack: closes what the grader opens.

    Raises:
        BadInput: the model cannot mark answers, its endpoint has no address or key, or its files are not there.
    """
    from objective.evaluation.grading import Grader

    reference = options.reference
    if reference is None:
        return None
    revision, tokenizer, make = _parts(reference, endpoint, pace, database, stack)
    return Grader(
        reference.label,
        revision,
        make,
        tokenizer,
        share=options.grade,
        max_tokens=options.grader_max_tokens,
        done=lambda counts: tell_grading(reference.label, counts, pace),
    )


def tell_grading(name: str, counts: "GradingCounts", pace: PaceOptions) -> None:
    """Print what a grader was asked, and what that cost."""
    cost = pace.price.mean_cost(counts.prompt_tokens, counts.completion_tokens)
    tokens = f"{counts.prompt_tokens:,} tokens read, {counts.completion_tokens:,} written"
    typer.echo(
        f"{visible(name)}: {counted(counts.answers, 'answer')} to mark, {counts.stored:,} of them from the store; "
        f"{counted(counts.asked, 'reply', 'replies')}, {tokens}, cost {cost:.4f}.",
        err=True,
    )


def _parts(
    reference: "GraderReference",
    endpoint: EndpointOptions,
    pace: PaceOptions,
    database: "Database | None",
    stack: ExitStack,
) -> "tuple[str, ChatTokenizer, _Opener]":
    """Revision, tokenizer and maker of a grader's model."""
    from app.models.endpoint_backend import endpoint_revision
    from app.models.recorded_texts import read_recorded_grader, recording_digest
    from app.models.references import EndpointReference, LocalReference
    from objective.prompting.prompts import TranscriptTokenizer

    if isinstance(reference, EndpointReference):
        address = endpoint.address
        applied = endpoint.requests.applied
        return (
            endpoint_revision(address.base_url, reference.name, endpoint.requests.fields),
            TranscriptTokenizer(),
            lambda: make_endpoint_backend(reference, address, pace.limits, pace.price, applied, database),
        )
    if isinstance(reference, LocalReference):
        return _local_parts(reference.path, stack)
    recorded = read_recorded_grader(reference.file)
    return recording_digest(reference.file), TranscriptTokenizer(), lambda: recorded


def _local_parts(path: str, stack: ExitStack) -> "tuple[str, ChatTokenizer, _Opener]":
    from objective.engine.loading.revision import check_folder, model_revision
    from objective.engine.settings import ModelSettings, RunSettings
    from objective.prompting.prompts import check_chat_template

    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise BadInput(f"expected the folder of a model for --grader hf:DIR, got {path!r}; check the path")
    check_folder(str(folder), None)
    settings = ModelSettings(str(folder))
    tokenizer = load_tokenizer(settings)
    check_chat_template(tokenizer)

    @cache
    def opened() -> "TextWriter":
        with local_libraries():
            from objective.engine.backends import open_backend
        return stack.enter_context(open_backend(settings, RunSettings()))

    return model_revision([folder], {}), tokenizer, opened


if TYPE_CHECKING:
    from collections.abc import Callable

    _Opener = Callable[[], TextWriter]
