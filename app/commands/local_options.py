"""Options of a local model, the same for every command that loads one."""

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
        tokenizer_path: another tokenizer.
        tokenizer_kwargs: its arguments.
    """

    tokenizer_path: Annotated[
        str | None, typer.Option(metavar="DIR", help="Folder of the tokenizer.", show_default="the model's")
    ] = None
    tokenizer_kwargs: Annotated[
        list[str] | None,
        typer.Option(metavar="JSON|KEY=VALUE", help="Arguments of the tokenizer; repeatable.", show_default="none"),
    ] = None


@dataclass(frozen=True)
class LocalModelOptions(TokenizerOptions):
    """How a local model is loaded.

    Attributes:
        model_kwargs: the model's arguments.
        peft_path: an adapter.
        device: where it runs.
        dtype: of its arithmetic.
        attention: implementation in transformers.
        max_seq_len: tokens that it reads at most.
    """

    model_kwargs: Annotated[
        list[str] | None,
        typer.Option(metavar="JSON|KEY=VALUE", help="Arguments of the model; repeatable.", show_default="none"),
    ] = None
    peft_path: Annotated[
        str | None, typer.Option(metavar="DIR", help="Folder of an adapter for the model.", show_default="none")
    ] = None
    device: Annotated[str, typer.Option(metavar="NAME", help="auto, cpu, cuda, cuda:1 or mps.")] = "auto"
    dtype: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        typer.Option(help="Arithmetic; auto is float32 on a processor, else the model's own."),
    ] = "auto"
    attention: Annotated[
        str | None, typer.Option(metavar="NAME", help="Attention in transformers.", show_default="sdpa")
    ] = None
    max_seq_len: Annotated[
        int | None, typer.Option(metavar="N", min=2, help="Tokens read at most.", show_default="the model's own limit")
    ] = None

    def settings(self, path: str) -> "ModelSettings":
        """As the engine takes it.

        Args:
            path: folder or hub name of the model.
        """
        from objective.engine.settings import ModelSettings

        return ModelSettings(
            path=path,
            device=self.device,
            dtype=self.dtype,
            attention=self.attention,
            max_length=self.max_seq_len,
            tokenizer_path=self.tokenizer_path,
            tokenizer_kwargs=arguments(self.tokenizer_kwargs, "--tokenizer-kwargs"),
            model_kwargs=arguments(self.model_kwargs, "--model-kwargs"),
            peft_path=self.peft_path,
        )

    @property
    def how(self) -> dict[str, object]:
        """What of it changes outputs beyond the files."""
        return {
            "tokenizer_kwargs": arguments(self.tokenizer_kwargs, "--tokenizer-kwargs"),
            "model_kwargs": arguments(self.model_kwargs, "--model-kwargs"),
            # what auto means depends on the device; without this, a run on a GPU would take a processor's outputs
            "dtype": self.dtype if self.dtype != "auto" else f"auto on {self.device.partition(':')[0]}",
            "attention": self.attention,
            "max_seq_len": self.max_seq_len,
        }


def arguments(texts: list[str] | None, option: str) -> dict[str, Any]:
    """Keyword arguments from JSON objects or KEY=VALUE, where VALUE is JSON, True, False, None, or a text.

    Raises:
        BadInput: neither.
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
