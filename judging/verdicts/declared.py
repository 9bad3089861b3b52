"""Markers that a prompt declares instead of double square brackets, such as `Rating: 7` or `Output (a)`.

A declaration is the marker as it stands in a reply, with an example of the verdict or with `{score}` or `{verdict}` in
its place. In a reply it may differ in case, width, bold and spaces. Declared markers are rewritten to `[[…]]`, so that
the same rules decide which one counts.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from judging.verdicts.normalizing import plain_brackets, plain_characters
from judging.verdicts.verdict import SHARES, DeclaredMarker, OutputForm
from storage.errors import BadInput

_PLACES = {True: "{verdict}", False: "{score}"}
_NUMBER = r"[+-]?\d++(?:[.,]\d++)?"
_EXAMPLE_NUMBER = re.compile(_NUMBER)
_SCALE = rf"{_NUMBER}(?:\s?/\s?{_NUMBER})?"
_MARKUP = r"[\s*_`]{0,4}"
_REACH = 100_000
_OWN_WORDS: Mapping[str, Mapping[str, str]] = {"three-way": {"tie": "C"}, "five-level": {"tie": "A=B"}}


def declare_marker(form: OutputForm, marker: str, labels: str) -> DeclaredMarker:
    """The marker that a prompt declares.

    Args:
        form: Form of the prompt's verdicts.
        marker: Its declaration, such as `【总分】5分`, `Output (a)` or `Rating: {score}`.
        labels: What is written for each verdict, such as `1 = A, 2 = B, tie = C`; empty for the form's own labels.

    Raises:
        BadInput: The declaration has no place for the verdict or several, nothing around it, or unclear labels.
    """
    if form.kind == "scores":
        raise BadInput("expected no marker for an output of several scores, which is an object, got one; leave it out")
    if not marker:
        raise BadInput("expected a line 'marker:' beside 'labels:', got none; add it, such as 'marker: Winner: A'")
    written = _read_labels(form, labels)
    place = _PLACES[form.is_pairwise]
    if place in marker:
        before, _, after = marker.partition(place)
    else:
        before, after = _split_at_example(form, marker, written)
    if "{" in before + after or not re.search(r"\w|[^\w\s]{2}|[(\[【<]", before + after):
        raise BadInput(
            f"expected a marker with some text around one {place}, got {marker!r}; write one like 'Rating: 7'"
        )
    return DeclaredMarker(before, after, tuple(written.items()))


def rewrite_declared(text: str, form: OutputForm) -> str:
    """The end of a text with its declared markers as `[[…]]`; other double brackets are broken up."""
    declared = form.declared
    if declared is None:
        return text
    pattern, meaning = _pattern(declared, is_score=not form.is_pairwise)

    def rewrite(found: re.Match[str]) -> str:
        content = plain_characters(found[1])
        return f"\x00{meaning.get(_folded(content, meaning), content)}\x01"

    rewritten = pattern.sub(rewrite, text[-_REACH:].replace("\x00", "").replace("\x01", ""))
    return rewritten.replace("[[", "[ [").replace("]]", "] ]").replace("\x00", "[[").replace("\x01", "]]")


def _read_labels(form: OutputForm, labels: str) -> dict[str, str]:
    """What each label means: the form's own marker by what is written for it."""
    if not form.is_pairwise:
        if labels:
            raise BadInput("expected labels for a pairwise output only, got some for scores; leave them out")
        return {}
    own = SHARES[form.kind]
    if not labels:
        return {name: name for name in own} | dict(_OWN_WORDS[form.kind])
    written: dict[str, str] = {}
    for pair in labels.split(","):
        name = max((name for name in own if re.search(rf"=\s*{re.escape(name)}\s*$", pair)), key=len, default="")
        label = pair.strip().removesuffix(name).rstrip().removesuffix("=").strip()
        if not name or not label or label in written:
            raise BadInput(
                f"expected labels like '1 = A, 2 = B, tie = C' with the verdicts {', '.join(own)}, "
                f"got {pair.strip()!r}; correct it"
            )
        written[label] = name
    sides = {own[name] > 0.5 for name in written.values() if own[name] != 0.5}
    if sides != {True, False}:
        raise BadInput(f"expected labels for both sides, got {labels!r}; add the missing one")
    return written


def _split_at_example(form: OutputForm, marker: str, written: Mapping[str, str]) -> tuple[str, str]:
    """What stands before and after the one example of a verdict."""
    if form.is_pairwise:
        labels = "|".join(re.escape(label) for label in sorted(written, key=len, reverse=True))
        example = re.compile(rf"(?<![\w<>=])(?:{labels})(?![\w<>=])", re.IGNORECASE)
    else:
        example = _EXAMPLE_NUMBER
    found = list(example.finditer(marker))
    if len(found) != 1:
        what = "verdict" if form.is_pairwise else "score"
        raise BadInput(
            f"expected a marker with one example of a {what}, got {len(found)} in {marker!r}; "
            f"write {_PLACES[form.is_pairwise]} in its place"
        )
    return marker[: found[0].start()], marker[found[0].end() :]


@lru_cache(maxsize=64)
def _pattern(declared: DeclaredMarker, *, is_score: bool) -> tuple[re.Pattern[str], Mapping[str, str]]:
    meaning = dict(declared.labels)
    labels = "|".join(re.escape(label) for label in sorted(meaning, key=len, reverse=True))
    content = _SCALE if is_score else labels
    before, after = _flexible(declared.before), _flexible(declared.after)
    end = rf"{_MARKUP}{after}" if after else r"(?![\w<>=]|[.,]\d)"
    flags = re.NOFLAG if _is_case_sensitive(meaning) else re.IGNORECASE
    start = r"(?<!\w)" if declared.before[:1].isalnum() else ""
    return re.compile(rf"{start}{before}{_MARKUP}({content}){end}", flags), {
        _folded(label, meaning): name for label, name in meaning.items()
    }


def _flexible(text: str) -> str:
    """A pattern for a fixed part of a marker: spaces, markup and the width of signs do not matter."""
    plain = plain_characters(plain_brackets(text)).strip()
    parts = []
    for character in plain:
        wide = chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else ""
        parts.append(r"\s{1,4}" if character.isspace() else f"[{re.escape(character + wide)}]")
    return "".join(
        f"{part}{_MARKUP}" if character in ":=" else part for part, character in zip(parts, plain, strict=True)
    )


def _is_case_sensitive(meaning: Mapping[str, str]) -> bool:
    return len({label.casefold() for label in meaning}) < len(meaning)


def _folded(label: str, meaning: Mapping[str, str]) -> str:
    return label if _is_case_sensitive(meaning) else label.casefold()
