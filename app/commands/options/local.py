"""Loading a local model and its tokenizer."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from objective.engine.settings import ModelSettings


@dataclass(frozen=True)
class TokenizerOptions:
    """How the tokenizer of a local model is loaded.

    Attributes:
        tokenizer_path: folder of another tokenizer than the model's.
        tokenizer_kwargs: keyword arguments for loading the tokenizer.
    """

    tokenizer_path: Annotated[
        str | None, typer.Option(metavar="DIR", help="Folder of the tokenizer.", show_default="the model's")
    ] = None
    tokenizer_kwargs: Annotated[
        list[str] | None,
        typer.Option(
            metavar="JSON|KEY=VALUE",
            help="Arguments for loading the tokenizer; repeat for several.",
            show_default="none",
        ),
    ] = None

    @property
    def tokenizer_arguments(self) -> dict[str, Any]:
        """The keyword arguments for loading the tokenizer.

        Raises:
            BadInput: they are neither JSON objects nor KEY=VALUE.
        """
        return arguments(self.tokenizer_kwargs, "--tokenizer-kwargs")


@dataclass(frozen=True)
class LocalModelOptions(TokenizerOptions):
    """How a local model is loaded.

    Attributes:
        model_kwargs: keyword arguments for loading the model.
        peft_path: folder of a PEFT adapter.
        device: device to run on.
        dtype: floating-point type of the weights and the arithmetic.
        attention: name of an attention implementation in transformers.
        max_seq_len: maximum tokens per input.
    """

    model_kwargs: Annotated[
        list[str] | None,
        typer.Option(
            metavar="JSON|KEY=VALUE", help="Arguments for loading the model; repeat for several.", show_default="none"
        ),
    ] = None
    peft_path: Annotated[
        str | None, typer.Option(metavar="DIR", help="Folder of a PEFT adapter for the model.", show_default="none")
    ] = None
    device: Annotated[str, typer.Option(metavar="NAME", help="Device to run on: auto, cpu, cuda, cuda:1 or mps.")] = (
        "auto"
    )
    dtype: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        typer.Option(help="Floating-point type; auto is float32 on a CPU, otherwise the model's own."),
    ] = "auto"
    attention: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Attention implementation in transformers.", show_default="sdpa"),
    ] = None
    max_seq_len: Annotated[
        int | None,
        typer.Option(metavar="N", min=2, help="Maximum tokens per input.", show_default="the model's own limit"),
    ] = None

    def settings(self, path: str) -> "ModelSettings":
        """The settings for the engine.

        Args:
            path: folder or hub name of the model.

        Raises:
            BadInput: keyword arguments are neither JSON objects nor KEY=VALUE.
        """
        from objective.engine.settings import ModelSettings

        return ModelSettings(
            path=path,
            device=self.device,
            dtype=self.dtype,
            attention=self.attention,
            max_length=self.max_seq_len,
            tokenizer_path=self.tokenizer_path,
            tokenizer_kwargs=self.tokenizer_arguments,
            model_kwargs=self.model_arguments,
            peft_path=self.peft_path,
        )

    @property
    def runs_foreign_code(self) -> bool:
        """Whether code in the folder of the model or its tokenizer may run.

        Raises:
            BadInput: keyword arguments are neither JSON objects nor KEY=VALUE.
        """
        return any(given.get("trust_remote_code") is True for given in (self.model_arguments, self.tokenizer_arguments))

    @property
    def model_arguments(self) -> dict[str, Any]:
        """The keyword arguments for loading the model.

        Raises:
            BadInput: they are neither JSON objects nor KEY=VALUE.
        """
        return arguments(self.model_kwargs, "--model-kwargs")

    @property
    def how(self) -> dict[str, object]:
        """The options that change the model's outputs, beside its files.

        Raises:
            BadInput: keyword arguments are neither JSON objects nor KEY=VALUE.
        """
        return {
            "tokenizer_kwargs": self.tokenizer_arguments,
            "model_kwargs": self.model_arguments,
            # auto depends on the device; without it, a run on a GPU would reuse outputs from a CPU
            "dtype": self.dtype if self.dtype != "auto" else f"auto on {self.device.partition(':')[0]}",
            "attention": self.attention,
            "max_seq_len": self.max_seq_len,
        }


def arguments(texts: list[str] | None, option: str) -> dict[str, Any]:
    """Keyword arguments from JSON objects or KEY=VALUE, where VALUE is JSON, True, False, None, or a text.

    Args:
        texts: the values of the option.
        option: name of the option, for messages.

    Raises:
        BadInput: a text has neither form.
    """
    from storage.errors import BadInput

    found: dict[str, Any] = {}
    for text in texts or ():
        if text.lstrip().startswith("{"):
            try:
                found |= json.loads(text)
            except ValueError as error:
                raise BadInput(f"expected a JSON object for {option}, got {text!r} ({error})") from error
            continue
        key, mark, value = text.partition("=")
        if not mark or not key.isidentifier():
            raise BadInput(f"expected KEY=VALUE or a JSON object for {option}, got {text!r}")
        found[key] = _value(value)
    return found


def _value(text: str) -> Any:  # noqa: ANN401  whatever JSON holds
    words = {"True": True, "False": False, "None": None}
    if text in words:
        return words[text]
    try:
        return json.loads(text)
    except ValueError:
        return text.strip("'\"")
