"""Judge prompts as files: a header, a system part, a user part, and fields that must all be known and all be filled.

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

A brace that is meant as a brace is doubled. What comes from models and users is put between fences that nobody can
foresee, and what looks like a fence or like a verdict in it is taken apart, so that a response cannot speak as the
judge.
"""

import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

from judging.verdicts.verdict import OutputForm
from storage.errors import BadInput, NotFound
from storage.values import LANGUAGES, Language, canonical_json, digest

PromptKind = Literal["single", "pairwise", "several"]

FIELDS: Mapping[str, frozenset[str]] = {
    "single": frozenset({"question", "reference", "response", "conversation", "dimensions", "rubric", "checklist"}),
    "pairwise": frozenset(
        {"question", "reference", "response_a", "response_b", "conversation_a", "conversation_b", "rubric", "checklist"}
    ),
    "several": frozenset({"question", "reference", "responses", "rubric"}),
}
"""Fields that a prompt of each kind may use; each of them stands for text of models, users or question writers."""

_HEADER = ("name", "version", "kind", "language", "output", "source")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_PART = re.compile(r"^=== (system|user)[ \t]*$", re.MULTILINE)
_RUN = re.compile(r"\[(?=\[)|\](?=\])|<(?=<<)|>(?=>>)")
_FENCE_CHARACTERS = 12


class Message(TypedDict):
    """One message to a chat model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class JudgePrompt:
    """One judge prompt.

    Attributes:
        name: unique among the prompts at hand.
        version: of its text.
        kind: what it judges: one response, a pair, or several.
        language: that it is written in.
        form: how it asks for the verdict.
        source: where its text comes from.
        system: template of the system message, empty for none.
        user: template of the user message.
        fields: that the two use.
        digest: of the whole file's content; a changed word is another prompt.
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
        """The messages for one item.

        Args:
            values: text of each field, no more and no fewer than the prompt uses.
            salt: secret of the run, from which, with the texts, the fences follow: equal requests stay equal, and a
                response cannot know its fence.

        Raises:
            BadInput: a field without a value or with an empty one, or a value without a field.
        """
        missing = sorted(name for name in self.fields if not values.get(name, "").strip())
        if missing:
            raise BadInput(
                f"expected a text for {', '.join(missing)}, which prompt {self.name} needs, got none; "
                "choose a prompt without it, or add the text to the questions"
            )
        unused = sorted(set(values) - self.fields)
        if unused:
            raise BadInput(f"expected only {', '.join(sorted(self.fields))} for prompt {self.name}, got {unused[0]}")
        fence = digest(canonical_json([salt, dict(values)]))[:_FENCE_CHARACTERS]
        fenced = {name: _fence(name, text, fence) for name, text in values.items()}
        parts: list[tuple[Literal["system", "user"], str]] = [("system", self.system), ("user", self.user)]
        return [{"role": role, "content": text.format(**fenced).strip()} for role, text in parts if text.strip()]


def escape_markers(text: str) -> str:
    """The text with what could pass for a fence or a verdict marker taken apart, readable as before."""
    return _RUN.sub(r"\g<0> ", text)


def parse_prompt(text: str, *, where: str) -> JudgePrompt:
    """A prompt from the text of its file.

    Args:
        text: of the file.
        where: its name, for messages.

    Raises:
        BadInput: a header that is incomplete or unknown, a part that is missing, a field that this kind has not.
    """
    found = re.match(r"\A---\n(.*?)\n---\n(.*)\Z", text.replace("\r\n", "\n"), re.DOTALL)
    if found is None:
        raise BadInput(f"{where}: expected a header between two lines of three dashes, got none; add name to source")
    header = _read_header(found[1], where)
    pieces = _PART.split(found[2])
    parts = dict(zip(pieces[1::2], (piece.strip() for piece in pieces[2::2]), strict=True))
    if pieces[0].strip() or "user" not in parts:
        raise BadInput(f"{where}: expected a part '=== user' after the header, and nothing before it; add that line")
    kind = _check_choice(header["kind"], FIELDS, "kind", where)
    form = _read_output(header["output"], where)
    if form.is_pairwise != (kind == "pairwise"):
        raise BadInput(f"{where}: expected a pairwise output for kind pairwise alone, got {header['output']!r}")
    fields = _read_fields(parts.values(), where)
    unknown = sorted(fields - FIELDS[kind])
    if unknown:
        known = ", ".join(sorted(FIELDS[kind]))
        raise BadInput(f"{where}: expected fields among {known}, got {{{unknown[0]}}}; double a brace that is no field")
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
    """Every prompt of some folders by name, in alphabetical order; a later folder's takes the place of an earlier one.

    Raises:
        NotFound: a folder is not there.
        BadInput: a file that is no prompt, or two of one name in one folder.
    """
    prompts: dict[str, JudgePrompt] = {}
    for folder in folders:
        if not folder.is_dir():
            raise NotFound(f"expected a folder of prompts, got {str(folder)!r}, which is none; check the path")
        own: dict[str, Path] = {}
        for path in sorted(folder.glob("*.md")):
            try:
                prompt = parse_prompt(path.read_text(encoding="utf-8"), where=path.name)
            except UnicodeDecodeError:
                raise BadInput(f"{path.name}: expected UTF-8 text, got other bytes; save it as UTF-8") from None
            if prompt.name in own:
                raise BadInput(
                    f"{path.name}: expected a name of its own, got {prompt.name!r}, as {own[prompt.name].name}"
                )
            own[prompt.name] = path
            prompts[prompt.name] = prompt
    return dict(sorted(prompts.items()))


def bundled_prompt_folders() -> tuple[Path, ...]:
    """The folders of the bundled prompts, one a language."""
    return tuple(Path(__file__).parent / language for language in ("en", "zh"))


def _fence(name: str, text: str, fence: str) -> str:
    return f"<<<{name} {fence}\n{escape_markers(text)}\n{fence} {name}>>>"


def _read_header(text: str, where: str) -> dict[str, str]:
    header: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if not colon or not value.strip() or name.strip() in header:
            raise BadInput(f"{where}: expected header lines like 'name: value', each once, got {line!r}")
        header[name.strip()] = value.strip()
    if set(header) != set(_HEADER):
        wrong = sorted(set(header) ^ set(_HEADER))
        raise BadInput(
            f"{where}: expected the header lines {', '.join(_HEADER)}, got more or fewer: {', '.join(wrong)}"
        )
    if not _NAME.fullmatch(header["name"]):
        raise BadInput(f"{where}: expected a name of small letters, digits and dashes, got {header['name']!r}")
    return header


def _read_output(text: str, where: str) -> OutputForm:
    try:
        return OutputForm.from_header(text)
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
    """A judge must see what it judges."""
    needed = {
        "single": [{"response"}, {"conversation"}],
        "pairwise": [{"response_a", "response_b"}, {"conversation_a", "conversation_b"}],
        "several": [{"responses"}],
    }[kind]
    if not any(names <= fields for names in needed):
        choices = " or ".join(" and ".join(sorted(names)) for names in needed)
        raise BadInput(f"{where}: expected the fields {choices} in a prompt of kind {kind}, got none of them; add them")


def _check_choice(got: str, known: Iterable[str], what: str, where: str) -> str:
    names = list(known)
    if got not in names:
        raise BadInput(f"{where}: expected a {what} among {', '.join(names)}, got {got!r}")
    return got
