"""Cheap looks before patterns run never hide a match: readers give what the patterns alone would give."""

import re

from hypothesis import given
from hypothesis import strategies as st

from objective.scoring import numbers, sentences
from objective.scoring.extraction import _STATED, _TAGGED, _all_stated, fold, normalise_text
from objective.scoring.letters import _GuardedPattern, _option_patterns

FRAGMENTS = (
    "The answer is ", "ANſWER: ", "answers to this question are ", "correct option = ", "Best choice: ",
    "答案是", "答案", "不正确的选项是", "错误的是", "故选", "I would choose ", "ı pick ", "İt's ", "It is ",
    "that must be ", "this ", "选", "不选", "不是", "排除", "除", "not ", "ısn't ", "isn’t ", "can't be ",
    "neither ", "nor ", "rule out ", "ruling out ", "eliminate ", "except ", " is wrong", " are both false",
    " is ruled out", " was not the answer", " 错", "有误", "正确", "✓", "✗", "right", "true", "NO", "yes.",
    " is the best", "最合适", "符合题意", "A", "B", "(C)", "**D**", "A, B", "A和C", "\\boxed{", "}", "#### ",
    "result: ", "结果是", "7", "1/2", "<answer>", "</answer>", "\n", " ", ".", "。", "! ", "?\t", "Mara Holt",
    "and ", "or", "，", ";", "K", "\x1c", "\u3000",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join)


def guarded() -> list[_GuardedPattern]:
    own = _option_patterns("ABCD")
    return [*own._stated, *own._preferred, *own._rejected, own._review]


@given(text=TEXTS)
def test_guarded_patterns_find_what_they_find_alone(text: str) -> None:
    for pattern in guarded():
        found = [match.span() for match in pattern.matches(text, fold(text))]
        assert found == [match.span() for match in pattern.regex.finditer(text)], pattern.regex.pattern
    for stated, parts in zip(numbers._STATED, numbers._STATED_PARTS, strict=True):
        assert not stated.search(text) or any(part in fold(text) for part in parts)
    assert _all_stated(text) == (_TAGGED.findall(text) or _STATED.findall(text))


@given(text=TEXTS)
def test_sentences_end_where_a_sign_stands_before_a_space(text: str) -> None:
    ends = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
    assert sentences._sentences(text) == [one for one in ends.split(text) if one and one.strip()]


@given(before=TEXTS, after=TEXTS)
def test_lists_and_denials_are_those_that_the_patterns_find(before: str, after: str) -> None:
    own = sentences._is_listed_or_denied(f"{before}Na{after}", len(before), len(before) + 2)
    left, right = before.rstrip("\"'“‘*_ "), after.lstrip("\"'”’*_ ")
    listed = sentences._LISTED_BEFORE.search(left[-60:].casefold()) and not sentences._OPENERS.match(left.casefold())
    is_denied = bool(sentences._DENIED.search(left[-80:].casefold()))
    assert own == (is_denied or bool(listed) or bool(sentences._LISTED_AFTER.match(right[:80].casefold())))


@given(text=TEXTS | st.text(max_size=20))
def test_texts_are_normalised_as_by_the_pattern_of_spaces(text: str) -> None:
    assert normalise_text(text) == normalise_text(re.sub(r"\s+", " ", text))
    assert normalise_text(text + 200 * " ") == normalise_text(text), "a long text as a short one"
