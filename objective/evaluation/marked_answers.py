"""Answers that people marked, marked again by the rules and by a grader, to see how far these can be trusted."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from objective.evaluation.grading import Grader, ask_grader, asked_question, references
from objective.prompting.grader_prompts import MARKS, GraderMark, grader_turns, read_mark
from objective.request import GeneratedText
from objective.scoring.answers import score_output
from objective.scoring.extraction import text_after_thinking, with_thinking_tag
from objective.task import Item
from storage.errors import BadInput
from storage.values import Json

MarkedBy = Literal["rules", "grader", "rules, then grader"]
NO_MARK = "no mark"
"""Column of the answers that the rules leave unparsed or whose grader failed."""

_KINDS = ("exact", "number", "math", "choice", "choices")
_FORM = '{"question": "…", "reference": "…", "output": "…", "mark": "correct"}'


@dataclass(frozen=True)
class MarkedAnswer:
    """One answer with the mark that a person gave it.

    Attributes:
        item: question, references and options.
        output: output of the model.
        mark: mark by hand.
        prompt: prompt before the output, of which only a thinking tag at its end matters.
    """

    item: Item
    output: str
    mark: GraderMark
    prompt: str = ""


@dataclass(frozen=True)
class MarkConfusion:
    """How often a marker agrees with the hand.

    Attributes:
        by: marker, the rules or a grader.
        counts: numbers of answers by mark of the hand and mark of the marker, or `NO_MARK`.
    """

    by: MarkedBy
    counts: Mapping[tuple[GraderMark, str], int]

    @property
    def table(self) -> list[list[int]]:
        """Numbers of answers, rows by the hand's mark and columns by the marker's, without those that have no mark."""
        return [[self.counts.get((hand, own), 0) for own in MARKS] for hand in MARKS]

    @property
    def unmarked(self) -> int:
        """Number of answers without a mark."""
        return sum(count for (_, own), count in self.counts.items() if own == NO_MARK)

    @property
    def marked(self) -> int:
        """Number of answers with a mark."""
        return sum(map(sum, self.table))

    @property
    def agreed(self) -> int:
        """Number of answers with the same mark by both."""
        return sum(self.counts.get((mark, mark), 0) for mark in MARKS)


def read_marked(path: Path) -> list[MarkedAnswer]:
    """Read a JSONL file of answers with marks; `kind`, `options` and `prompt` are optional.

    Raises:
        BadInput: the file cannot be read, or a line has another form.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"expected a readable file of marked answers, got {str(path)!r}; check the path") from None
    found = [_read_line(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise BadInput(f"expected marked answers in {path.name}, got none; give one {_FORM} per line")
    return found


def _read_line(path: Path, number: int, line: str) -> MarkedAnswer:
    try:
        row: Json = json.loads(line)
        accepted = row["reference"] if isinstance(row["reference"], list) else [row["reference"]]
        kind, mark = row.get("kind", "exact"), row["mark"]
        item = Item(str(number), str(row["question"]), tuple(map(str, accepted)), tuple(row.get("options", ())), kind)
        output, prompt = row["output"], row.get("prompt", "")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput(f"{path.name}:{number}: expected {_FORM}, got {line[:60]!r}") from None
    if mark not in MARKS:
        raise BadInput(f"{path.name}:{number}: expected a mark among {', '.join(MARKS)}, got {mark!r}")
    if kind not in _KINDS or not isinstance(output, str) or not all(item.gold):
        raise BadInput(f"{path.name}:{number}: expected a kind among {', '.join(_KINDS)}, a reference and an output")
    return MarkedAnswer(item, output, mark, str(prompt))


def mark_by_rules(answer: MarkedAnswer) -> GraderMark | None:
    """The mark of the rules; None for an unparsed answer."""
    scored = score_output(answer.item, answer.output, prompt=answer.prompt)
    return None if scored.score is None else "correct" if scored.score >= 1.0 else "incorrect"


def mark_by_grader(answers: Sequence[MarkedAnswer], grader: Grader) -> list[str | None]:
    """The replies of a grader to all answers; None where it gave none.

    Raises:
        BackendOutage: the grader cannot go on.
    """
    requests = []
    for answer in answers:
        text = text_after_thinking(with_thinking_tag(answer.prompt, answer.output)) or ""
        requests.append(grader.request(grader_turns(asked_question(answer.item), references(answer.item), text)))
    found: list[str | None] = [None] * len(requests)
    for place, result in ask_grader(grader, requests):
        found[place] = result.text if isinstance(result, GeneratedText) else None
    return found


def compare_marks(answers: Sequence[MarkedAnswer], replies: Sequence[str | None] | None) -> list[MarkConfusion]:
    """The marks of the rules, and of a grader if there are replies, against those of the hand."""
    by_rules = [mark_by_rules(answer) for answer in answers]
    found = [_confusion("rules", answers, by_rules)]
    if replies is not None:
        own = [None if reply is None else read_mark(reply) for reply in replies]
        both = [first or second for first, second in zip(by_rules, own, strict=True)]
        found += [_confusion("grader", answers, own), _confusion("rules, then grader", answers, both)]
    return found


def _confusion(by: MarkedBy, answers: Sequence[MarkedAnswer], marks: Sequence[GraderMark | None]) -> MarkConfusion:
    pairs = ((answer.mark, mark or NO_MARK) for answer, mark in zip(answers, marks, strict=True))
    return MarkConfusion(by, Counter(pairs))
