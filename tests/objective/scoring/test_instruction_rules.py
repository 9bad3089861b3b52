"""Each rule of IFEval on a text that follows it and one that does not, and the strict and loose shares."""

import sys
from collections.abc import Callable

import pytest

from objective.scoring.instruction_rules import language_counts
from objective.scoring.instruction_rules.following import CORPUS, loose_versions, score
from objective.scoring.instruction_rules.language_counts import count_sentences, language_of
from objective.scoring.instruction_rules.rules import RULES, follows_rule
from objective.task import Item
from storage.errors import BadInput

_LINES = "First.\n\nSecond line.\n\nThird, at last."
_ENGLISH = "the museum opens at nine in the morning and closes at five in the afternoon on every day of the week"
CASES: list[tuple[str, dict[str, object], str, str]] = [
    ("keywords:existence", {"keywords": ["oak", "C++"]}, "An OAK and c++.", "An oak and C."),
    ("keywords:frequency", {"keyword": "tea ", "frequency": 2, "relation": "at least"}, "Tea, teapot.", "One tea."),
    ("keywords:forbidden_words", {"forbidden_words": ["cat"]}, "A category.", "A Cat."),
    ("keywords:letter_frequency", {"letter": "#", "let_frequency": 2, "let_relation": "less than"}, "a#", "#a#"),
    (
        "language:response_language",
        {"language": "de"},
        "Das Museum öffnet um neun Uhr und schließt am Abend, auch an jedem Sonntag im Winter.",
        _ENGLISH,
    ),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 3, "relation": "at least"},
        "Dr. Lee came. He left! Why?",
        "Dr. Lee came. He left at 5 p.m. with Mr. Ho.",
    ),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "One\n***\nTwo\n***", "One\n***\n***\nTwo"),
    ("length_constraints:number_words", {"num_words": 3, "relation": "less than"}, "two words", "these are three"),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 3, "nth_paragraph": 3, "first_word": "Third"},
        _LINES,
        _LINES.replace("Third", "The third"),
    ),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[name], [street]", "[name]"),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Yours.\nP. S. More.", "Yours.\nPS More."),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* one\n - two", "* one\n** bold **"),
    ("detectable_format:constrained_response", {}, "Well. My answer is maybe.", "My answer is perhaps."),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* and **b**", "*a* and ** **"),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "Part", "num_sections": 2},
        "Part 1\na\nPart 2\nb",
        "Part one\nPart 2",
    ),
    ("detectable_format:json_format", {}, '```json\n{"a": [1]}\n```', "{'a': 1}"),
    ("detectable_format:title", {}, "<<A name>>\nText", "<< >>\nText"),
    ("combination:two_responses", {}, "One.\n******\nTwo.", "One.\n******\nOne."),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say hello."}, "say Hello. Hello!", "Hello! Say hello."),
    ("startend:end_checker", {"end_phrase": "The end."}, 'So. "the end."', "The end. Bye."),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 2, "capital_relation": "at least"},
        "NASA, or ESA's plan",
        "NASA or Esa",
    ),
    ("change_case:english_capital", {}, _ENGLISH.upper(), _ENGLISH),
    ("change_case:english_lowercase", {}, _ENGLISH, _ENGLISH.title()),
    ("punctuation:no_comma", {}, "No; none.", "Yes, one."),
    ("startend:quotation", {}, ' "All of it." ', '"'),
]


def _item(*rules: tuple[str, dict[str, object]]) -> Item:
    return Item(key="1", question="", gold=(), kind="text", data={"rules": [list(rule) for rule in rules]})


def test_every_rule_has_a_case_here() -> None:
    assert sorted(name for name, *_ in CASES) == sorted(RULES)
    assert len(RULES) == 25


@pytest.mark.parametrize(("name", "arguments", "right", "wrong"), CASES, ids=[case[0] for case in CASES])
def test_a_rule_tells_a_text_that_follows_it_from_one_that_does_not(
    name: str, arguments: dict[str, object], right: str, wrong: str
) -> None:
    assert follows_rule(name, right, arguments)
    assert not follows_rule(name, wrong, arguments)
    assert not follows_rule(name, " \n", arguments)


def test_an_unknown_rule_and_a_missing_argument_are_named() -> None:
    with pytest.raises(BadInput, match="got 'punctuation:no_dots'"):
        follows_rule("punctuation:no_dots", "text", {})
    with pytest.raises(BadInput, match="expected the argument num_words"):
        follows_rule("length_constraints:number_words", "text", {"relation": "at least", "num_words": None})
    with pytest.raises(BadInput, match="got 'around'"):
        follows_rule("length_constraints:number_words", "text", {"relation": "around", "num_words": 3})


def test_the_loose_metric_forgives_a_greeting_a_farewell_and_bold_type() -> None:
    item = _item(("startend:quotation", {}), ("punctuation:no_comma", {}))
    assert score(item, 'Sure, gladly:\n"**All** of it."\nBye, then.') == {"prompt_strict": 0.0, "prompt_loose": 1.0}
    assert len(loose_versions("a\nb\nc")) == 8


def test_the_share_of_instructions_is_taken_over_all_outputs() -> None:
    items = [_item(("punctuation:no_comma", {}), ("startend:quotation", {})), _item(("punctuation:no_comma", {}))]
    outputs = ["no commas", "one, comma"]
    assert CORPUS["instruction_strict"](items, outputs) == pytest.approx(1 / 3)
    assert CORPUS["instruction_loose"](items, outputs) == pytest.approx(1 / 3)


def test_a_text_without_letters_has_no_language_and_breaks_no_rule_of_one() -> None:
    assert language_of("12 + 3 = 15") is None
    assert follows_rule("language:response_language", "12 + 3 = 15", {"language": "de"})


@pytest.mark.parametrize(
    ("library", "cached", "asked"),
    [("sentencex", "_segmenter", count_sentences), ("py3langid", "_classifier", language_of)],
)
def test_a_missing_library_of_the_rules_is_named(
    library: str, cached: str, asked: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language_counts, cached, getattr(language_counts, cached).__wrapped__)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(BadInput, match=rf"expected the library {library} .*; install evenhand\[metrics\]"):
        asked("One sentence.")
