"""What checks prompts and answers of live conversations, from the table `[moderation]` of the file with the models.

[moderation]
words = "words.txt"                     # a word or phrase a line, beside this file; # begins a comment
base_url = "https://host/v1"            # an endpoint that answers POST /moderations as OpenAI's does
key_variable = "MODERATION_KEY"
model = "omni-moderation-latest"
timeout = 10
on_failure = "refuse"                   # or "pass": what happens while the endpoint does not answer
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.models.offered import MODERATION, address_of_table, check_field, positive_number
from arena.live.word_list import LONGEST_WORD
from storage.errors import BadInput

DEFAULT_MODEL = "omni-moderation-latest"
DEFAULT_TIMEOUT = 10.0
MOST_WORDS = 10_000
_FIELDS = {
    "words": str,
    "base_url": str,
    "key_variable": str,
    "model": str,
    "timeout": (int, float),
    "on_failure": str,
}


@dataclass(frozen=True)
class ModerationSettings:
    """What checks prompts and answers; nothing by default.

    Attributes:
        words: words and phrases that are refused.
        base_url: address of an endpoint, empty for none.
        key: key of the endpoint.
        model: model at the endpoint.
        timeout_seconds: time limit of one check.
        lets_pass: whether texts pass while the endpoint does not answer.
    """

    words: tuple[str, ...] = ()
    base_url: str = ""
    key: str = field(default="", repr=False)
    model: str = DEFAULT_MODEL
    timeout_seconds: float = DEFAULT_TIMEOUT
    lets_pass: bool = False


def read_moderation(path: Path, environment: Mapping[str, str]) -> ModerationSettings:
    """The settings of a file that `read_offered` has read; nothing is checked where it has no such table.

    Args:
        path: TOML file with the models.
        environment: environment variables, which hold the key.

    Raises:
        BadInput: a value that does not fit, or a list of words that cannot be read.
    """
    table = tomllib.loads(path.read_text(encoding="utf-8")).get(MODERATION)
    if table is None:
        return ModerationSettings()
    place = f"{path.name}: {MODERATION}"
    if not isinstance(table, dict):
        raise BadInput(
            f"{place}: expected one table [{MODERATION}] with fields below it, got something else; correct it"
        )
    for key, value in table.items():
        check_field(place, key, value, _FIELDS)
    if not table.get("words") and not table.get("base_url"):
        raise BadInput(f"{place}: expected words or base_url, got neither; give one, or remove the table")
    on_failure = table.get("on_failure", "refuse")
    if on_failure not in ("refuse", "pass"):
        raise BadInput(f'{place}: expected "refuse" or "pass" for on_failure, got {on_failure!r}; correct it')
    address, key = address_of_table(place, table, environment) if "base_url" in table else ("", "")
    return ModerationSettings(
        words=_words(place, path.parent / table["words"]) if table.get("words") else (),
        base_url=address,
        key=key,
        model=table.get("model", DEFAULT_MODEL),
        timeout_seconds=positive_number(place, table, "timeout", DEFAULT_TIMEOUT),
        lets_pass=on_failure == "pass",
    )


def _words(place: str, path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            f"{place}: expected a list of words in {str(path)!r}, but it cannot be read; check the path"
        ) from None
    words = tuple(word for line in lines if (word := line.strip()) and not word.startswith("#"))
    longest: Any = max(map(len, words), default=0)
    if not words or len(words) > MOST_WORDS or longest > LONGEST_WORD:
        raise BadInput(
            f"{place}: expected 1 to {MOST_WORDS:,} words of at most {LONGEST_WORD} characters in {path.name!r}, got "
            f"{len(words):,} of up to {longest}; change the list"
        )
    return words
