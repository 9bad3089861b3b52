"""Reading a reply takes time in proportion to its length, whatever it repeats."""

import time

import pytest

from judging.recipes.catalog import RECIPES
from judging.verdicts.parsing import parse_reply
from judging.verdicts.reading import read_safely
from judging.verdicts.verdict import OutputForm

FORMS = (OutputForm("three-way"), OutputForm("score"), OutputForm("scores"))
SMALL, FACTOR = 30_000, 8
MOST = 3.0 * FACTOR
"""Ratio of the times at both sizes: a linear parser stays near 8, a quadratic one comes to 64."""

TAIL = "\nVerdict: [[A]]"
LEAST_SECONDS = 0.004
"""Below this a time says nothing."""
ATTEMPTS = 3

REPEATED = {
    "brackets and spaces": ("[[", " "),
    "nested thinking": ("", "<think>"),
    "thinking blocks": ("", "<think></think>"),
    "ends of thinking": ("", "</think>"),
    "thinking with attributes": ("think", "<think x"),
    "channels": ("", "<|channel|>final<|message|>"),
    "half an object": ("", '{"'),
    "nested objects": ("", '{"a":'),
    "empty objects": ("", "{}"),
    "objects": ("", '{"a": 1}'),
    "half-open quotes": ("{", "'a"),
    "half-open curly quotes": ("{", "“"),
    "digits in brackets": ("[[", "9"),
    "digits after a name": ("Rating: ", "9"),
    "digits in single brackets": ("[", "9"),
    "opening brackets": ("", "["),
    "closing brackets": ("", "]"),
    "full-width brackets": ("", "【【"),
    "near markers": ("", "[[D]]"),
    "near markers, one a line": ("", "[[D]]\n"),
    "markers": ("", "[[A]]"),
    "conditional markers": ("", "[[A]] if\n"),
    "negations": ("", " not "),
    "conditions": ("", "如果"),
    "prose on one line": ("", "The answer is good and does not fail, "),
    "escapes": ("", "\\["),
    "backslashes": ('{"a": "', "\\"),
    "entities": ("", "&#91;"),
    "line ends": ("", "\n"),
    "less than": ("", "<"),
    "quotes and colons": ("{'", "': "),
    "levels": ("[", "A>"),
    "ranked assistants": ("", "Assistant 1 > "),
}


def seconds(reply: str, form: OutputForm | None) -> float:
    """Processor time of one attempt; without a form that of all published rules."""
    start = time.process_time()
    if form is not None:
        parse_reply(reply, form)
    else:
        for recipe in RECIPES.values():
            read_safely(lambda recipe=recipe: recipe.parse(reply), recipe.form)  # type: ignore[misc]
    return time.process_time() - start


def assert_linear(short: str, long: str, form: OutputForm | None) -> None:
    """Compare the least times of three attempts each, and make no attempt that cannot change what comes of it."""
    bound = MOST * LEAST_SECONDS
    least = seconds(long, form)
    if least >= bound:
        bound = MOST * max(min(seconds(short, form) for _ in range(ATTEMPTS)), LEAST_SECONDS)
    for _ in range(ATTEMPTS - 1):
        if least >= bound:
            least = min(least, seconds(long, form))
    assert least < bound


@pytest.mark.parametrize("name", REPEATED)
def test_a_reply_eight_times_as_long_takes_about_eight_times_as_long(name: str) -> None:
    before, piece = REPEATED[name]
    for form in FORMS:
        short, long = (before + piece * (size // len(piece)) + TAIL for size in (SMALL, SMALL * FACTOR))
        assert_linear(short, long, form)


@pytest.mark.parametrize("name", REPEATED)
def test_no_published_rule_takes_more_than_linear_time(name: str) -> None:
    before, piece = REPEATED[name]
    short, long = (before + piece * (size // len(piece)) for size in (SMALL // 2, SMALL // 2 * FACTOR))
    assert_linear(short, long, None)
