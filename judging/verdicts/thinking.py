"""The part of a reply that answers: thinking blocks and the channels of the Harmony format are removed."""

import re

_NAMES = r"(?:seed:)?(?:think(?:ing)?|thoughts?|reasoning)"
_OPENED = (
    re.compile(rf"<{_NAMES}(?:\s[^<>]{{0,80}}+)?>", re.IGNORECASE),
    re.compile(r"<\|(?:begin_of_thought\|>|start_thinking\|>|channel>thought)", re.IGNORECASE),
    re.compile(r"◁think(?:ing)?▷|\[think\]", re.IGNORECASE),
)
_CLOSED = (
    re.compile(rf"</{_NAMES}>", re.IGNORECASE),
    re.compile(r"<\|(?:end_of_thought|end_thinking)\|>", re.IGNORECASE),
    re.compile(r"<channel\|>|◁/think(?:ing)?▷|\[/think\]", re.IGNORECASE),
)
_HINTS = ("hink", "HINK", "hought", "HOUGHT", "easoning", "EASONING")
"""One of these is part of every mark of thinking, whatever its case; a reply without them needs no search."""

_CHANNEL, _MESSAGE, _FINAL = "<|channel|>", "<|message|>", "final"
_MESSAGE_END = re.compile(r"<\|(?:end|return|call|start)\|>")
_BARE_ANALYSIS, _BARE_FINAL = "analysis", "assistantfinal"
_MOST_BLOCKS = 1_000


def remove_thinking(reply: str) -> str:
    """Remove thinking: an unclosed block extends to the end, an unopened one from the start.

    Of a reply in Harmony channels (`<|channel|>analysis…`), the messages of the channel `final` are left, in order. Of
    a reply with more than 1,000 blocks, what comes before the last 1,000 counts as thinking. The time is linear in the
    length of the reply.
    """
    text = _final_messages(reply)
    if not any(hint in text for hint in _HINTS):
        return text
    *closed, rest = _split_at_ends(text)
    kept: list[str] = []
    for piece in closed[-_MOST_BLOCKS:]:
        opened = _first_opening(piece)
        if opened < 0:
            kept.clear()
        else:
            kept.append(piece[:opened])
    opened = _first_opening(rest)
    return "".join([*kept, rest if opened < 0 else rest[:opened]])


def _split_at_ends(text: str) -> list[str]:
    pieces = [text]
    for ends in _CLOSED:
        pieces = [part for piece in pieces[-_MOST_BLOCKS:] for part in ends.split(piece)]
    return pieces


def _first_opening(text: str) -> int:
    """The place of the first mark that opens a block, -1 if there is none."""
    places = [found.start() for opening in _OPENED if (found := opening.search(text)) is not None]
    return min(places, default=-1)


def _final_messages(reply: str) -> str:
    """The messages of the final channel, one a line; the reply itself if it has no channels."""
    if _CHANNEL not in reply:
        if reply.startswith(_BARE_ANALYSIS) and _BARE_FINAL in reply:  # a server removed the special tokens
            return reply.rpartition(_BARE_FINAL)[2]
        return reply
    found = []
    for piece in reply.split(_CHANNEL)[1:][-_MOST_BLOCKS:]:
        if not piece.lstrip().lower().startswith(_FINAL, 0):
            continue
        header, message, body = piece.partition(_MESSAGE)
        text = body if message else header.lstrip()[len(_FINAL) :]
        found.append(_MESSAGE_END.split(text, maxsplit=1)[0])
    return "\n".join(found)
