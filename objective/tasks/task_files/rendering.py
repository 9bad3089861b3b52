"""Renders the texts of a document: Jinja in a sandbox, or the value of a column."""

import ast
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from objective.causes import Cause, CauseCode, TaskProblem

Document = Mapping[str, Any]


@cache
def _environment() -> jinja2.Environment:
    made = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    made.filters["regex_replace"] = lambda text, pattern, new, count=0: re.sub(pattern, new, text, count=count)
    return made


@cache
def _template(text: str) -> jinja2.Template:
    return _environment().from_string(text)


def render(text: str, document: Document, *, where: str) -> str:
    """A template filled with the columns of a document.

    Raises:
        TaskProblem: the template is invalid, names a column that the document does not have, or leaves the sandbox.
    """
    try:
        return _template(text).render(**document)
    except jinja2.UndefinedError as error:
        raise TaskProblem(
            f"expected the columns that the template of {where} names, but {error}; the data may be of another version",
            Cause(CauseCode.missing_column, name=_missing_name(str(error)), text=", ".join(document)[:200]),
        ) from error
    except Exception as error:
        message = f"expected a template that can be rendered in {where}, but {type(error).__name__}: {error}"
        raise TaskProblem(message, Cause(CauseCode.message, text=message)) from error


def render_value(field: object, document: Document, *, where: str, has_choices: bool) -> Any:  # noqa: ANN401
    """The value of `doc_to_text` or `doc_to_target`: a text, a number of an option, or a list of texts."""
    if not isinstance(field, str):
        return field
    if field in document:
        return document[field]
    text = render(field, document, where=where)
    if has_choices and text.isdigit():
        return int(text)
    if len(text) >= 2 and (text[0], text[-1]) == ("[", "]"):
        return _literal(text)
    return text


def render_choices(field: object, document: Document, *, where: str) -> list[str]:
    """The options of a document from `doc_to_choice`.

    Raises:
        TaskProblem: the field gives no list of texts.
    """
    found: object = field
    if isinstance(field, dict):
        found = list(field.values())
    elif isinstance(field, str):
        found = document[field] if field in document else _literal(render(field, document, where=where))
    if not isinstance(found, list | tuple) or not found:
        message = f"expected a list of options from doc_to_choice in {where}, got {str(found)[:80]!r}"
        raise TaskProblem(message, Cause(CauseCode.message, text=message))
    return [str(one) for one in found]


def _literal(text: str) -> Any:  # noqa: ANN401  any plain value
    try:
        return ast.literal_eval(text.strip())
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return text


def _missing_name(message: str) -> str:
    found = re.findall(r"'([^']+)'", message)
    return found[-1] if found else message[:80]
