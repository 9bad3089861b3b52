"""Cheap looks before patterns run never hide a match: readers give what the patterns alone would give."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from objective.scoring import extraction, letters, numbers, sentences
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


def texts_of(*fragments: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(fragments), max_size=6).map("".join)


SPACES = texts_of("A", "B", "選", "é", "  ", "\u3000", *"\t\r\v\f\x1c\x1d\x1e\x1f\n")
THINKING = texts_of("A", "\n", "<think>", "</think>", "<thought>", "[THINK]", "[/THINK]", "◁think▷", "◁/think▷")
ENDS = texts_of("A", "- B", "\n", "\nQuestion 2:", "\n**题目:", "\nNote:", "\n**解析**：", "Note:", "answer: ")
SIGNS = texts_of(
    "1", "3", " ", "a", "–3", "—", "−", "$", "\\frac{1}{2}", "\\tfrac12", "3分之1", "百分之1", "负3", "{,}", "\\%",
    "**", "10^3", "*10^", "×", "\\times 10^{-2}",
)  # fmt: skip


@settings(max_examples=100)
@given(text=SPACES)
def test_spaces_are_shortened_as_without_a_look_at_the_text(text: str) -> None:
    assert letters._normalised(text) == without_looks(text)


def test_runs_of_every_sign_are_shortened_as_without_a_look_at_the_text() -> None:
    for sign in [*map(chr, range(128)), "。", "é"]:
        for text in (f"A{3 * sign}A", f"A{4 * sign}A", f"{sign}A{9 * sign}B"):
            assert letters._normalised(text) == without_looks(text), repr(text)


def without_looks(text: str) -> str:
    """What `letters._normalised` gives if every substitution runs on every text."""
    answer = letters._without_end_tokens(extraction.visible_answer(text) or "")
    answer = letters._RUNS.sub(r"\1\1\1", letters._SPACES.sub(" ", answer))
    return answer.strip().translate(letters._SIMPLE)


@settings(max_examples=100)
@given(text=THINKING)
def test_thinking_is_cut_as_without_a_look_at_the_text(text: str) -> None:
    opened = [match.start() for match in extraction._OPENED.finditer(text)]
    closed = [match.span() for match in extraction._CLOSED.finditer(text)]
    start, end = max(closed, default=(-1, 0))
    assert extraction.text_after_thinking(text) == (None if max(opened, default=-1) > start else text[end:])


@settings(max_examples=100)
@given(text=ENDS)
def test_texts_end_as_without_a_look_at_the_text(text: str) -> None:
    head = extraction._NEXT.split(text, maxsplit=1)[0].strip() or text
    assert extraction.before_next_question(text) == head
    answer = extraction.before_next_question(extraction.visible_answer(text) or "")
    lines = extraction._BESIDE.split(answer, maxsplit=1)[0].splitlines()
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    stated = extraction.find_stated_text(answer)
    read = normalise_text(extraction._BULLET.sub("", last)) if stated is None else stated
    assert extraction.read_text(text) == (read or None)


@settings(max_examples=100)
@given(text=SIGNS)
def test_signs_of_numbers_are_plain_as_without_a_look_at_the_text(text: str) -> None:
    plain = text
    for sign, other in (("−", "-"), ("\\$", "$"), ("\\%", "%"), ("\\,", ""), ("\\!", ""), ("{,}", ","), ("**", "")):
        plain = plain.replace(sign, other)
    plain = re.sub(r"(?<![A-Za-z0-9)\]])\s?[–—](?=[$¥£€]?\d)", "-", plain)
    plain = re.sub(r"\\[dt]?frac\{(\d+)\}\{(\d+)\}", r"\1/\2", plain)
    plain = re.sub(r"\\[dt]?frac\s*(\d)\s*(\d)(?!\d)", r"\1/\2", plain)
    plain = re.sub(r"(?<!\d)(\d++)\s*分之\s*(\d+)", r"\2/\1", plain.replace("百分之", ""))
    plain = re.sub(r"负(?=\d)", "-", plain)
    assert numbers._plain_signs(text) == numbers._TENS.sub(r"e\1", plain)
