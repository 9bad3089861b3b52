"""Answers that people marked, marked again by the rules and by a grader, to see how far these can be trusted."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from objective.evaluation.grading import Grader, ask_grader, asked_question, references
from objective.prompting.grader_prompts import MARKS, GraderMark, graded_text, grader_turns, read_mark
from objective.request import GeneratedText, GenerateRequest
from objective.scoring.answers import score_output
from objective.task import LETTERS, Item
from storage.errors import BadInput
from storage.values import Json

MarkedBy = Literal["rules", "grader", "rules, then grader"]
NO_MARK = "no mark"
"""Column of the answers that the rules leave unparsed or whose grader failed."""

_KINDS = ("exact", "number", "math", "choice", "choices")
_LETTERED = ("choice", "choices")
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
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"expected a readable file of marked answers, got {str(path)!r}; check the path") from None
    found = [_read_line(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise BadInput(f"expected marked answers in {path.name}, got none; give one {_FORM} per line")
    return found


def _read_line(path: Path, number: int, line: str) -> MarkedAnswer:
    where = f"{path.name}:{number}"
    try:
        row: Json = json.loads(line)
        accepted = row["reference"] if isinstance(row["reference"], list) else [row["reference"]]
        question, output, mark = row["question"], row["output"], row["mark"]
        kind, options, prompt = row.get("kind", "exact"), row.get("options") or [], row.get("prompt", "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadInput(f"{where}: expected {_FORM}, got {line[:60]!r}") from None
    if mark not in MARKS:
        raise BadInput(f"{where}: expected a mark among {', '.join(MARKS)}, got {mark!r}")
    if kind not in _KINDS:
        raise BadInput(f"{where}: expected a kind among {', '.join(_KINDS)}, got {kind!r}")
    if not all(isinstance(text, str) for text in (question, output, prompt)):
        raise BadInput(f"{where}: expected texts in question, output and prompt, got another value; quote them")
    gold = [str(one) for one in accepted if isinstance(one, str | int | float) and not isinstance(one, bool)]
    if not gold or len(gold) < len(accepted) or not all(gold):
        raise BadInput(f"{where}: expected a reference, a text or number or several in a list, got {accepted!r}")
    item = Item(str(number), question, tuple(gold), _options(options, kind, where), kind)
    _check_letters(item, where)
    return MarkedAnswer(item, output, mark, prompt)


def _options(options: object, kind: str, where: str) -> tuple[str, ...]:
    """The options of a row, which the kinds with letters need and no other kind has."""
    if kind not in _LETTERED:
        if options:
            raise BadInput(f'{where}: expected the kind choice or choices for options, got {kind!r}; add "kind"')
        return ()
    texts = [one for one in options if isinstance(one, str)] if isinstance(options, list) else []
    if not isinstance(options, list) or len(texts) < len(options) or not 2 <= len(texts) <= len(LETTERS):
        raise BadInput(
            f"{where}: expected a list of 2 to {len(LETTERS)} texts in options for the kind {kind}, got "
            f"{str(options)[:60]!r}; quote numbers"
        )
    return tuple(texts)


def _check_letters(item: Item, where: str) -> None:
    for one in item.gold if item.kind in _LETTERED else ():
        is_single = item.kind == "choice"
        if set(one) - set(item.letters) or list(one) != sorted(set(one)) or (is_single and len(one) > 1):
            wanted = "one letter" if is_single else "letters in order"
            raise BadInput(f"{where}: expected {wanted} among {item.letters} as the reference, got {one!r}")


def mark_by_rules(answer: MarkedAnswer) -> GraderMark | None:
    """The mark of the rules; None for an unparsed answer."""
    scored = score_output(answer.item, answer.output, prompt=answer.prompt)
    return None if scored.score is None else "correct" if scored.score >= 1.0 else "incorrect"


def mark_by_grader(
    answers: Sequence[MarkedAnswer],
    grader: Grader,
    known: Mapping[str, Mapping[str, Any]],
    keep: Callable[[MarkedAnswer, str, Mapping[str, Any]], None],
) -> list[Mapping[str, Any] | None]:
    """The replies of a grader to all answers, as `Grader.kept` makes them; None where it gave none.

    Args:
        answers: the answers; equal ones are asked once.
        grader: the grader.
        known: replies that came before, by the digest of their request.
        keep: called with each reply when it comes, with the answer and the digest of the request.

    Raises:
        BackendOutage: the grader cannot go on.
    """
    requests = [_request(answer, grader) for answer in answers]
    digests = [grader.digest(request) for request in requests]
    found = {one: known[one] for one in digests if one in known and grader.stands(known[one])}
    missing: dict[str, int] = {}
    for place, one in enumerate(digests):
        if one not in found:
            missing.setdefault(one, place)
    places = list(missing.values())
    for number, result in ask_grader(grader, [requests[place] for place in places]) if places else ():
        if isinstance(result, GeneratedText):
            place = places[number]
            found[digests[place]] = grader.kept(result)
            keep(answers[place], digests[place], found[digests[place]])
    return [found.get(one) for one in digests]


def _request(answer: MarkedAnswer, grader: Grader) -> GenerateRequest:
    text = graded_text(answer.output, prompt=answer.prompt)
    return grader.request(grader_turns(asked_question(answer.item), references(answer.item), text))


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
