"""Judge prompt files: a header, a system part, a user part, and fields that are filled for each item.

    ---
    name: pair-3
    version: 1
    kind: pairwise
    language: en
    output: three-way
    source: Evenhand
    ---
    === system
    …
    === user
    … {question} … {response_a} … {response_b} …

A prompt that asks for another marker than double square brackets declares it in its header, as it stands in a reply:
`marker: Rating: 7`, `marker: 【总分】5分`, `marker: Output (a)`; `{score}` or `{verdict}` may stand in the place of the
example. `labels: 1 = A, 2 = B, tie = C` says what is written for the verdicts of a pair.

Double a brace that is meant literally. Text of models and users is put between fences that cannot be predicted, and
anything in it that looks like a fence or a verdict marker is broken up, so that a response cannot pose as the judge.
"""

import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypedDict

from judging.verdicts.declared import declare_marker
from judging.verdicts.verdict import OutputForm
from storage.errors import BadInput, NotFound
from storage.values import LANGUAGES, Language, Part, canonical_json, canonical_texts, digest

PromptKind = Literal["single", "pairwise", "several"]

FIELDS: Mapping[str, frozenset[str]] = {
    "single": frozenset({"question", "reference", "response", "conversation", "dimensions", "rubric", "checklist"}),
    "pairwise": frozenset(
        {"question", "reference", "response_a", "response_b", "conversation_a", "conversation_b", "rubric", "checklist"}
    ),
    "several": frozenset({"question", "reference", "responses", "rubric"}),
}
"""Fields that prompts of each kind may use; each is filled with text of a model, a user or a question writer."""

_HEADER = ("name", "version", "kind", "language", "output", "source")
_OPTIONAL = ("marker", "labels")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_PART = re.compile(r"^=== (system|user)[ \t]*$", re.MULTILINE)
_OPENING, _CLOSING = (
    rf"(?:{brackets}|\\{{1,2}}\{bracket}|&#x?0*{codes};|&l?r?(?:sqb|brack);)"
    for bracket, brackets, codes in (("[", r"[\[［【〖〔]", "(?:91|5[bB])"), ("]", r"[\]］】〗〕]", "(?:93|5[dD])"))
)
_RUN = re.compile(rf"{_OPENING}(?={_OPENING})|{_CLOSING}(?={_CLOSING})|<(?=<<)|>(?=>>)")
_WIDE_BRACKETS = "［【〖〔］】〗〕"
_FENCE_CHARACTERS = 12


class Message(TypedDict):
    """One message to a chat model.

    Attributes:
        role: Author of the message.
        content: Text of the message, or its parts where it holds images; an image is named by its digest.
    """

    role: Literal["system", "user", "assistant"]
    content: str | list[Part]


@dataclass(frozen=True)
class JudgePrompt:
    """One judge prompt.

    Attributes:
        name: Name, unique among the known prompts.
        version: Version of the text.
        kind: What the prompt judges: one response, a pair, or several.
        language: Language of the text.
        form: Form in which the prompt asks for the verdict.
        source: Origin of the text.
        system: Template of the system message, empty for none.
        user: Template of the user message.
        fields: Fields that the templates use.
        digest: Digest of the file's content; a prompt with one changed word is another prompt.
    """

    name: str
    version: str
    kind: PromptKind
    language: Language
    form: OutputForm
    source: str
    system: str
    user: str
    fields: frozenset[str]
    digest: str

    def render(self, values: Mapping[str, str], *, salt: str) -> list[Message]:
        """Fill the templates for one item.

        Args:
            values: Text of each field that the prompt uses, and no other.
            salt: Secret of the run. Fences are derived from it and the texts, so equal requests stay equal and a
                response cannot know its fence.

        Raises:
            BadInput: A field has no value or an empty one, or a value has no field.
        """
        missing = sorted(name for name in self.fields if not values.get(name, "").strip())
        if missing:
            raise BadInput(
                f"expected a text for {', '.join(missing)}, which prompt {self.name} needs, got none; "
                "choose a prompt without that field, or add the text to the questions"
            )
        unused = sorted(set(values) - self.fields)
        if unused:
            raise BadInput(
                f"expected values for {', '.join(sorted(self.fields))} of prompt {self.name}, got one for {unused[0]}; "
                "leave it out"
            )
        fence = digest(canonical_texts([salt, dict(values)]))[:_FENCE_CHARACTERS]
        fenced = {name: _fence(name, text, fence) for name, text in values.items()}
        parts: list[tuple[Literal["system", "user"], str]] = [("system", self.system), ("user", self.user)]
        return [{"role": role, "content": text.format(**fenced).strip()} for role, text in parts if text.strip()]


def escape_markers(text: str) -> str:
    """Break up anything that could pass for a fence or a verdict marker; the text stays readable."""
    return _RUN.sub(r"\g<0> ", text) if _may_hold_run(text) else text


def _may_hold_run(text: str) -> bool:
    """Whether the text holds a sign that every run has; the search for runs takes a hundred times as long."""
    is_plain = "[" in text or "]" in text or "&" in text or "<<<" in text or ">>>" in text
    return is_plain or (not text.isascii() and any(bracket in text for bracket in _WIDE_BRACKETS))


