"""The endpoint, the speed and cost of requests, and the settings of generation."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from app.commands.options.config_file import apply_config
from app.settings import DEFAULT_ENDPOINT, DEFAULT_TIMEOUT, read_endpoint
from storage.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.models.references import ModelReference
    from app.settings import EndpointAddress
    from judging.chat.batch import BatchLimits, Price
    from judging.chat.model import ChatSettings

_RESERVED = ("model", "messages", "stream", "prompt", "echo", "logprobs", "top_logprobs", "response_format", "n")
"""Fields of a request body that a command sets by itself."""


@dataclass(frozen=True)
class RequestOptions:
    """What every request to an endpoint holds beside the usual fields.

    Attributes:
        body: further fields of the request body, as KEY=JSON.
        reasoning_effort: value of the field `reasoning_effort`; None for none.
        no_temperature: whether requests hold no temperature.
        header: further headers, as NAME: VALUE.
        no_vision: whether the model reads no images, so that questions with images are not asked.
        config: TOML file with values of these and all other options.
    """

    body: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=JSON",
            show_default="none",
            help="Field of the request body, such as enable_thinking=false; repeat for several.",
        ),
    ] = None
    reasoning_effort: Annotated[
        str | None,
        typer.Option(metavar="WORD", show_default="none", help="Field reasoning_effort of the request body."),
    ] = None
    no_temperature: Annotated[
        bool, typer.Option("--no-temperature", help="Send no temperature, so that the endpoint's default counts.")
    ] = False
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'NAME: VALUE'",
            show_default="none",
            help="Further header, such as 'api-key: {key}', where {key} is the API key; repeat for several.",
        ),
    ] = None
    no_vision: Annotated[
        bool,
        typer.Option("--no-vision", help="The model reads no images: questions with images fail and are not asked."),
    ] = False
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default="none",
            is_eager=True,
            callback=apply_config,
            help="TOML file with options: a judge's model, endpoint, prompt, body, prices and limits.",
        ),
    ] = None

    @property
    def fields(self) -> dict[str, Any]:
        """The further fields of the request body.

        Raises:
            BadInput: a field has another form, or is one that the command sets by itself.
        """
        found: dict[str, Any] = {}
        if self.reasoning_effort is not None:
            found["reasoning_effort"] = self.reasoning_effort
        for text in self.body or ():
            name, equals, value = text.partition("=")
            if not equals or not name.strip():
                raise BadInput(f"expected --body KEY=JSON, got {text!r}; write it as reasoning_effort='\"low\"'")
            if name.strip() in _RESERVED:
                raise BadInput(f"expected another field than {name.strip()!r} in --body: the command sets it by itself")
            try:
                found[name.strip()] = json.loads(value)
            except ValueError:
                found[name.strip()] = _bare_word(name, value)
        return found

    def applied(self, settings: "ChatSettings") -> "ChatSettings":
        """Generation settings with these fields.

        Raises:
            BadInput: a field has another form.
        """
        if self.no_temperature:
            settings = replace(settings, temperature=None)
        return replace(settings, body=self.fields) if self.fields else settings

    def check_for(self, model: "ModelReference") -> None:
        """Refuse fields and headers for a model that is not asked at an endpoint.

        Raises:
            BadInput: some are given.
        """
        from app.models.references import EndpointReference

        given = [
            name
            for name, value in (
                ("--body", self.body),
                ("--reasoning-effort", self.reasoning_effort),
                ("--no-temperature", self.no_temperature),
                ("--header", self.header),
                ("--no-vision", self.no_vision),
            )
            if value
        ]
        if given and not isinstance(model, EndpointReference):
            raise BadInput(f"expected a model at an endpoint for {given[0]}, got {model.label!r}; leave it out")

    def headers(self) -> "Iterator[tuple[str, str]]":
        """Names and values of the further headers.

        Raises:
            BadInput: a header has another form.
        """
        for text in self.header or ():
            name, colon, value = text.partition(":")
            if not colon or not name.strip() or not value.strip() or not text.isprintable():
                raise BadInput("expected --header 'NAME: VALUE', got another form; write it as 'api-key: {key}'")
            yield name.strip(), value.strip()


def _bare_word(name: str, value: str) -> str:
    """A value that is no JSON, taken as a text if it is a plain word.

    Raises:
        BadInput: it looks like JSON that is broken.
    """
    if not value.replace("-", "").replace("_", "").isalnum():
        raise BadInput(f"expected JSON after {name}= in --body, got {value!r}; quote a text as '\"text\"'")
    return value


@dataclass(frozen=True)
class EndpointOptions:
    """The OpenAI-compatible endpoint of a model.

    Attributes:
        base_url: address of the endpoint; None for the environment's or the default.
        key_file: file that holds the API key; None for the environment's.
        timeout: seconds to wait for one whole reply.
        requests: what every request holds beside the usual fields.
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
    requests: RequestOptions = RequestOptions()

    @property
    def address(self) -> "EndpointAddress":
        """The endpoint that the options and the environment name.

        Raises:
            BadInput: the address is invalid, or the key is missing or cannot be read.
        """
        headers = dict(self.requests.headers())
        found = read_endpoint(self.base_url, self.key_file, timeout_seconds=self.timeout, headers=headers)
        return replace(found, vision=not self.requests.no_vision)

    def address_for(self, model: "ModelReference") -> "EndpointAddress | None":
        """The endpoint if the model is asked there, None for any other model.

        Raises:
            BadInput: the address is invalid, or the key is missing or cannot be read.
        """
        from app.models.references import EndpointReference

        self.requests.check_for(model)
        return self.address if isinstance(model, EndpointReference) else None


