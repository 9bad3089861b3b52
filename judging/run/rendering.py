"""From an item and its texts to the requests for the judge, one for each order."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from judging.chat.model import ChatRequest
from judging.prompts.dimensions import OVERALL, dimensions_for
from judging.prompts.prompt_file import JudgePrompt
from judging.run.illustrations import Illustrations, have_same_images
from judging.run.judge import ALL_TURNS, Judge, JudgeItem
from judging.run.structured import STRUCTURED, add_instruction, response_format
from judging.verdicts.verdict import OutputForm
from storage.errors import BadInput
from storage.judges.judgments import QuestionTexts
from storage.values import Language, canonical_json, digest

_SPEAKERS: Mapping[Language, tuple[str, str]] = {"en": ("User", "Assistant"), "zh": ("用户", "助手")}
_CONVERSATIONS = {"conversation", "conversation_a", "conversation_b"}
_MARK_CHARACTERS = 8
_UNPUBLISHED = "-"
"""Stands for an empty or unpublished text in the request of a recorded reply, which is never sent."""


@dataclass(frozen=True)
class RenderedRequest:
    """One request of an item.

    Attributes:
        request: The request.
        places: Positions of the item's responses, in the order the request shows them.
        form: Form in which the verdict is expected.
    """

    request: ChatRequest
    places: tuple[int, ...]
    form: OutputForm

    @property
    def is_swapped(self) -> bool:
        """Whether the second of two responses is shown first."""
        return self.places == (1, 0)


def are_identical(item: JudgeItem, texts: QuestionTexts) -> bool:
    """Whether an item has two responses with the same text."""
    if len(item.responses) != 2:
        return False
    first, second = (_response_turns(texts, response, item.turn) for response in item.responses)
    if not texts.illustrated or first != second:
        return first == second
    return have_same_images(texts, item.responses, item.turn or None)


def lone_empty(item: JudgeItem, texts: QuestionTexts) -> int | None:
    """The place of the only empty response of a pair, 0 or 1; None if none or both are empty."""
    if len(item.responses) != 2:
        return None
    empty = [not any(turn.strip() for turn in _response_turns(texts, one, ALL_TURNS)) for one in item.responses]
    return empty.index(True) if empty.count(True) == 1 else None


def render_requests(judge: Judge, item: JudgeItem, texts: QuestionTexts) -> list[RenderedRequest]:
    """Make the requests of an item, one for each order.

    Raises:
        BadInput: No prompt of the judge fits the question, or a text is missing.
    """
    if judge.rules.references is not None and (texts.category or "") not in judge.rules.references:
        texts = replace(texts, reference=[])
    if judge.rules.distinct and not texts.user_turns:
        texts = replace(texts, user_turns=[""])
    prompt = choose_prompt(judge.prompts, item, texts)
    form = _output_form(prompt, item, texts)
    images = Illustrations(texts, item, salt=judge.salt) if texts.illustrated else None
    texts = texts if images is None else images.texts
    is_structured = judge.rules.name == STRUCTURED
    settings = replace(judge.settings, response_format=response_format(form)) if is_structured else judge.settings
    requests = []
    for places in list_orders(judge, item):
        values = _field_values(judge, prompt, item, texts, places)
        if judge.rules.distinct:
            values = {name: text if text.strip() else _UNPUBLISHED for name, text in values.items()}
        messages = prompt.render(values, salt=judge.salt)
        if is_structured:
            messages = add_instruction(messages, form, prompt.language)
        if images is not None:
            messages = images.placed(messages, places, prompt.kind, prompt.language)
        tag = canonical_json([judge.name, item.responses, places, item.turn]) if judge.rules.distinct else ""
        requests.append(RenderedRequest(ChatRequest(judge.model, messages, settings, item.sample, tag), places, form))
    return requests


def choose_prompt(prompts: Sequence[JudgePrompt], item: JudgeItem, texts: QuestionTexts) -> JudgePrompt:
    """The prompt that fits an item best: in its language, then with a reference, then the first one given.

    Raises:
        BadInput: None of the prompts can be filled.
    """
    if not texts.user_turns:
        raise BadInput(
            "expected the text of every question, got a question that is known by its key only; import its text first"
        )
    turns = _count_turns(item, texts)
    fitting = []
    for place, prompt in enumerate(prompts):
        needs_reference = "reference" in prompt.fields
        if needs_reference and not _find_reference(item, texts):
            continue
        if turns > 1 and not _CONVERSATIONS & prompt.fields:
            continue
        language = prompt.language == (texts.language or "en")
        plain = turns > 1 or not _CONVERSATIONS & prompt.fields
        fitting.append((not language, not needs_reference, not plain, place))
    if not fitting:
        raise BadInput(_explain_misfit(prompts, turns, item, texts))
    return prompts[min(fitting)[-1]]


def _explain_misfit(prompts: Sequence[JudgePrompt], turns: int, item: JudgeItem, texts: QuestionTexts) -> str:
    names = ", ".join(prompt.name for prompt in prompts)
    text = (texts.user_turns[0] if texts.user_turns else "")[:60]
    if turns > 1 and not any(_CONVERSATIONS & prompt.fields for prompt in prompts):
        return (
            f"expected a prompt with {{conversation}} for the question {text!r} of {turns} turns, got {names}; "
            "add a prompt with that field, or choose --turn 1"
        )
    what = "reference" if not _find_reference(item, texts) else "text"
    return (
        f"expected a {what} for the question {text!r}, which prompt {names} needs, got none; "
        "add it to the questions, or add a prompt that does not need it"
    )


def _count_turns(item: JudgeItem, texts: QuestionTexts) -> int:
    return len(texts.user_turns) if item.turn == ALL_TURNS else item.turn


def _find_reference(item: JudgeItem, texts: QuestionTexts) -> str:
    """Reference of the turn to judge; of the last turn for a whole conversation."""
    turn = _count_turns(item, texts)
    return texts.reference[turn - 1] if len(texts.reference) >= turn else ""


def _response_turns(texts: QuestionTexts, response: int, turn: int) -> list[str]:
    turns = texts.answered.get(response)
    if turns is None:
        raise BadInput(f"expected response {response} in the store, got none; run the command again")
    return turns if turn == ALL_TURNS else turns[:turn]


def _output_form(prompt: JudgePrompt, item: JudgeItem, texts: QuestionTexts) -> OutputForm:
    """The prompt's form, with the names its scores must have."""
    if prompt.form.kind != "scores":
        return prompt.form
    if prompt.kind == "several":
        return replace(prompt.form, names=tuple(str(number + 1) for number in range(len(item.responses))))
    if "dimensions" not in prompt.fields:
        return prompt.form
    names = (*dimensions_for(texts.category, prompt.language), OVERALL[prompt.language])
    return replace(prompt.form, names=names)


