"""Models that answer without being asked: recorded replies for stored responses, and baseline rules."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from judging.chat.model import Reply
from judging.chat.recorded import RecordedModel
from judging.run.judge import Judge, JudgeItem
from judging.run.plan import read_texts
from judging.run.rendering import RenderedRequest, render_requests
from judging.verdicts.token_scores import TokenProbabilities
from judging.verdicts.verdict import SHARES
from storage.database.engine import Database
from storage.errors import BadInput
from storage.judges.judgeable import question_keys
from storage.judges.judgments import QuestionTexts
from storage.questions.model_names import model_names
from storage.values import Json, turn_plain_text

BaselineRule = Literal["longest", "first", "random"]
BASELINES: tuple[BaselineRule, ...] = ("longest", "first", "random")


@dataclass(frozen=True)
class RecordingKey:
    """What a recorded reply is about.

    Attributes:
        question: Key of the question.
        models: Names of the models, in the order their responses were shown.
        turn: Turn that was judged, from 1; 0 for the whole conversation.
        sample: Number of the reply when the same request was sent several times, from 0.
    """

    question: str
    models: tuple[str, ...]
    turn: int = 0
    sample: int = 0


def read_recordings(path: Path) -> dict[RecordingKey, Reply]:
    """Read recorded replies from a JSONL file of {question, models, reply}, optionally with turn, sample and tokens.

    Raises:
        BadInput: The file cannot be read, a line has another shape, or the same request is recorded twice.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"expected a readable file of recorded replies, got {str(path)!r}; check the path") from None
    found: dict[RecordingKey, Reply] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row: Json = json.loads(line)
            shown = RecordingKey(
                str(row["question"]), tuple(map(str, row["models"])), int(row.get("turn", 0)), int(row.get("sample", 0))
            )
            tokens = tuple(TokenProbabilities(str(text), dict(top)) for text, top in row.get("tokens", ()))
            reply = Reply(str(row["reply"]), row.get("finish", "stop"), row.get("judge"), tokens=tokens)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadInput(
                f'{path.name}:{number}: expected {{"question": "…", "models": ["…"], "reply": "…"}}, got {line[:60]!r}'
            ) from None
        if shown in found:
            raise BadInput(
                f"{path.name}:{number}: expected one reply for each question, models, turn and sample, "
                "got a second one; remove it"
            )
        found[shown] = reply
    return found


def recorded_model(
    database: Database, judge: Judge, items: Sequence[JudgeItem], replies: Mapping[RecordingKey, Reply]
) -> RecordedModel:
    """A model that answers the requests of these items with their recorded replies, and no other request."""
    with database.reading() as session:
        names = model_names(session)
        keys = dict(question_keys(session, [item.question for item in items]))

    def recorded(item: JudgeItem, rendered: RenderedRequest, _texts: QuestionTexts) -> Reply | None:
        models = tuple(names[item.models[place]] for place in rendered.places)
        return replies.get(RecordingKey(keys[item.question], models, item.turn, item.sample))

    return scripted_model(database, judge, items, recorded)


def baseline_model(database: Database, judge: Judge, items: Sequence[JudgeItem], rule: BaselineRule) -> RecordedModel:
    """A pairwise judge that follows a simple rule, as a baseline for other judges.

    Args:
        database: Store that holds the responses.
        judge: Judge whose prompts, orders and output forms are used.
        items: Pairs to judge.
        rule: `longest` prefers the response with more characters, with a tie for equal lengths; `first` prefers the
            response shown first; `random` prefers either, by a coin that follows from the request.
    """
    return scripted_model(database, judge, items, lambda *request: baseline_reply(rule, *request))


def baseline_reply(rule: BaselineRule, item: JudgeItem, rendered: RenderedRequest, texts: QuestionTexts) -> Reply:
    """The reply of a baseline to one request about a pair."""
    share = _baseline_share(rule, item, rendered, texts)
    marker = next(name for name, value in SHARES[rendered.form.kind].items() if value == share)
    return Reply(rendered.form.write(marker), "stop", rule)


def _baseline_share(rule: BaselineRule, item: JudgeItem, rendered: RenderedRequest, texts: QuestionTexts) -> float:
    """Share of the point for the response shown first."""
    if rule == "first":
        return 1.0
    if rule == "random":
        return float(int(rendered.request.digest, 16) % 2)
    first, second = (_text_length(texts, item.responses[place]) for place in rendered.places)
    return 0.5 if first == second else float(first > second)


def _text_length(texts: QuestionTexts, response: int) -> int:
    """Characters of a response, without the descriptions of its images."""
    if response in texts.illustrated:
        return sum(len(turn_plain_text(turn)) for turn in texts.illustrated[response])
    return sum(map(len, texts.answered[response]))


def scripted_model(
    database: Database,
    judge: Judge,
    items: Sequence[JudgeItem],
    answer: Callable[[JudgeItem, RenderedRequest, QuestionTexts], Reply | None],
) -> RecordedModel:
    """A model that answers the requests of these items with the replies of a function; None for no reply."""
    found: dict[str, Reply] = {}
    for piece in read_texts(database, items, range(len(items))):
        for number, texts in piece:
            for rendered in render_requests(judge, items[number], texts):
                if (reply := answer(items[number], rendered, texts)) is not None:
                    found[rendered.request.digest] = reply
    return RecordedModel(found)
