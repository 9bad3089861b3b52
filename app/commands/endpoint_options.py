"""The options of commands that ask a model over HTTP: where it is, how fast, for how much."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.settings import DEFAULT_ENDPOINT

if TYPE_CHECKING:
    from judging.chat.batch import BatchLimits, Price


@dataclass(frozen=True)
class EndpointOptions:
    """Where a model answers.

    Attributes:
        base_url: of an OpenAI-compatible endpoint; None for the environment's or the default.
        key_file: that holds the key.
        timeout: seconds for one reply.
    """

    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            show_default=False,
            help=f"OpenAI-compatible endpoint with its version. [default: $OPENAI_BASE_URL, else {DEFAULT_ENDPOINT}]",
        ),
    ] = None
    key_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Holds the key and is readable by you alone (0600). [default: $OPENAI_API_KEY]",
        ),
    ] = None
    timeout: Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="For one whole reply.")] = 300.0


@dataclass(frozen=True)
class PaceOptions:
    """How fast, how patiently and for how much a model is asked.

    Attributes:
        concurrency: requests under way at most; fewer when the endpoint refuses or slows down.
        rpm: requests a minute.
        tpm: tokens a minute, read and written.
        attempts: of one request.
        price_in: of a million prompt tokens.
        price_out: of a million tokens written.
        budget: money that may be spent.
    """

    concurrency: Annotated[
        int, typer.Option(metavar="N", min=1, help="Requests under way at most; fewer if the endpoint asks for it.")
    ] = 32
    rpm: Annotated[
        float | None, typer.Option(metavar="N", min=0.01, help="Requests a minute at most.", show_default="no limit")
    ] = None
    tpm: Annotated[
        float | None, typer.Option(metavar="N", min=1, help="Tokens a minute at most.", show_default="no limit")
    ] = None
    attempts: Annotated[int, typer.Option(metavar="N", min=1, help="Times that one request is tried.")] = 6
    price_in: Annotated[float, typer.Option(metavar="PRICE", min=0, help="Of a million tokens read.")] = 0.0
    price_out: Annotated[float, typer.Option(metavar="PRICE", min=0, help="Of a million tokens written.")] = 0.0
    budget: Annotated[
        float | None,
        typer.Option(metavar="MONEY", help="Stop before more than this is spent.", show_default="no limit"),
    ] = None

    @property
    def price(self) -> "Price":
        """Of tokens."""
        from judging.chat.batch import Price

        return Price(self.price_in, self.price_out)

    @property
    def limits(self) -> "BatchLimits":
        """Of a batch."""
        from judging.chat.batch import BatchLimits
        from judging.chat.pace import RateLimits
        from judging.chat.retrying import RetryPolicy

        return BatchLimits(
            concurrency=(min(16, self.concurrency), self.concurrency),
            budget=self.budget,
            retry=RetryPolicy(attempts=self.attempts),
            rates=RateLimits(self.rpm, self.tpm),
        )

    def check(self) -> None:
        """Refuse a budget that nothing can be asked with.

        Raises:
            BadInput: it is not above zero, or no price is given to count it with.
        """
        from storage.errors import BadInput

        if self.budget is None:
            return
        if self.budget <= 0:
            raise BadInput(f"expected a budget above 0, got {self.budget:g}; leave --budget out for no limit")
        if self.price_in == self.price_out == 0.0:
            raise BadInput(
                "expected --price-in and --price-out with --budget, got neither; tokens without a price are free"
            )


@dataclass(frozen=True)
class GenerationOptions:
    """How a model writes.

    Attributes:
        temperature: 0 for the likeliest text.
        max_tokens: of one reply.
        seed: sent where given.
    """

    temperature: Annotated[float, typer.Option(metavar="T", min=0, help="0 for the likeliest text.")] = 0.0
    max_tokens: Annotated[int, typer.Option(metavar="N", min=1, help="Of one reply.")] = 2048
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Sent to the endpoint; few promise anything.", show_default="none")
    ] = None
