"""Values that every part uses: canonical JSON, which digests are made of."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from storage.errors import BadInput
from storage.values import (
    as_turn,
    canonical_json,
    canonical_texts,
    short_turn,
    storable_text,
    turn_images,
    turn_plain_text,
    turn_text,
)

TEXTS = some.text(some.characters(codec=None), max_size=40)
NESTED = some.recursive(TEXTS, lambda inner: some.lists(inner) | some.dictionaries(TEXTS, inner), max_leaves=8)


@given(NESTED)
def test_texts_have_the_same_canonical_json_in_both_ways(value: object) -> None:
    expected = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert canonical_json(value) == canonical_texts(value) == expected


def test_halves_of_surrogate_pairs_and_control_characters_are_kept_in_canonical_json() -> None:
    value = ["\ud800", "\x00\x1f\x7f\u2028", {"\udfff": "é"}]
    assert canonical_texts(value) == canonical_json(value)


@given(TEXTS)
def test_only_what_no_database_stores_is_replaced(text: str) -> None:
    expected = "".join("\ufffd" if one == "\x00" or "\ud800" <= one <= "\udfff" else one for one in text)
    assert storable_text(text) == expected


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
