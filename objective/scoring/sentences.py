"""Finds an accepted answer in a sentence: "The symbol of sodium is Na." states Na.

Containment alone would reward an output that lists every answer or denies the right one. So an answer counts only if
the sentence that holds it neither lists it among others nor denies it, and if the question does not hold it already;
where that cannot be told, the output is unparsed.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

from objective.scoring.extraction import before_next_question, find_stated_text, normalise_text, visible_answer

Finding = Literal["stated", "absent", "unclear"]
"""Whether an output states an accepted answer, does not hold it, or holds it in a way that decides nothing."""

_SENTENCE_END = re.compile(r"[.!?]\s+|[。！？]|\n+")
_JOINED = r"(?:,|;|/|、|，|；|\bor\b|\band\b|或者?|和|与|以及)"
_LISTED_BEFORE = re.compile(rf"(?:^|\s)?(?:[^\s,;/、，；]+\s+){{0,2}}[^\s,;/、，；]+\s*{_JOINED}\s*$")
_LISTED_AFTER = re.compile(rf"^\s*{_JOINED}\s*(?:[^\s,;/、，；.。]+\s*){{1,3}}(?:{_JOINED}|[.。!?]|$)")
_OPENERS = re.compile(
    r"^\s*(?:well|sure|so|thus|hence|therefore|yes|no|ok|okay|certainly|所以|因此|好的?|那么)\s*[,，]\s*$"
)
_DENIED = re.compile(
    r"\b(?:not|never|neither|nor|isn['’]t|aren['’]t|wasn['’]t|cannot|can['’]t|instead\s+of|rather\s+than|unlike|except)"
    r"\b[^,.;]{0,40}$|(?:不是|并非|而非|不能是|不为|除了)[^，。；]{0,8}$"
)
_JOINING = tuple(", ; / 、 ， ； or and 或 或者 和 与 以及".split())
"""What text ends or begins with that `_JOINED` matches there."""
_DENYING = (
    *("not", "never", "neither", "nor", "isn", "aren", "wasn", "can", "instead", "rather", "unlike", "except"),
    *("不", "并非", "而非", "除了"),
)
"""Parts of which a text holds at least one where `_DENIED` matches."""
_STATEMENT = re.compile(r"answer\b|答案|\\f?boxed|<answer>", re.IGNORECASE)
_CORRECTED = re.compile(r"\b(?:wait|actually|correction|i\s+mean|let\s+me\s+re)\b|等等|不对|更正|应该说")
_BARE = frozenset("yes no true false valid invalid right wrong correct incorrect 是 否 对 错 不 有 没有".split())
"""Answers that also occur as words of any sentence; they count only as the whole answer or its first word."""
_LONGEST_NAME = 3
"""Number of letters up to which an answer with a capital letter, such as He or Na, must be written with it."""


def find_answer(output: str, gold: Sequence[str], question: str) -> Finding:
    """Look for an accepted answer in what an output states as its answer, else in its first and its last sentence.

    Args:
        output: output of the model.
        gold: accepted answers.
        question: question as it was asked; an answer that it holds already is not looked for.
    """
    answer = before_next_question(visible_answer(output) or "")
    findings = [
        _in_sentence(sentence, accepted, question) for sentence in _statements(answer) for accepted in gold if accepted
    ]
    if "unclear" in findings or ("stated" in findings and _CORRECTED.search(answer.casefold())):
        return "unclear"
    return "stated" if "stated" in findings else "absent"


def find_option(output: str, options: Sequence[str]) -> int | None:
    """The index of the only option whose text a sentence holds; None for several sentences, or several options."""
    answer = (visible_answer(output) or "").strip()
    sentences = _sentences(answer)
    if len(sentences) != 1:
        return None
    found = [_in_sentence(sentences[0], option, "") for option in options]
    held = [place for place, finding in enumerate(found) if finding != "absent"]
    return held[0] if len(held) == 1 and found[held[0]] == "stated" else None


def _sentences(text: str) -> list[str]:
    """The sentences of a text with their final signs, without blank ones."""
    found, start = [], 0
    for match in _SENTENCE_END.finditer(text):
        is_line = text[match.start()] == "\n"
        found.append(text[start : match.start() if is_line else match.start() + 1])
        start = match.end()
    return [one for one in (*found, text[start:]) if one.strip()]


def _statements(answer: str) -> Iterator[str]:
    if find_stated_text(answer):
        yield _STATEMENT.split(answer)[-1]
        return
    sentences = _sentences(answer)
    yield from dict.fromkeys(sentences[:1] + sentences[-1:])


def _in_sentence(sentence: str, accepted: str, question: str) -> Finding:
    plain = normalise_text(accepted)
    if plain in _BARE:
        return "stated" if re.match(rf"\W*{re.escape(plain)}\b", sentence.casefold()) else "absent"
    places = list(_places(sentence, accepted))
    if not places:
        return "absent"
    if question and any(True for _ in _places(question, accepted)):
        return "unclear"
    clear = [place for place in places if not _is_listed_or_denied(sentence, *place)]
    return "stated" if len(clear) == len(places) else "unclear"


def _places(text: str, accepted: str) -> Iterator[tuple[int, int]]:
    """Where an answer stands in a text as whole words; words of Chinese have no borders."""
    for match in _as_words(accepted).finditer(text):
        yield match.span()


@lru_cache(maxsize=4096)
def _as_words(accepted: str) -> re.Pattern[str]:
    words = re.escape(accepted.strip()).replace(r"\ ", r"\s+")
    before = r"(?<![A-Za-z0-9])" if accepted[:1].isascii() else ""
    after = r"(?![A-Za-z0-9])" if accepted[-1:].isascii() else ""
    exact = len(accepted) <= _LONGEST_NAME and accepted != accepted.lower()
    return re.compile(f"{before}{words}{after}", 0 if exact else re.IGNORECASE)


def _is_listed_or_denied(sentence: str, start: int, end: int) -> bool:
    before, after = sentence[:start].rstrip("\"'“‘*_ "), sentence[end:].lstrip("\"'”’*_ ")
    near = before[-80:].casefold()
    if any(part in near for part in _DENYING) and _DENIED.search(near):
        return True
    nearer = before[-60:].casefold()
    may_join = nearer.rstrip().endswith(_JOINING)
    if may_join and _LISTED_BEFORE.search(nearer) and not _OPENERS.match(before.casefold()):
        return True
    following = after[:80].casefold()
    return following.lstrip().startswith(_JOINING) and _LISTED_AFTER.match(following) is not None