def parse_prompt(text: str, *, where: str) -> JudgePrompt:
    """Parse a prompt file.

    Args:
        text: Content of the file.
        where: Name of the file, for error messages.

    Raises:
        BadInput: The header is incomplete or has unknown lines, a part is missing, or the kind lacks a field.
    """
    found = re.match(r"\A---\n(.*?)\n---\n(.*)\Z", text.replace("\r\n", "\n"), re.DOTALL)
    if found is None:
        raise BadInput(
            f"{where}: expected a header between two lines of three dashes, got none; start the file with one"
        )
    header = _read_header(found[1], where)
    pieces = _PART.split(found[2])
    parts = dict(zip(pieces[1::2], (piece.strip() for piece in pieces[2::2]), strict=True))
    if pieces[0].strip() or "user" not in parts:
        raise BadInput(
            f"{where}: expected a part '=== user' after the header, got none or other text first; add that line"
        )
    kind = _check_choice(header["kind"], FIELDS, "kind", where)
    form = _read_output(header, where)
    if form.is_pairwise != (kind == "pairwise"):
        raise BadInput(
            f"{where}: expected a pairwise output for kind pairwise and no other, "
            f"got {header['output']!r} for kind {kind}; change one of the two"
        )
    fields = _read_fields(parts.values(), where)
    unknown = sorted(fields - FIELDS[kind])
    if unknown:
        known = ", ".join(sorted(FIELDS[kind]))
        raise BadInput(f"{where}: expected fields among {known}, got {{{unknown[0]}}}; double a literal brace")
    _check_responses(kind, fields, where)
    return JudgePrompt(
        name=header["name"],
        version=header["version"],
        kind=kind,  # type: ignore[arg-type]
        language=_check_choice(header["language"], LANGUAGES, "language", where),  # type: ignore[arg-type]
        form=form,
        source=header["source"],
        system=parts.get("system", ""),
        user=parts["user"],
        fields=fields,
        digest=digest(canonical_json([header, parts])),
    )


def read_prompts(folders: Iterable[Path]) -> dict[str, JudgePrompt]:
    """Read all prompts of some folders, by name in alphabetical order; later folders override earlier ones.

    Raises:
        NotFound: A folder does not exist.
        BadInput: A file is no prompt, or two files of one folder have the same name.
    """
    prompts: dict[str, JudgePrompt] = {}
    for folder in folders:
        if not folder.is_dir():
            raise NotFound(f"expected a folder of prompts, got {str(folder)!r}, which is no folder; check the path")
        own: dict[str, Path] = {}
        for path in sorted(folder.glob("*.md")):
            try:
                prompt = parse_prompt(path.read_text(encoding="utf-8"), where=path.name)
            except UnicodeDecodeError:
                raise BadInput(f"{path.name}: expected UTF-8 text, got other bytes; save it as UTF-8") from None
            if prompt.name in own:
                raise BadInput(
                    f"{path.name}: expected a unique name, got {prompt.name!r}, which {own[prompt.name].name} has; "
                    "rename one of them"
                )
            own[prompt.name] = path
            prompts[prompt.name] = prompt
    return dict(sorted(prompts.items()))


def bundled_prompt_folders() -> tuple[Path, ...]:
    """Folders of the bundled prompts, one per language."""
    return tuple(Path(__file__).parent / language for language in ("en", "zh"))


def _fence(name: str, text: str, fence: str) -> str:
    return f"<<<{name} {fence}\n{escape_markers(text)}\n{fence} {name}>>>"


def _read_header(text: str, where: str) -> dict[str, str]:
    header: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if not colon or not value.strip() or name.strip() in header:
            raise BadInput(
                f"{where}: expected header lines like 'name: value', each once, got {line!r}; correct that line"
            )
        header[name.strip()] = value.strip()
    if set(header) - set(_OPTIONAL) != set(_HEADER):
        wrong = sorted((set(header) - set(_OPTIONAL)) ^ set(_HEADER))
        raise BadInput(
            f"{where}: expected the header lines {', '.join(_HEADER)}, got missing or unknown "
            f"ones: {', '.join(wrong)}; add or remove them"
        )
    if not _NAME.fullmatch(header["name"]):
        raise BadInput(f"{where}: expected a name of lowercase letters, digits and dashes, got {header['name']!r}")
    return header


def _read_output(header: Mapping[str, str], where: str) -> OutputForm:
    """The form of the verdicts, with the marker that the header declares."""
    marker, labels = header.get("marker", ""), header.get("labels", "")
    try:
        form = OutputForm.from_header(header["output"])
        return replace(form, declared=declare_marker(form, marker, labels)) if marker or labels else form
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from None


def _read_fields(parts: Iterable[str], where: str) -> frozenset[str]:
    fields: set[str] = set()
    try:
        for part in parts:
            for _, name, form, conversion in string.Formatter().parse(part):
                if name is None:
                    continue
                if form or conversion or not name.isidentifier():
                    raise BadInput(
                        f"{where}: expected plain fields like {{question}}, got {{{name}}}; double the braces"
                    )
                fields.add(name)
    except ValueError as error:
        raise BadInput(f"{where}: expected every brace in a pair or doubled, got {error}; double it") from None
    return frozenset(fields)


def _check_responses(kind: str, fields: frozenset[str], where: str) -> None:
    """Check that the judge sees the responses it judges."""
    needed = {
        "single": [{"response"}, {"conversation"}],
        "pairwise": [{"response_a", "response_b"}, {"conversation_a", "conversation_b"}],
        "several": [{"responses"}],
    }[kind]
    if not any(names <= fields for names in needed):
        choices = " or ".join(" and ".join(sorted(names)) for names in needed)
        raise BadInput(f"{where}: expected the fields {choices} in a prompt of kind {kind}, got others; add them")


def _check_choice(got: str, known: Iterable[str], what: str, where: str) -> str:
    names = list(known)
    if got not in names:
        raise BadInput(f"{where}: expected a {what} among {', '.join(names)}, got {got!r}; choose one of them")
    return got
