"""Forbidden words in texts that are being written, and what a search costs."""

import re
import sys
import unicodedata
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.live import word_list
from arena.live.word_list import WordList, WordSight

WORDS = ("hell", "sex", "a b", "$a", "c++", "坏词", "か", "가", "éa")
LETTERS = st.sampled_from([*"helosx ab$c+._坏词か가éﾞ\t", "\u0301", "\u0323", "\u3099", "\u1100", "\u1161", "\u11a8"])
PIECES = st.lists(st.one_of(st.sampled_from(WORDS), st.text(LETTERS, min_size=1, max_size=4)), max_size=6)


def sights(words: WordList, pieces: list[str]) -> list[WordSight]:
    """What is seen after each piece of a text."""
    texts = ["".join(pieces[: n + 1]) for n in range(len(pieces))]
    return [words.sight(text, len(piece)) for text, piece in zip(texts, pieces, strict=True)]


@pytest.mark.parametrize(
    ("word", "pieces", "seen"),
    [
        ("hell", [" hell", "o there"], ["open", "none"]),
        ("hell", [" hell", " there"], ["open", "found"]),
        ("sex", ["Es", "sex", " is a county"], ["none", "none", "none"]),
        ("sex", [*"Essex and more words than fit", "."], ["none"] * 30),
        ("坏词", ["这是坏", "词", "语"], ["none", "open", "found"]),
    ],
)
def test_a_border_is_only_seen_where_a_character_follows(word: str, pieces: list[str], seen: list[str]) -> None:
    assert sights(WordList([word]), pieces) == seen


@given(pieces=PIECES, words=st.sets(st.sampled_from(WORDS)))
def test_any_pieces_of_a_text_lead_to_what_the_whole_text_does(pieces: list[str], words: set[str]) -> None:
    listed = WordList(words)
    assert (WordSight.found in sights(listed, [*pieces, "."])) is listed.found_in("".join(pieces) + ".")


def bordered(word: str) -> str:
    """A word with its borders as an expression."""
    before, after = (one.isalnum() and not "\u3040" <= one <= "\u9fff" for one in (word[0], word[-1]))
    return r"(?<![^\W_])" * before + re.escape(word) + r"(?![^\W_])" * after


@given(text=PIECES.map("".join), words=st.sets(st.sampled_from(WORDS), min_size=1))
def test_words_are_found_where_an_expression_finds_them(text: str, words: set[str]) -> None:
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold())
    assert WordList(words).found_in(text) is any(re.search(bordered(word), plain) for word in words)


def steps(words: WordList, text: str) -> int:
    """Number of lines that run for a search."""
    lines = 0

    def trace(frame: FrameType, event: str, _value: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        return trace if frame.f_code.co_filename == word_list.__file__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        assert not words.found_in(text)
    finally:
        sys.settrace(before)
    return lines


def test_a_search_costs_the_same_for_ten_words_and_for_ten_thousand() -> None:
    few, many = (WordList(f"{chr(97 + n % 26)}{n}word{n}" for n in range(size)) for size in (52, 10_000))
    assert steps(many, "some words of a text " * 20) <= 1.1 * steps(few, "some words of a text " * 20)
    assert not [one for one in vars(many).values() if isinstance(one, re.Pattern)]  # it would try every word anywhere
