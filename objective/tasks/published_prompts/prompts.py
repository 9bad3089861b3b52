"""Reads the published prompt of a task and fills it with the columns of a row."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

PromptSource = Literal["lm_eval", "opencompass", "authors"]
"""Where a prompt was published: task files of the evaluation harness, or configurations of OpenCompass."""

_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class PublishedPrompt:
    """The words of a published configuration.

    Attributes:
        question: pattern of the question, with the name of a value in braces.
        options: patterns of the options where all items have the same ones; else empty.
        labels: label of the data for each of the options.
        instruction: instruction before all examples.
        between: text between two examples.
        after_instruction: text between instruction and first example; None for `between`.
        recipe: name of the configuration, with its version where the source numbers them.
    """

    question: str
    options: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    instruction: str = ""
    between: str = "\n\n"
    after_instruction: str | None = None
    recipe: str = ""

    def render(self, values: Mapping[str, str]) -> str:
        """The question with its values filled in; braces in a value stay as they are."""
        return fill(self.question, values)

    def render_options(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The options with their values filled in."""
        return tuple(fill(option, values) for option in self.options)


def fill(pattern: str, values: Mapping[str, str]) -> str:
    """Replace each name in braces by its value, in one pass.

    Raises:
        KeyError: the pattern has a name without a value.
    """
    return _FIELD.sub(lambda match: values[match[1]], pattern)


@cache
def published_prompt(source: PromptSource, name: str) -> PublishedPrompt:
    """The prompt of a task in one of the sources.

    Raises:
        KeyError: the source has no prompt of this name.
    """
    known: dict[str, Any] = dict(_read(source)[name])
    for listed in ("options", "labels"):
        known[listed] = tuple(known.get(listed, ()))
    return PublishedPrompt(**known)


@cache
def _read(source: PromptSource) -> dict[str, dict[str, Any]]:
    text = (Path(__file__).parent / f"{source}.json").read_text(encoding="utf-8")
    prompts: dict[str, dict[str, Any]] = json.loads(text)["prompts"]
    return prompts
