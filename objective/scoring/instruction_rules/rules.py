"""The 25 rules of IFEval, each with the arguments that its data names.

The rules repeat those of the published scorer (Zhou et al., 2023, https://arxiv.org/abs/2311.07911), including where
it is lenient, since figures depend on it: keywords are found inside longer words, and a postscript may stand anywhere.
Keywords are taken literally; the published scorer reads them as patterns, which differs only for special characters.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from objective.scoring.instruction_rules.language_counts import (
    count_capital_words,
    count_sentences,
    count_words,
    language_of,
)
from storage.errors import BadInput

Arguments = Mapping[str, Any]
"""Arguments of one rule, under the names of the published data."""

Rule = Callable[[str, Arguments], bool]
"""Returns whether a text that is not blank follows the rule."""

_FIXED_ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_JSON_FENCES = ("```json", "```Json", "```JSON", "```")
_ENDS_OF_FIRST_WORD = re.compile(r"""[.,?!'"]""")


def _compare(count: int, arguments: Arguments, relation: str, threshold: str) -> bool:
    wanted, least = arguments[relation], arguments[threshold]
    if wanted not in ("less than", "at least"):
        raise BadInput(f"expected {relation} `less than` or `at least` in a rule of IFEval, got {wanted!r}")
    return bool(count < least if wanted == "less than" else count >= least)


def _count_literal(text: str, words: str) -> int:
    return len(re.findall(re.escape(words), text, flags=re.IGNORECASE))


def _has_keywords(text: str, arguments: Arguments) -> bool:
    return all(_count_literal(text, word) for word in arguments["keywords"])


def _has_keyword_often(text: str, arguments: Arguments) -> bool:
    return _compare(_count_literal(text, arguments["keyword"].strip()), arguments, "relation", "frequency")


def _lacks_words(text: str, arguments: Arguments) -> bool:
    patterns = (rf"\b{re.escape(word)}\b" for word in arguments["forbidden_words"])
    return not any(re.search(pattern, text, flags=re.IGNORECASE) for pattern in patterns)


def _has_letter_often(text: str, arguments: Arguments) -> bool:
    return _compare(text.lower().count(arguments["letter"].lower()), arguments, "let_relation", "let_frequency")


def _is_in_language(text: str, arguments: Arguments) -> bool:
    return language_of(text) in (None, arguments["language"])


def _has_sentences(text: str, arguments: Arguments) -> bool:
    return _compare(count_sentences(text), arguments, "relation", "num_sentences")


def _has_words(text: str, arguments: Arguments) -> bool:
    return _compare(count_words(text), arguments, "relation", "num_words")


def _has_divided_paragraphs(text: str, arguments: Arguments) -> bool:
    parts = re.split(r"\s?\*\*\*\s?", text)
    if any(not part.strip() for part in parts[1:-1]):
        return False
    return sum(bool(part.strip()) for part in parts) == int(arguments["num_paragraphs"])


def _begins_paragraph(text: str, arguments: Arguments) -> bool:
    parts = text.split("\n\n")
    count = sum(bool(part.strip()) for part in parts)
    place = arguments["nth_paragraph"]
    if place > count or not parts[place - 1].strip():
        return False
    word = parts[place - 1].split()[0].lstrip("'").lstrip('"')
    first = _ENDS_OF_FIRST_WORD.split(word, maxsplit=1)[0].lower()
    return bool(count == arguments["num_paragraphs"] and first == arguments["first_word"].lower())


def _has_placeholders(text: str, arguments: Arguments) -> bool:
    return len(re.findall(r"\[.*?\]", text)) >= int(arguments["num_placeholders"])


def _has_postscript(text: str, arguments: Arguments) -> bool:
    marker = arguments["postscript_marker"].strip()
    patterns = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    return re.search(patterns.get(marker, re.escape(marker.lower())), text.lower()) is not None


def _has_bullets(text: str, arguments: Arguments) -> bool:
    stars = re.findall(r"^\s*\*[^\*].*$", text, flags=re.MULTILINE)
    dashes = re.findall(r"^\s*-.*$", text, flags=re.MULTILINE)
    return len(stars) + len(dashes) == int(arguments["num_bullets"])


def _is_fixed_answer(text: str, _: Arguments) -> bool:
    return any(answer in text for answer in _FIXED_ANSWERS)


def _has_highlights(text: str, arguments: Arguments) -> bool:
    single = sum(bool(found.strip("*").strip()) for found in re.findall(r"\*[^\n\*]*\*", text))
    double = sum(bool(found[2:-2].strip()) for found in re.findall(r"\*\*[^\n\*]*\*\*", text))
    return single + double >= int(arguments["num_highlights"])


def _has_sections(text: str, arguments: Arguments) -> bool:
    mark = re.escape(arguments["section_spliter"].strip())
    return len(re.findall(rf"\s?{mark}\s?\d+\s?", text)) >= int(arguments["num_sections"])


def _is_json(text: str, _: Arguments) -> bool:
    text = text.strip()
    for fence in _JSON_FENCES:
        text = text.removeprefix(fence)
    try:
        json.loads(text.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def _has_title(text: str, _: Arguments) -> bool:
    return any(found.lstrip("<").rstrip(">").strip() for found in re.findall(r"<<[^\n]+>>", text))


def _is_two_answers(text: str, _: Arguments) -> bool:
    parts = [part.strip() for part in text.split("******")]
    if not all(parts[1:-1]):
        return False
    answers = [part for part in parts if part]
    return len(answers) == 2 and answers[0] != answers[1]


def _repeats_prompt(text: str, arguments: Arguments) -> bool:
    return text.strip().lower().startswith(arguments["prompt_to_repeat"].strip().lower())


def _ends_with_phrase(text: str, arguments: Arguments) -> bool:
    return text.strip().strip('"').lower().endswith(arguments["end_phrase"].strip().lower())


def _has_capital_words(text: str, arguments: Arguments) -> bool:
    return _compare(count_capital_words(text), arguments, "capital_relation", "capital_frequency")


def _is_english_in_capitals(text: str, _: Arguments) -> bool:
    return text.isupper() and language_of(text) == "en"


def _is_english_in_small_letters(text: str, _: Arguments) -> bool:
    return text.islower() and language_of(text) == "en"


def _lacks_commas(text: str, _: Arguments) -> bool:
    return "," not in text


def _is_quoted(text: str, _: Arguments) -> bool:
    text = text.strip()
    return len(text) > 1 and text[0] == text[-1] == '"'


RULES: Mapping[str, tuple[Rule, tuple[str, ...]]] = {
    "keywords:existence": (_has_keywords, ("keywords",)),
    "keywords:frequency": (_has_keyword_often, ("keyword", "frequency", "relation")),
    "keywords:forbidden_words": (_lacks_words, ("forbidden_words",)),
    "keywords:letter_frequency": (_has_letter_often, ("letter", "let_frequency", "let_relation")),
    "language:response_language": (_is_in_language, ("language",)),
    "length_constraints:number_sentences": (_has_sentences, ("num_sentences", "relation")),
    "length_constraints:number_paragraphs": (_has_divided_paragraphs, ("num_paragraphs",)),
    "length_constraints:number_words": (_has_words, ("num_words", "relation")),
    "length_constraints:nth_paragraph_first_word": (
        _begins_paragraph,
        ("num_paragraphs", "nth_paragraph", "first_word"),
    ),
    "detectable_content:number_placeholders": (_has_placeholders, ("num_placeholders",)),
    "detectable_content:postscript": (_has_postscript, ("postscript_marker",)),
    "detectable_format:number_bullet_lists": (_has_bullets, ("num_bullets",)),
    "detectable_format:constrained_response": (_is_fixed_answer, ()),
    "detectable_format:number_highlighted_sections": (_has_highlights, ("num_highlights",)),
    "detectable_format:multiple_sections": (_has_sections, ("section_spliter", "num_sections")),
    "detectable_format:json_format": (_is_json, ()),
    "detectable_format:title": (_has_title, ()),
    "combination:two_responses": (_is_two_answers, ()),
    "combination:repeat_prompt": (_repeats_prompt, ("prompt_to_repeat",)),
    "startend:end_checker": (_ends_with_phrase, ("end_phrase",)),
    "change_case:capital_word_frequency": (_has_capital_words, ("capital_frequency", "capital_relation")),
    "change_case:english_capital": (_is_english_in_capitals, ()),
    "change_case:english_lowercase": (_is_english_in_small_letters, ()),
    "punctuation:no_comma": (_lacks_commas, ()),
    "startend:quotation": (_is_quoted, ()),
}
"""Rules by their published names, each with the names of its arguments."""


def follows_rule(name: str, text: str, arguments: Arguments) -> bool:
    """Whether a text follows a rule; a blank text follows none.

    Args:
        name: published name of the rule.
        text: text to check.
        arguments: arguments of the rule; those that are None count as missing.

    Raises:
        BadInput: the rule is unknown, or one of its arguments is missing.
    """
    check_rule(name, arguments)
    return bool(text.strip()) and RULES[name][0](text, arguments)


def check_rule(name: str, arguments: Arguments) -> None:
    """Check that a rule is known and has its arguments.

    Raises:
        BadInput: it is not, or one is missing.
    """
    if name not in RULES:
        raise BadInput(f"expected a rule of IFEval, got {name!r}; the known ones are {', '.join(sorted(RULES))}")
    missing = [needed for needed in RULES[name][1] if arguments.get(needed) is None]
    if missing:
        raise BadInput(
            f"expected the argument {missing[0]} for the rule {name} of IFEval, got none; fetch the data again"
        )
