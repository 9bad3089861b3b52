"""From an item and its texts to what the judge is sent, once for each order."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from judging.chat.model import ChatRequest
from judging.prompts.dimensions import OVERALL, dimensions_of
from judging.prompts.prompt_file import JudgePrompt
from judging.run.judge import WHOLE, Judge, JudgeItem
from judging.verdicts.verdict import OutputForm
from storage.errors import BadInput
from storage.judges.judgments import QuestionTexts
from storage.values import Language, canonical_json, digest

_SPEAKERS: Mapping[Language, tuple[str, str]] = {"en": ("User", "Assistant"), "zh": ("用户", "助手")}
_CONVERSATIONS = {"conversation", "conversation_a", "conversation_b"}
_MARK_CHARACTERS = 8


@dataclass(frozen=True)
class RenderedRequest:
    """One request of an item.

    Attributes:
        request: that is sent.
        places: the item's responses in the order in which they stand in it.
        form: that its verdict is expected in.
    """

    request: ChatRequest
    places: tuple[int, ...]
    form: OutputForm

    @property
    def is_swapped(self) -> bool:
        """Whether the second of two responses stands first."""
        return self.places == (1, 0)


def are_identical(item: JudgeItem, material: QuestionTexts) -> bool:
    """Whether two responses are the same text, so that nothing tells them apart."""
    if len(item.responses) != 2:
        return False
    first, second = (_answered(material, response, item.turn) for response in item.responses)
    return first == second


def render(judge: Judge, item: JudgeItem, material: QuestionTexts) -> list[RenderedRequest]:
    """What is sent for an item, one request for each order.

    Raises:
        BadInput: no prompt of the judge fits the question, or a text is missing.
    """
    if judge.rules.references is not None and (material.category or "") not in judge.rules.references:
        material = replace(material, reference=[])
    prompt = choose_prompt(judge.prompts, item, material)
    form = _form(prompt, item, material)
    asks = []
    for places in orders_of(judge, item):
        values = _values(judge, prompt, item, material, places)
        messages = prompt.render(values, salt=judge.salt)
        tag = canonical_json([judge.name, item.responses, places, item.turn]) if judge.rules.distinct else ""
        asks.append(RenderedRequest(ChatRequest(judge.model, messages, judge.settings, item.sample, tag), places, form))
    return asks


def choose_prompt(prompts: Sequence[JudgePrompt], item: JudgeItem, material: QuestionTexts) -> JudgePrompt:
    """The prompt that fits a question best: in its language, with its reference if one uses it, in the order given.

    Raises:
        BadInput: none of them can be filled.
    """
    if not material.asked:
        raise BadInput(
            "expected the text of every question to judge, got one whose key alone is known; import it first"
        )
    turns = _turns(item, material)
    fitting = []
    for place, prompt in enumerate(prompts):
        needs_reference = "reference" in prompt.fields
        if needs_reference and not _reference(item, material):
            continue
        if turns > 1 and not _CONVERSATIONS & prompt.fields:
            continue
        language = prompt.language == (material.language or "en")
        plain = turns > 1 or not _CONVERSATIONS & prompt.fields
        fitting.append((not language, not needs_reference, not plain, place))
    if not fitting:
        raise BadInput(_why_none(prompts, turns, item, material))
    return prompts[min(fitting)[-1]]


def _why_none(prompts: Sequence[JudgePrompt], turns: int, item: JudgeItem, material: QuestionTexts) -> str:
    names = ", ".join(prompt.name for prompt in prompts)
    text = (material.asked[0] if material.asked else "")[:60]
    if turns > 1 and not any(_CONVERSATIONS & prompt.fields for prompt in prompts):
        return (
            f"expected a prompt with {{conversation}} for the question {text!r} of {turns} turns, got {names}; "
            "add such a prompt, or choose --turn 1"
        )
    what = "reference" if not _reference(item, material) else "text"
    return (
        f"expected a {what} for the question {text!r}, which prompt {names} needs, got none; "
        "add it to the questions, or add a prompt without it"
    )


def _turns(item: JudgeItem, material: QuestionTexts) -> int:
    return len(material.asked) if item.turn == WHOLE else item.turn


def _reference(item: JudgeItem, material: QuestionTexts) -> str:
    """The reference of the turn that is judged; of a conversation that of its last turn."""
    turn = _turns(item, material)
    return material.reference[turn - 1] if len(material.reference) >= turn else ""


def _answered(material: QuestionTexts, response: int, turn: int) -> list[str]:
    turns = material.answered.get(response)
    if turns is None:
        raise BadInput(f"expected response {response} in the store, got none; run the command again")
    return turns if turn == WHOLE else turns[:turn]


def _form(prompt: JudgePrompt, item: JudgeItem, material: QuestionTexts) -> OutputForm:
    """The prompt's form, with the names that its scores must have."""
    if prompt.form.kind != "scores":
        return prompt.form
    if prompt.kind == "several":
        return replace(prompt.form, names=tuple(str(number + 1) for number in range(len(item.responses))))
    if "dimensions" not in prompt.fields:
        return prompt.form
    names = (*dimensions_of(material.category, prompt.language), OVERALL[prompt.language])
    return replace(prompt.form, names=names)


def orders_of(judge: Judge, item: JudgeItem) -> list[tuple[int, ...]]:
    """The orders in which an item's responses are put before the judge, one for each request."""
    given = tuple(range(len(item.responses)))
    if len(given) == 1 or judge.orders == "given":
        return [given]
    if judge.orders == "both":
        return [given, given[::-1]]
    coin = random.Random(digest(canonical_json([judge.salt, item.question, item.responses, item.turn])))  # noqa: S311
    return [tuple(coin.sample(given, len(given)))]


def _values(
    judge: Judge, prompt: JudgePrompt, item: JudgeItem, material: QuestionTexts, places: tuple[int, ...]
) -> dict[str, str]:
    """The text of each field that the prompt uses."""
    turn = _turns(item, material)
    answers = [_answered(material, item.responses[place], turn) for place in places]
    last = [turns[-1] if turns else "" for turns in answers]
    talks = [_conversation(material.asked[:turn], turns, prompt.language) for turns in answers]
    dimensions = dimensions_of(material.category, prompt.language)
    known = {
        "question": material.asked[turn - 1] if len(material.asked) >= turn else "",
        "reference": _reference(item, material),
        "dimensions": "\n".join(f"- {name}: {meaning}" for name, meaning in dimensions.items()),
        **judge.texts,
    }
    if prompt.kind == "several":
        mark = digest(canonical_json([judge.salt, item.responses]))[:_MARK_CHARACTERS]
        known["responses"] = "\n\n".join(f"=== {number} {mark}\n{text}" for number, text in enumerate(last, 1))
    for name, texts in (("response", last), ("conversation", talks)):
        ends = ("",) if prompt.kind == "single" else ("_a", "_b")
        known |= {f"{name}{end}": text for end, text in zip(ends, texts, strict=False)}
    return {name: known.get(name, "") for name in prompt.fields}


def _conversation(asked: Sequence[str], answered: Sequence[str], language: Language) -> str:
    user, assistant = _SPEAKERS[language]
    lines = []
    for number, question in enumerate(asked):
        lines.append(f"{user}: {question}")
        if number < len(answered):
            lines.append(f"{assistant}: {answered[number]}")
    return "\n\n".join(lines)
