"""Values that every part uses: canonical JSON, which digests are made of."""

import json

from hypothesis import given
from hypothesis import strategies as some

from storage.values import canonical_json, canonical_texts, storable_text

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
