"""Converting prompts of FastChat (`judge_prompts.jsonl`) to our prompt files.

FastChat writes the two turns of a conversation out in its template; here the whole block, with the headings of its
turns, becomes one field for any number of turns. Our prompts put fences around every field, which FastChat does not;
the rest of the text stays as it is.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from judging.prompts.prompt_file import parse_prompt
from judging.recipes import published
from storage.errors import BadInput
from storage.values import Json, Language

_OUTPUTS: Mapping[tuple[str, str], str] = {
    ("pairwise", "[[A]]"): "three-way",
    ("single", "[[rating]]"): "score 1 to 10",
}
_BLOCKS = {
    "reference": re.compile(r"### User:\s*\{question_1\}.*?\{ref_answer_2\}", re.DOTALL),
    "conversation_a": re.compile(r"### User:\s*\{question_1\}.*?\{answer_a_2\}", re.DOTALL),
    "conversation_b": re.compile(r"### User:\s*\{question_1\}.*?\{answer_b_2\}", re.DOTALL),
    "conversation": re.compile(r"### User:\s*\{question_1\}.*?\{answer_2\}", re.DOTALL),
}
"""Conversation blocks by the field that replaces them; references first, since the blocks start alike."""

_FIELDS = {
    "question": "question",
    "question_1": "question",
    "answer": "response",
    "answer_1": "response",
    "answer_a": "response_a",
    "answer_a_1": "response_a",
    "answer_b": "response_b",
    "answer_b_1": "response_b",
    "ref_answer": "reference",
    "ref_answer_1": "reference",
}
_FIELD = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
_PART = re.compile(r"^(=== (?:system|user)[ \t]*)$", re.MULTILINE)


def read_fastchat_prompts(path: Path, *, language: Language = "en") -> dict[str, str]:
    """Texts of prompt files for all prompts of a `judge_prompts.jsonl`, by the name of the converted prompt.

    Raises:
        BadInput: A prompt has another shape, or two prompts get the same name.
    """
    texts: dict[str, str] = {}
    for row in published.read_rows(path):
        name = _prompt_name(row)
        if name in texts:
            raise BadInput(f"{path.name}: expected prompts of different names, got two {name!r}; rename one of them")
        texts[name] = prompt_text(row, language=language)
    return texts


def prompt_text(row: Json, *, language: Language = "en") -> str:
    """Text of a prompt file, as `judging.prompts.prompt_file.parse_prompt` reads it.

    Args:
        row: `name`, `type`, `system_prompt`, `prompt_template` and `output_format` of one prompt.
        language: Language of the prompt, which FastChat does not record.

    Raises:
        BadInput: A part is missing, the output has no form here, or a field cannot be renamed.
    """
    where = f"prompt {_text(row, 'name')}"
    kind, output = _text(row, "type"), _text(row, "output_format")
    form = _OUTPUTS.get((kind, output))
    if form is None:
        known = ", ".join(f"{one} with {marker}" for one, marker in _OUTPUTS)
        raise BadInput(f"{where}: expected {known}, got {kind} with {output}; write a prompt file of your own for it")
    system = _text(row, "system_prompt").replace("{", "{{").replace("}", "}}")
    lines = [
        "---",
        f"name: {_prompt_name(row)}",
        "version: 1",
        f"kind: {kind}",
        f"language: {language}",
        f"output: {form}",
        f"source: FastChat judge_prompts.jsonl, {_text(row, 'name')}",
        "---",
    ]
    if system.strip():
        lines += ["=== system", _indent_part_lines(system)]
    lines += ["=== user", _indent_part_lines(_rename_fields(_text(row, "prompt_template"), where)), ""]
    text = "\n".join(lines)
    parse_prompt(text, where=where)
    return text


def _rename_fields(template: str, where: str) -> str:
    for field, block in _BLOCKS.items():
        template = block.sub(f"{{{field}}}", template)
    unknown: Sequence[str] = sorted(
        {name for name in _FIELD.findall(template) if name not in _FIELDS and name not in _BLOCKS}
    )
    if unknown:
        known = ", ".join(_FIELDS)
        raise BadInput(f"{where}: expected fields among {known}, got {{{unknown[0]}}}; write a prompt file of your own")
    return _FIELD.sub(lambda found: f"{{{_FIELDS.get(found[1], found[1])}}}", template)


def _indent_part_lines(text: str) -> str:
    """Indent lines by a space that would start a part of a prompt file."""
    return _PART.sub(r" \1", text.strip())


def _prompt_name(row: Json) -> str:
    return re.sub(r"[^a-z0-9]+", "-", _text(row, "name").lower()).strip("-")


def _text(row: Json, column: str) -> str:
    value = row.get(column)
    if not isinstance(value, str):
        raise BadInput(f"expected text in {column!r} of a FastChat prompt, got {type(value).__name__}; check the file")
    return value
