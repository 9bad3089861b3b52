"""Enumerations and small value types that every part uses.

They have no table of their own. The string of a value is stored in rows and files, so renaming a member needs a
migration.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

import orjson
from typing_extensions import TypedDict

from storage.errors import BadInput

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

ABILITIES = (
    "language",
    "knowledge",
    "understanding",
    "reasoning",
    "safety",
    "long_text",
    "code",
    "tool_use",
    "retrieval",
)
"""The nine ability categories of our own questions; imported questions keep the category of their source."""


UNKNOWN_KEY = "(unknown)"
"""Key of a question or rater that an imported row does not name; statistics treat it as unknown."""


class Winner(StrEnum):
    """The result of a vote or judgment. `model_a` is the side shown left or first."""

    model_a = "model_a"
    model_b = "model_b"
    tie = "tie"
    both_bad = "both_bad"


SCORES = {Winner.model_a: 1.0, Winner.model_b: 0.0, Winner.tie: 0.5, Winner.both_bad: 0.5}
"""A's share in [0, 1] for each winner."""


EMPTY_LOSES = "empty_loses"
"""Form of a judgment that no judge made: one response is empty, and the rules of the judge let it lose. Also the name
of that rule in the settings of the judge."""


class RaterKind(StrEnum):
    """The kind of a rater: a person or a language model."""

    human = "human"
    judge = "judge"


class Role(StrEnum):
    """What a signed-in person may do; each role includes those after it."""

    admin = "admin"
    reviewer = "reviewer"
    annotator = "annotator"


class ModelKind(StrEnum):
    """Whether a contestant follows a chat template or only continues text."""

    base = "base"
    chat = "chat"


class CampaignKind(StrEnum):
    """What raters do in a campaign: vote on pairs of stored responses, score responses, or talk to two models."""

    pairwise = "pairwise"
    satisfaction = "satisfaction"
    live = "live"


class ConversationState(StrEnum):
    """The state of a live conversation; a vote is possible while it is `ready`."""

    writing = "writing"
    ready = "ready"
    voted = "voted"
    ended = "ended"


class AnswerState(StrEnum):
    """The state of one answer in a live conversation.

    `stopped` was cut by the rater, and `replaced` belongs to a pair that was asked for again.
    """

    writing = "writing"
    done = "done"
    stopped = "stopped"
    failed = "failed"
    replaced = "replaced"


class RatingLayout(StrEnum):
    """What a ballot of a satisfaction campaign shows: one response, or all responses to a question."""

    single = "single"
    side_by_side = "side_by_side"


class CampaignState(StrEnum):
    """Whether a campaign hands out ballots."""

    open = "open"
    paused = "paused"
    closed = "closed"


class BallotState(StrEnum):
    """The life of a ballot: reserved → shown → one of the other four."""

    reserved = "reserved"
    shown = "shown"
    voted = "voted"
    skipped = "skipped"
    expired = "expired"
    withdrawn = "withdrawn"


class SpecialDraw(StrEnum):
    """What stands in `Ballot.policy` instead of a pairing policy, for a ballot that was not drawn for a new vote.

    Attributes:
        gold: an item whose answer is known, mixed in without a word.
        onboarding: an item whose answer is known, asked first; the rater sees the right answer afterwards.
        repeat: a pair on which the rater has voted before, with the sides swapped.
    """

    gold = "gold"
    onboarding = "onboarding"
    repeat = "repeat"


class ResponseState(StrEnum):
    """How a response ended. Only `ok` and `truncated` responses are shown to raters."""

    ok = "ok"
    refused = "refused"
    empty = "empty"
    truncated = "truncated"
    error = "error"


SHOWABLE_STATES = (ResponseState.ok, ResponseState.truncated)
"""States of the responses that are shown to raters; refused, empty and failed responses are not."""


class SkipReason(StrEnum):
    """Why a rater skipped a ballot."""

    cannot_judge = "cannot_judge"
    wrong_language = "wrong_language"
    too_long = "too_long"
    identical = "identical"
    offensive = "offensive"
    other = "other"


class VoteReason(StrEnum):
    """What decided a vote, as far as the rater says it."""

    accuracy = "accuracy"
    completeness = "completeness"
    instructions = "instructions"
    clarity = "clarity"
    style = "style"
    safety = "safety"


class FlagReason(StrEnum):
    """What a rater reports as broken about a pair; leaderboards leave flagged votes out and count them."""

    empty = "empty"
    refusal = "refusal"
    identity_leak = "identity_leak"
    wrong_language = "wrong_language"
    offensive = "offensive"
    broken = "broken"
    other = "other"


class JudgmentState(StrEnum):
    """How a judgment ended; only `scored` has a score."""

    scored = "scored"
    inconsistent = "inconsistent"
    failed = "failed"


class ScoreState(StrEnum):
    """How the scoring of a single response ended; only `scored` has a score.

    `undone` only takes the row back that it supersedes, and is no score itself.
    """

    scored = "scored"
    cannot_judge = "cannot_judge"
    failed = "failed"
    undone = "undone"


