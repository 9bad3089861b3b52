"""Calls of the pages for admins: what a page's script sends, and what it gets back.

These pages are HTML of our own inside Gradio's frame. A script sends the values of a form as one JSON object; the
reply holds HTML made here, a sentence on what happened, a question to confirm, or what is wrong at which field.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.ui.visitor import AdminServices, RefusedForm, Visitor
from storage.values import Role, without_nul

LONGEST_TEXT = 500


class StaffForm:
    """The values of a form, read with checks; a wrong one is reported at its field."""

    def __init__(self, visitor: Visitor, values: Mapping[str, Any]) -> None:
        """Read values for a visitor.

        Args:
            visitor: the reader of the messages.
            values: JSON values by name.
        """
        self.visitor = visitor
        self.values = values

    def text(self, name: str, *, longest: int = LONGEST_TEXT) -> str:
        """Return a text without outer spaces, "" where there is none.

        Raises:
            RefusedForm: the text is too long.
        """
        value = self.values.get(name)
        text = without_nul(value).strip() if isinstance(value, str) else ""
        if len(text) > longest:
            raise RefusedForm(self.visitor.say("admin_too_long", longest=longest), field=name)
        return text

    def required(self, name: str, problem: str, *, longest: int = LONGEST_TEXT) -> str:
        """Return a text that is not empty; `problem` is the key of the sentence for an empty one."""
        text = self.text(name, longest=longest)
        if not text:
            raise RefusedForm(self.visitor.say(problem), field=name)
        return text

    def number(self, name: str, problem: str, *, low: int, high: int) -> int:
        """Return a whole number between two bounds.

        Raises:
            RefusedForm: there is none, or it is outside; the sentence is that of the key `problem`.
        """
        found = self.optional_number(name, problem, low=low, high=high)
        if found is None:
            raise RefusedForm(self.visitor.say(problem, low=low, high=high), field=name)
        return found

    def optional_number(self, name: str, problem: str, *, low: int, high: int) -> int | None:
        """Return a whole number between two bounds, None for an empty field; errors as in `number`."""
        text = str(self.values.get(name) or "").strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
            raise RefusedForm(self.visitor.say(problem, low=low, high=high), field=name)
        return int(text)

    def percent(self, name: str, *, low: int = 0, high: int = 100) -> float:
        """Return a share, 0 to 1, from a field in percent."""
        return self.number(name, "staff_need_percent", low=low, high=high) / 100

    def several(self, name: str) -> list[str]:
        """Return the chosen values of a group of boxes."""
        value = self.values.get(name)
        if isinstance(value, str):
            return [value] if value else []
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []

    def choice(self, name: str, among: list[str]) -> str:
        """Return the chosen one of the values that the form offers; anything else is an invalid request."""
        value = self.values.get(name)
        if not isinstance(value, str) or value not in among:
            raise RefusedForm(self.visitor.say("staff_need_choice"), field=name)
        return value

    def row_id(self, name: str) -> int | None:
        """Return the id of a row that the page named, None for none."""
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value if 0 < value < 2**62 else None
        return (
            int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 18 else None
        )

    @property
    def is_confirmed(self) -> bool:
        """Whether the visitor has read what the action does and confirmed it."""
        return self.values.get("confirmed") is True


@dataclass(frozen=True)
class StaffReply:
    """The reply to a call.

    Attributes:
        html: new content of the page; None to leave it.
        said: sentence on what happened, from the state after it.
        parts: new content of parts of the page, by element id.
        confirm: question to answer first, as `title`, `text`, `ok` and, of a form that changes something, `changes`
            (name, old and new value of each); the same call is sent again if it is confirmed.
        state: values that the page sends with every later call, such as the campaign that is shown.
        cleared: whether the form's draft is done with.
        focus: id of the element that gets the focus; "" to keep it.
        reached: address to go to; "" to stay.
    """

    html: str | None = None
    said: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    confirm: Mapping[str, Any] | None = None
    state: Mapping[str, Any] | None = None
    cleared: bool = False
    focus: str = ""
    reached: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the reply without what is empty."""
        return {name: value for name, value in vars(self).items() if value not in (None, "", {}, False)}


@dataclass(frozen=True)
class StaffCall:
    """One call that a page of ours can make.

    Attributes:
        needs: role that it needs.
        answer: makes the reply.
    """

    needs: Role
    answer: Callable[[StaffForm], StaffReply]


class StaffPart(ABC):
    """Base class of the pages: holds the services, never a session."""

    def __init__(self, services: AdminServices) -> None:
        """Keep the services."""
        self.services = services

    @abstractmethod
    def calls(self) -> dict[str, StaffCall]:
        """Return the calls of this page by name."""

    def confirm(self, form: StaffForm, title: str, text: str, *, ok: str) -> StaffReply:
        """Return the question to confirm before an action.

        Args:
            form: form of the action.
            title: the question.
            text: what the action does.
            ok: text of the button that confirms it.
        """
        cancel = form.visitor.say("staff_cancel")
        return StaffReply(confirm={"title": title, "text": text, "ok": ok, "cancel": cancel})