@dataclass(frozen=True)
class PaceOptions:
    """Speed, retries and cost of requests.

    Attributes:
        concurrency: maximum concurrent requests; lowered while the endpoint refuses or slows down.
        rpm: maximum requests per minute.
        tpm: maximum tokens per minute, prompt and completion together.
        attempts: maximum attempts per request.
        price_in: price per million prompt tokens, in any currency; None for that of the table, or 0.
        price_out: price per million completion tokens, in the same currency; None likewise.
        prices: table of prices by model, which adds to the bundled one.
        image_tokens: prompt tokens that one image counts as in estimates of tokens and cost.
        budget: maximum total cost, in the same currency.
    """

    prefix: ClassVar[str] = "--"
    """How the options of prices and budget begin, for messages."""

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
        float | None,
        typer.Option(
            metavar="PRICE",
            min=0,
            help="Price per million prompt tokens, in any currency.",
            show_default="that of the table of prices, else 0",
        ),
    ] = None
    price_out: Annotated[
        float | None,
        typer.Option(
            metavar="PRICE",
            min=0,
            help="Price per million completion tokens.",
            show_default="that of the table of prices, else 0",
        ),
    ] = None
    prices: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="TOML table of prices by model, beside the bundled one.",
            show_default="none",
        ),
    ] = None
    image_tokens: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Prompt tokens that one image counts as in estimates; the default is the most that GPT-4o counts.",
        ),
    ] = 1445
    budget: Annotated[
        float | None,
        typer.Option(metavar="MONEY", help="Maximum total cost; needs a price.", show_default="no limit"),
    ] = None

    @property
    def price(self) -> "Price":
        """The price of tokens."""
        from judging.chat.batch import Price

        return Price(self.price_in or 0.0, self.price_out or 0.0, self.image_tokens)

    def for_model(self, model: "ModelReference") -> "PaceOptions":
        """These options with the price of a model at an endpoint from the tables, where none is given.

        Raises:
            BadInput: the table cannot be read, or the budget does not work.
        """
        from app.models.references import EndpointReference
        from judging.chat.prices import BUNDLED, find_price, read_prices

        found = None
        if isinstance(model, EndpointReference) and self.price_in is None and self.price_out is None:
            found = find_price(read_prices(BUNDLED, *([] if self.prices is None else [self.prices])), model.name)
        priced = self if found is None else replace(self, price_in=found.price.prompt, price_out=found.price.completion)
        priced.check()
        return priced

    def batch_share(self, model: "ModelReference") -> float:
        """The share of the price that requests in batch files cost: that of the tables, or the usual half."""
        from app.models.references import EndpointReference
        from judging.chat.prices import BATCH_SHARE, BUNDLED, find_price, read_prices

        if not isinstance(model, EndpointReference):
            return BATCH_SHARE
        found = find_price(read_prices(BUNDLED, *([] if self.prices is None else [self.prices])), model.name)
        return BATCH_SHARE if found is None else found.batch

    def check_batch(self, model: "ModelReference", most: float) -> None:
        """Refuse a batch that cannot be sent, or could cost more than the budget.

        Raises:
            BadInput: the model is at no endpoint, or the budget is smaller than the highest cost.
        """
        from app.models.references import EndpointReference

        if not isinstance(model, EndpointReference):
            raise BadInput(f"expected a model at an endpoint for --batch, got {model.label!r}; leave --batch out")
        if self.budget is not None and most > self.budget:
            raise BadInput(
                f"expected a --budget of at least {most:.2f}, which the batch may cost, got {self.budget:g}; judge "
                "fewer items with --limit or --sample"
            )

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
        if self.budget is None:
            return
        if self.budget <= 0:
            raise BadInput(
                f"expected a budget above 0, got {self.budget:g}; leave {self.prefix}budget out for no limit"
            )
        if not self.price_in and not self.price_out:
            raise BadInput(
                f"expected {self.prefix}price-in or {self.prefix}price-out with {self.prefix}budget, got neither, and "
                "the tables of prices do not have the model; tokens without a price cost nothing"
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

    @property
    def settings(self) -> "ChatSettings":
        """The settings for requests."""
        from judging.chat.model import ChatSettings

        return ChatSettings(self.temperature, self.max_tokens, seed=self.seed)
