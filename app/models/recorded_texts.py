"""Recorded replies of a grader, which take the place of a model, and the file that keeps them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from objective.evaluation.grading import asked_question, references
from objective.evaluation.marked_answers import MarkedAnswer
from objective.prompting.grader_prompts import graded_text, grader_turns
from objective.request import ChatTurn, FailedRequest, GeneratedText, GenerateRequest
from storage.errors import BadInput
from storage.values import Json, digest

_BEGINNING = b'{"question":'
"""Beginning of each line that `ReplyFile` writes."""


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
            accepted = row["reference"] if isinstance(row["reference"], list) else [row["reference"]]
            if row.get("reply") is not None:
                text = graded_text(str(row["output"]), prompt=str(row.get("prompt", "")))
                turns = grader_turns(str(row["question"]), [str(one) for one in accepted], text)
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


class ReplyFile:
    """Replies of one grader in a file, one per line, each written when it comes.

    Attributes:
        replies: replies that the file held, as `Grader.kept` makes them, by the digest of their request.
    """

    def __init__(self, path: Path, revision: str) -> None:
        """Open the file and read what it holds; a last line that was never finished is cut off.

        Args:
            path: the file, which need not exist.
            revision: revision of the grader.

        Raises:
            BadInput: the file cannot be written, or holds other lines than replies of this grader.
        """
        self.replies: dict[str, Mapping[str, Any]] = {}
        self._revision = revision
        try:
            self._file = path.open("a+b")
            try:
                self._read(path)
            except BaseException:
                self._file.close()
                raise
        except OSError as error:
            why = error.strerror or error
            raise BadInput(f"expected a file that can be written, got {str(path)!r} ({why})") from error

    def _read(self, path: Path) -> None:
        self._file.seek(0)
        *lines, last = self._file.read().split(b"\n")
        for number, line in enumerate(lines, 1):
            try:
                row: Json = json.loads(line)
                is_own = row["grader"] == self._revision and isinstance(row["reply"], str)
                self.replies[row["request"]] = row
            except (ValueError, KeyError, TypeError):
                is_own = False
            if not is_own:
                raise _foreign(path, number, line)
        if last and not last.startswith(_BEGINNING):
            raise _foreign(path, len(lines) + 1, last)
        self._file.truncate(sum(len(line) + 1 for line in lines))

    def keep(self, answer: MarkedAnswer, request: str, reply: Mapping[str, Any]) -> None:
        """Write the reply to an answer.

        Args:
            answer: the answer.
            request: digest of the request.
            reply: the reply, as `Grader.kept` makes it.

        Raises:
            BadInput: the file cannot be written any more.
        """
        row = {
            "question": asked_question(answer.item),
            "reference": references(answer.item),
            "output": answer.output,
            "prompt": answer.prompt,
            "mark": answer.mark,
            **reply,
            "grader": self._revision,
            "request": request,
        }
        try:
            self._file.write(f"{json.dumps(row, ensure_ascii=False)}\n".encode(errors="replace"))
            self._file.flush()
        except OSError as error:
            raise BadInput(f"expected room for the replies in {self._file.name!r} ({error.strerror})") from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@contextmanager
def reply_file(path: Path | None, revision: str) -> Iterator[ReplyFile | None]:
    """The file for the replies of a grader, closed at the end; None for none.

    Raises:
        BadInput: the file cannot be written, or holds other lines than replies of this grader.
    """
    if path is None:
        yield None
        return
    kept = ReplyFile(path, revision)
    try:
        yield kept
    finally:
        kept.close()


def _foreign(path: Path, number: int, line: bytes) -> BadInput:
    return BadInput(
        f"{path.name}:{number}: expected a reply of this grader, got {line[:60].decode(errors='replace')!r}; name "
        "another file for the replies"
    )


def _lines(path: Path) -> list[str]:
    """The lines of a file; only a line feed ends one, because texts may hold other characters that end lines."""
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"expected a readable file of recorded replies, got {str(path)!r}; check the path") from None
