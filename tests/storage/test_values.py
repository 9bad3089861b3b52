"""Values that every part uses: canonical JSON, which digests are made of."""

import hashlib
import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from storage.errors import BadInput
from storage.values import (
    as_turn,
    canonical_json,
    canonical_texts,
    digest,
    read_json,
    short_turn,
    storable_json,
    storable_text,
    turn_images,
    turn_plain_text,
    turn_text,
    utc,
)

TEXTS = some.text(some.characters(codec=None), max_size=40)
NESTED = some.recursive(TEXTS, lambda inner: some.lists(inner) | some.dictionaries(TEXTS, inner), max_leaves=8)


@given(NESTED)
def test_texts_have_the_same_canonical_json_in_both_ways_and_are_read_again(value: object) -> None:
    expected = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert canonical_json(value) == canonical_texts(value) == expected
    assert read_json(expected) == read_json(json.dumps(value)) == value


def test_halves_of_surrogate_pairs_and_control_characters_are_kept_in_canonical_json() -> None:
    value = ["\ud800", "\x00\x1f\x7f\u2028", {"\udfff": "é"}]
    assert canonical_texts(value) == canonical_json(value)


@given(TEXTS)
def test_only_what_no_database_stores_is_replaced(text: str) -> None:
    expected = "".join("\ufffd" if one == "\x00" or "\ud800" <= one <= "\udfff" else one for one in text)
    assert storable_text(text) == expected


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("a\x00b\ud800", "a\ufffdb\ufffd"),
        ([math.nan, math.inf, -math.inf, 0.5, 7, True, None], [None, None, None, 0.5, 7, True, None]),
        ({"\udfff": {"n\x00": ["\x00", math.nan]}, 3: ("é", "\ud800")}, None),
    ],
)
def test_only_what_no_database_stores_is_replaced_in_json_however_deep(value: Any, stored: Any) -> None:
    expected = stored or {"\ufffd": {"n\ufffd": ["\ufffd", None]}, "3": ["é", "\ufffd"]}
    assert storable_json(value) == expected
    assert storable_json(expected) == expected


def test_json_that_can_be_stored_is_the_same_object() -> None:
    value = {"turns": ["é", 1.5, True, {"deep": []}]}
    assert storable_json(value) is value


def test_a_text_that_is_no_json_is_not_read() -> None:
    with pytest.raises(json.JSONDecodeError):
        read_json("{")


def test_a_digest_is_the_sha_256_of_the_text() -> None:
    assert digest("é") == hashlib.sha256(b"\xc3\xa9").hexdigest()


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "moment",
    [NOON, NOON.replace(tzinfo=None), NOON.astimezone(timezone(timedelta(hours=8)))],
    ids=["in UTC", "without a zone", "in another zone"],
)
def test_equal_moments_are_equal_in_utc_and_in_canonical_json(moment: datetime) -> None:
    assert (utc(moment), utc(moment).tzinfo) == (NOON, UTC)
    assert canonical_json({"b": moment, "a": 1}) == '{"a":1,"b":"2026-01-01T12:00:00+00:00"}'


def test_what_json_cannot_hold_has_no_canonical_json() -> None:
    with pytest.raises(TypeError, match="not JSON"):
        canonical_json({"a": object()})


DIGEST = "ab" * 32


def test_turns_of_text_are_what_they_always_were() -> None:
    turn = as_turn("How?")
    assert turn == [{"type": "text", "text": "How?"}] == as_turn(turn)
    assert (turn_text(turn), turn_plain_text(turn), turn_images(turn), short_turn(turn)) == ("How?", "How?", [], "How?")


def test_a_turn_with_pictures_says_where_they_stand() -> None:
    turn = as_turn(
        [
            {"type": "image", "media": DIGEST, "alt": "a cat"},
            {"type": "text", "text": "Who?"},
            {"type": "image", "media": DIGEST},
        ]
    )
    assert turn_images(turn) == [
        {"type": "image", "media": DIGEST, "alt": "a cat"},
        {"type": "image", "media": DIGEST, "alt": ""},
    ]
    assert turn_text(turn) == "[image: a cat]\n\nWho?\n\n[image]"
    assert turn_plain_text(turn) == "Who?"
    assert short_turn(turn) == turn == as_turn(turn)
    assert turn_text(turn[:1]) == "[image: a cat]"


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image"},
        {"type": "image", "media": DIGEST.upper()},
        {"type": "image", "media": DIGEST[:-1]},
        {"type": "image", "media": DIGEST, "alt": 3},
        {"type": "image", "media": DIGEST, "alt": "\x00"},
        {"type": "audio", "media": DIGEST},
        {"type": "text"},
        "text",
    ],
)
def test_parts_of_another_shape_are_refused(part: object) -> None:
    with pytest.raises(BadInput):
        as_turn([part])


@pytest.mark.parametrize("turn", [3, None, [], {"type": "text", "text": "How?"}])
def test_what_is_neither_a_string_nor_a_list_of_parts_is_no_turn(turn: object) -> None:
    with pytest.raises(BadInput, match="a turn as a string or a list of parts"):
        as_turn(turn)