DIMENSIONS = ("overall", "factual", "helpful", "clear", "safe")
"""Dimensions of scores that the pages describe in both languages; a campaign may have dimensions of its own."""


class TextPart(TypedDict):
    """The text of a turn, or a part of it."""

    type: Literal["text"]
    text: str


class ImagePart(TypedDict):
    """A picture in a turn: `media` is the SHA-256 of a picture in the store, `alt` says what it shows, "" if unsaid."""

    type: Literal["image"]
    media: str
    alt: str


Part = TextPart | ImagePart
Turn = list[Part]
Json = dict[str, Any]

_MEDIA = re.compile("[0-9a-f]{64}")


def as_turn(value: object) -> Turn:
    """A turn from a string or a list of parts.

    Raises:
        BadInput: anything else, an unknown part type, or text that holds a NUL character.
    """
    if isinstance(value, str):
        return [{"type": "text", "text": without_nul(value)}]
    if not isinstance(value, list) or not value:
        raise BadInput(f"expected a turn as a string or a list of parts, got {value!r}; write the text as a string")
    return [_as_part(part) for part in value]


def _as_part(part: object) -> Part:
    if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return {"type": "text", "text": without_nul(part["text"])}
    if isinstance(part, dict) and part.get("type") == "image":
        media, alt = part.get("media"), part.get("alt") or ""
        if isinstance(media, str) and _MEDIA.fullmatch(media) and isinstance(alt, str):
            return {"type": "image", "media": media, "alt": without_nul(alt)}
    raise BadInput(
        'expected a part like {"type": "text", "text": "…"}, or {"type": "image", "media": "…", "alt": "…"} with the '
        f"SHA-256 of a picture, got {part!r}"
    )


def turn_text(turn: Turn) -> str:
    """The text of a turn, its parts joined by a blank line; `[image: ALT]` stands for a picture."""
    if len(turn) == 1 and turn[0]["type"] == "text":
        return turn[0]["text"]
    return "\n\n".join([part["text"] if part["type"] == "text" else _image_label(part) for part in turn])


def turn_plain_text(turn: Turn) -> str:
    """The text of a turn without its pictures, joined by a blank line; "" if it has none."""
    return "\n\n".join([part["text"] for part in turn if part["type"] == "text"])


def short_turn(turn: Turn) -> str | Turn:
    """A turn as files hold it: as a string if it is one text."""
    return turn[0]["text"] if len(turn) == 1 and turn[0]["type"] == "text" else turn


def turn_images(turn: Turn) -> list[ImagePart]:
    """The pictures of a turn, in their order."""
    return [part for part in turn if part["type"] == "image"]


def _image_label(part: ImagePart) -> str:
    return f"[image: {part['alt']}]" if part["alt"] else "[image]"


def without_nul(text: str) -> str:
    """The same text; PostgreSQL cannot store NUL, so neither database accepts it.

    Raises:
        BadInput: the text holds a NUL character.
    """
    if "\x00" in text:
        raise BadInput(
            f"expected text without NUL characters, got one at character {text.index(chr(0)) + 1}; remove it"
        )
    return text


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable_text(text: str) -> str:
    """The text with U+FFFD for what no database stores: NUL characters and halves of surrogate pairs."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def storable_json(value: Any) -> Any:  # noqa: ANN401  any JSON value
    """The JSON value with storable texts, and null for numbers that JSON does not have."""
    return value if _is_storable(value) else _made_storable(value)


def _is_storable(value: object) -> bool:
    """Whether a value is JSON without anything to replace; false where that takes longer to find out."""
    try:
        text = orjson.dumps(value)
    except TypeError:  # half of a surrogate pair, or a key that is no text
        return False
    return b"\\u0000" not in text and b"null" not in text  # a number that JSON does not have is written as null


def _made_storable(value: Any) -> Any:  # noqa: ANN401  any JSON value
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {storable_text(str(name)): _made_storable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_made_storable(one) for one in value]
    return value


def read_json(text: str) -> Any:  # noqa: ANN401  any JSON value
    """The value of a JSON text that was stored; texts in it are read several times as fast as by `json`."""
    try:
        return orjson.loads(text)
    except ValueError:  # half of a surrogate pair
        return json.loads(text)


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spaces, so that equal values have equal text (for digests and keys)."""
    return _CANONICAL.encode(value)


def canonical_texts(value: object) -> str:
    """What `canonical_json` gives, four times as fast, for a value that holds only texts in lists and mappings."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # half of a surrogate pair
        return canonical_json(value)


def digest(text: str) -> str:
    """The SHA-256 of a text as 64 hexadecimal characters."""
    return hashlib.sha256(text.encode()).hexdigest()


def utc(moment: datetime) -> datetime:
    """A moment in UTC; one without a time zone is taken as UTC (SQLite drops the zone)."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return utc(value).isoformat()
    raise TypeError(f"not JSON: {value!r}")


_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)