def list_orders(judge: Judge, item: JudgeItem) -> list[tuple[int, ...]]:
    """Orders in which the judge sees an item's responses, one for each request."""
    given = tuple(range(len(item.responses)))
    if len(given) == 1 or judge.orders == "given":
        return [given]
    if judge.orders == "both":
        return [given, given[::-1]]
    coin = random.Random(digest(canonical_json([judge.salt, item.question, item.responses, item.turn])))  # noqa: S311
    return [tuple(coin.sample(given, len(given)))]


def _field_values(
    judge: Judge, prompt: JudgePrompt, item: JudgeItem, texts: QuestionTexts, places: tuple[int, ...]
) -> dict[str, str]:
    """Text of each field that the prompt uses."""
    turn = _count_turns(item, texts)
    answers = [_response_turns(texts, item.responses[place], turn) for place in places]
    last = [turns[-1] if turns else "" for turns in answers]
    known = {
        "question": texts.user_turns[turn - 1] if len(texts.user_turns) >= turn else "",
        "reference": _find_reference(item, texts),
        **judge.texts,
    }
    if "dimensions" in prompt.fields and "dimensions" not in known:
        dimensions = dimensions_for(texts.category, prompt.language)
        known["dimensions"] = "\n".join(f"- {name}: {meaning}" for name, meaning in dimensions.items())
    if prompt.kind == "several":
        mark = digest(canonical_json([judge.salt, item.responses]))[:_MARK_CHARACTERS]
        known["responses"] = "\n\n".join(f"=== {number} {mark}\n{text}" for number, text in enumerate(last, 1))
    ends = ("",) if prompt.kind == "single" else ("_a", "_b")
    known |= {f"response{end}": text for end, text in zip(ends, last, strict=False)}
    if _CONVERSATIONS & prompt.fields:
        talks = [_conversation(texts.user_turns[:turn], turns, prompt.language) for turns in answers]
        known |= {f"conversation{end}": text for end, text in zip(ends, talks, strict=False)}
    return {name: known.get(name, "") for name in prompt.fields}


def _conversation(user_turns: Sequence[str], answered: Sequence[str], language: Language) -> str:
    user, assistant = _SPEAKERS[language]
    lines = []
    for number, question in enumerate(user_turns):
        lines.append(f"{user}: {question}")
        if number < len(answered):
            lines.append(f"{assistant}: {answered[number]}")
    return "\n\n".join(lines)
