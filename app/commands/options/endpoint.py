"""The endpoint, the speed and cost of requests, and the settings of generation."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.settings import DEFAULT_ENDPOINT, DEFAULT_TIMEOUT, read_endpoint

if TYPE_CHECKING:
    from app.models.references import ModelReference
    from app.settings import EndpointAddress
    from judging.chat.batch import BatchLimits, Price


@dataclass(frozen=True)
class EndpointOptions:
    """The OpenAI-compatible endpoint of a model.

    Attributes:
        base_url: address of the endpoint; None for the environment's or the default.
        key_file: file that holds the API key; None for the environment's.
        timeout: seconds to wait for one whole reply.
    """

    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            show_default=False,
            help=f"Address of the OpenAI-compatible endpoint. [default: $OPENAI_BASE_URL, else {DEFAULT_ENDPOINT}]",
        ),
    ] = None
    key_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="File with the API key, readable only by you (mode 0600). [default: $OPENAI_API_KEY]",
        ),
    ] = None
    timeout: Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="Seconds to wait for one whole reply.")] = (
        DEFAULT_TIMEOUT
    )

    @property
    def address(self) -> "EndpointAddress":
        """The endpoint that the options and the environment name.

        Raises:
            BadInput: the address is invalid, or the key is missing or cannot be read.
        """
        return read_endpoint(self.base_url, self.key_file, timeout_seconds=self.timeout)

    def address_for(self, model: "ModelReference") -> "EndpointAddress | None":
        """The endpoint if the model is asked there, None for any other model.

        Raises:
            BadInput: the address is invalid, or the key is missing or cannot be read.
        """
        from app.models.references import EndpointReference

        return self.address if isinstance(model, EndpointReference) else None


@dataclass(frozen=True)
class PaceOptions:
    """Speed, retries and cost of requests.

    Attributes:
        concurrency: maximum concurrent requests; lowered while the endpoint refuses or slows down.
        rpm: maximum requests per minute.
        tpm: maximum tokens per minute, prompt and completion together.
        attempts: maximum attempts per request.
        price_in: price per million prompt tokens, in any currency.
        price_out: price per million completion tokens, in the same currency.
        budget: maximum total cost, in the same currency.
    """

    concurrency: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="Maximum concurrent requests; lowered while the endpoint refuses any."),
    ] = 32
    rpm: Annotated[
        float | None, typer.Option(metavar="N", min=0.01, help="Maximum requests per minute.", show_default="no limit")
    ] = None
    tpm: Annotated[
        float | None, typer.Option(metavar="N", min=1, help="Maximum tokens per minute.", show_default="no limit")
    ] = None
    attempts: Annotated[int, typer.Option(metavar="N", min=1, help="Maximum attempts per request.")] = 6
    price_in: Annotated[
        float, typer.Option(metavar="PRICE", min=0, help="Price per million prompt tokens, in any currency.")
    ] = 0.0
    price_out: Annotated[float, typer.Option(metavar="PRICE", min=0, help="Price per million completion tokens.")] = 0.0
    budget: Annotated[
        float | None,
        typer.Option(metavar="MONEY", help="Maximum total cost; needs a price.", show_default="no limit"),
    ] = None

    @property
    def price(self) -> "Price":
        """The price of tokens."""
        from judging.chat.batch import Price

        return Price(self.price_in, self.price_out)

    @property
    def limits(self) -> "BatchLimits":
        """The limits of a batch."""
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
        """Refuse a budget that does not work.

        Raises:
            BadInput: the budget is not above zero, or no price is given.
        """
        from storage.errors import BadInput

        if self.budget is None:
            return
        if self.budget <= 0:
            raise BadInput(f"expected a budget above 0, got {self.budget:g}; leave --budget out for no limit")
        if self.price_in == self.price_out == 0.0:
            raise BadInput(
                "expected --price-in or --price-out with --budget, got neither; tokens without a price cost nothing"
            )


@dataclass(frozen=True)
class GenerationOptions:
    """How a model generates.

    Attributes:
        temperature: sampling temperature; 0 for greedy decoding.
        max_tokens: maximum tokens per reply.
        seed: sampling seed; None for none.
    """

    temperature: Annotated[
        float, typer.Option(metavar="T", min=0, help="Sampling temperature; 0 for greedy decoding.")
    ] = 0.0
    max_tokens: Annotated[int, typer.Option(metavar="N", min=1, help="Maximum tokens per reply.")] = 2048
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Sampling seed; most endpoints do not guarantee determinism.", show_default="none"
        ),
    ] = None
