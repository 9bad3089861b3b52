"""The grader of free answers: a model that compares answers with their references."""

from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import typer

from app.commands.options.endpoint import EndpointOptions, PaceOptions, RequestOptions
from app.commands.tables import counted, visible
from app.models.local_libraries import local_libraries
from app.settings import THIS_MACHINE, endpoint_host, read_endpoint
from app.wiring import load_tokenizer, make_endpoint_backend
from storage.errors import BadInput

if TYPE_CHECKING:
    from app.models.references import GraderReference
    from app.settings import EndpointAddress
    from judging.chat.batch import BatchLimits, Price
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
        grader_header: further headers of its requests.
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
        typer.Option(
            metavar="FILE",
            help="File with the API key of the grader.",
            show_default="as --key-file, if the host is the same",
        ),
    ] = None
    grader_header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'NAME: VALUE'",
            help="Further header of the grader's requests; repeat.",
            show_default="as --header, if the host is the same",
        ),
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
        typer.Option(
            metavar="MONEY",
            help="Maximum cost of the grader over all models; needs a price.",
            show_default="no limit",
        ),
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
        """The endpoint of the grader; what is not given is as for the model, but another host gets no key of it.

        Raises:
            BadInput: an address is invalid.
        """
        url = self.grader_base_url or model_endpoint.base_url
        if url == model_endpoint.base_url or endpoint_host(url) == endpoint_host(model_endpoint.base_url):
            header = self.grader_header or model_endpoint.requests.header
            return replace(
                model_endpoint,
                base_url=url,
                key_file=self.grader_key_file or model_endpoint.key_file,
                requests=RequestOptions(body=self.grader_body, header=header),
            )
        kind = EndpointOptions if endpoint_host(url) == endpoint_host(None) else _ForeignEndpoint
        requests = RequestOptions(body=self.grader_body, header=self.grader_header)
        return kind(url, self.grader_key_file, model_endpoint.timeout, requests)

    def pace(self, model_pace: PaceOptions) -> PaceOptions:
        """Speed and cost of the grader's requests; speed and retries are as for the model.

        Raises:
            BadInput: the budget does not work, or the table of prices cannot be read.
        """
        reference = self.reference
        given = {one.name: getattr(model_pace, one.name) for one in fields(model_pace)}
        given |= {"price_in": self.grader_price_in, "price_out": self.grader_price_out, "budget": self.grader_budget}
        own = _GraderPace(**given)
        return own if reference is None else own.for_model(reference)


class _GraderPace(PaceOptions):
    """Speed and cost of a grader beside a model that has prices and a budget of its own."""

    prefix: ClassVar[str] = "--grader-"


class _ForeignEndpoint(EndpointOptions):
    """An endpoint at a host that the key of the environment is not meant for."""

    @property
    def address(self) -> "EndpointAddress":
        headers = dict(self.requests.headers())
        host = endpoint_host(self.base_url)[1]
        if self.key_file is None and not headers and host not in THIS_MACHINE:
            raise BadInput(
                f"expected a key for {host}, got none, as keys of other hosts are not sent there; give "
                "--grader-key-file FILE (mode 0600) or --grader-header"
            )
        return read_endpoint(
            self.base_url, self.key_file, timeout_seconds=self.timeout, headers=headers, environment={}
        )


class _Spending:
    """What a grader cost so far, over all models that it marks."""

    def __init__(self, pace: PaceOptions) -> None:
        self._pace, self._spent = pace, 0.0

    @property
    def price(self) -> "Price":
        """The price of tokens."""
        return self._pace.price

    @property
    def limits(self) -> "BatchLimits":
        """The limits of the next batch, with what is left of the budget."""
        limits = self._pace.limits
        left = None if limits.budget is None else max(0.0, limits.budget - self._spent)
        return replace(limits, budget=left)

    @property
    def budget_option(self) -> str:
        """The option that sets the budget."""
        return f"{self._pace.prefix}budget"

    def add(self, counts: "GradingCounts") -> None:
        """Add the replies of one model."""
        self._spent += self._pace.price.mean_cost(counts.prompt_tokens, counts.completion_tokens)


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
    spending = _Spending(pace)
    revision, tokenizer, make = _parts(reference, endpoint, spending, database, stack)

    def done(counts: "GradingCounts") -> None:
        spending.add(counts)
        tell_grading(reference.label, counts, pace)

    return Grader(
        reference.label,
        revision,
        make,
        tokenizer,
        share=options.grade,
        max_tokens=options.grader_max_tokens,
        done=done,
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
    spending: _Spending,
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

        def ask() -> "TextWriter":
            made = make_endpoint_backend(reference, address, spending.limits, spending.price, applied, database)
            made.budget_option = spending.budget_option
            return made

        revision = endpoint_revision(address.base_url, reference.name, endpoint.requests.fields)
        return revision, TranscriptTokenizer(), ask
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
