"""Recorded replies of a grader, which take the place of a model."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from objective.prompting.grader_prompts import grader_turns
from objective.request import ChatTurn, FailedRequest, GeneratedText, GenerateRequest
from storage.errors import BadInput
from storage.values import Json, digest


class RecordedGrader:
    """Answers the prompts of a grader from a file, and no other prompt."""

    def __init__(self, replies: Mapping[tuple[ChatTurn, ...], str]) -> None:
        """Keep the replies by prompt."""
        self._replies = replies

    def generate(
        self, requests: Sequence[GenerateRequest]
    ) -> Iterator[tuple[int, tuple[GeneratedText, ...] | FailedRequest]]:
        """The recorded texts; a prompt without one is a failed request."""
        for place, request in enumerate(requests):
            reply = self._replies.get(request.turns)
            if reply is None:
                yield place, FailedRequest(BadInput("expected a recorded reply for this answer, found none"))
            else:
                yield place, (GeneratedText(reply, "end", 0, 0),)


def read_recorded_grader(path: Path) -> RecordedGrader:
    """Read replies from a JSONL file of {question, reference, output, reply}, as `evenhand grade --out` writes it.

    Raises:
        BadInput: the file cannot be read, or a line has another form.
    """
    found: dict[tuple[ChatTurn, ...], str] = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            row: Json = json.loads(line)
            references = row["reference"] if isinstance(row["reference"], list) else [row["reference"]]
            if row.get("reply") is not None:
                turns = grader_turns(str(row["question"]), [str(one) for one in references], str(row["output"]))
                found[turns] = str(row["reply"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadInput(
                f'{path.name}:{number}: expected {{"question": "…", "reference": "…", "output": "…", "reply": "…"}}, '
                f"got {line[:60]!r}"
            ) from None
    return RecordedGrader(found)


def recording_digest(path: Path) -> str:
    """Digest of a file of recorded replies.

    Raises:
        BadInput: the file cannot be read.
    """
    return digest("\n".join(_lines(path)))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"expected a readable file of recorded replies, got {str(path)!r}; check the path") from None
