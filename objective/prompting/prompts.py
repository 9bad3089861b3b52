"""Builds the exact prompt of an item: plain continuation for base models, a chat template for chat models."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from objective.causes import Cause, CauseCode, TaskProblem
from objective.images import ItemImage
from objective.notes import Note, NoteCode
from objective.prompting.shots import ShotSelection, choose_shots
from objective.prompting.similar_shots import SimilarExamples
from objective.request import ChatTurn
from objective.task import Item, Task
from storage.errors import BadInput


class ChatTokenizer(Protocol):
    """The part of a transformers tokenizer that prompts use."""

    @property
    def chat_template(self) -> Any:  # noqa: ANN401  a text, or several by name
        """The model's chat template; empty or None if it has none."""

    @property
    def bos_token(self) -> str | None:
        """The token that a text begins with; None if the model uses none."""

    def apply_chat_template(
        self, conversation: list[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool
    ) -> Any:  # noqa: ANN401  text here, where tokenize is false
        """Render a conversation as the model reads it."""


IMAGE_LINE = "[image]\n"
"""Stands for an image in the text of a chat, which is for people; the image itself is sent beside the text."""


class TranscriptTokenizer:
    """Renders a chat as a readable transcript, for models behind an endpoint that applies its own template."""

    chat_template = "{{ turns }}"
    bos_token = None

    def apply_chat_template(
        self, conversation: list[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool
    ) -> str:
        """Render each turn after its role."""
        del tokenize, add_generation_prompt
        return "\n\n".join(f"[{turn['role']}]\n{turn['content']}" for turn in conversation)


@dataclass(frozen=True)
class PromptSettings:
    """How items become prompts for one model.

    Attributes:
        chat: whether to use the tokenizer's chat template.
        system: system text, in the system role of a chat.
        instruction: instruction that replaces the task's own; None keeps the task's.
        shots: selection of examples; None for the task's default number of first examples.
        shots_as: in a chat, examples as separate turns or as text inside the first turn.
    """

    chat: bool = False
    system: str = ""
    instruction: str | None = None
    shots: ShotSelection | None = None
    shots_as: Literal["turns", "first_turn"] = "turns"

    @property
    def is_plain(self) -> bool:
        """Whether tasks are asked in their own words, without a system text or another instruction."""
        return not self.system and self.instruction is None


@dataclass(frozen=True)
class ItemPrompt:
    """The prompt of one item.

    Attributes:
        item: the item.
        text: the whole prompt with special tokens; in `ppl`, the text before an option.
        turns: the prompt as chat turns; empty in plain text.
        options: in `ppl`, the continuations to score, with their delimiter; empty in `gen`.
        contexts: in `ppl`, the whole text before each option if options have texts of their own; else empty.
        shots: number of examples in the prompt.
        dropped: number of examples left out because they did not fit.
        system_as_user: whether the system text is in the first user turn because the template has no system role.
        images: images of the examples and of the item, in the order in which the prompt shows them.
    """

    item: Item
    text: str
    turns: tuple[ChatTurn, ...] = ()
    options: tuple[str, ...] = ()
    shots: int = 0
    dropped: int = 0
    system_as_user: bool = False
    contexts: tuple[str, ...] = ()
    images: tuple[ItemImage, ...] = ()

    def context(self, option: int) -> str:
        """The whole text before an option, by its place."""
        return self.contexts[option] if self.contexts else self.text


class PromptBuilder:
    """Builds the prompts of one task for one model."""

    def __init__(
        self,
        task: Task,
        settings: PromptSettings,
        *,
        tokenizer: ChatTokenizer | None = None,
        count: Callable[[str], int] | None = None,
        room: int | None = None,
    ) -> None:
        """Select the task's examples, which are the same for all items unless they are selected by similarity.

        Args:
            task: the task.
            settings: how items become prompts.
            tokenizer: tokenizer of the model; required for a chat.
            count: counts the tokens of a text; required with `room`.
            room: maximum number of tokens of prompt and answer; examples are dropped from the end until they fit.

        Raises:
            BadInput: a chat without a tokenizer or chat template, or too few examples.
        """
        if settings.chat:
            check_chat_template(tokenizer)
        self._task, self._settings, self._tokenizer = task, settings, tokenizer
        self._count, self._room = count, room
        choice = settings.shots or ShotSelection("first", task.shots)
        self.examples = choose_shots(task.pool, choice, task=task.name)
        is_by_item = choice.policy == "bm25" and choice.count > 0
        self._similar, self._shown = SimilarExamples(self.examples) if is_by_item else None, choice.count

    def build(self, item: Item) -> ItemPrompt:
        """Build the prompt of an item.

        Raises:
            BadInput: the prompt does not fit even without examples, or it would begin with two BOS tokens.
        """
        own = (item.question, item.options, item.contexts, item.images)
        if self._similar is not None:
            examples = list(self._similar.most_similar(item, self._shown))
        else:
            examples = [one for one in self.examples if (one.question, one.options, one.contexts, one.images) != own]
        made = self._made(item, examples)
        while self._room is not None and examples and self._length(made) > self._room:
            examples.pop()
            made = replace(self._made(item, examples), dropped=made.dropped + 1)
        if self._room is not None and (length := self._length(made)) > self._room:
            answer = self._task.max_tokens if self._task.mode == "gen" else 0
            lower = "lower --max-out-len, or " if answer else ""
            raise TaskProblem(
                f"expected at most {self._room} tokens for item {item.key!r} of {self._task.name}, got "
                f"{length - answer} of the prompt without any example and {answer} for the answer; {lower}leave the "
                "task out, or raise --max-seq-len if the model reads more",
                Cause(
                    CauseCode.prompt_too_long,
                    count=length - answer,
                    limit=self._room,
                    answer=answer,
                    name=item.key,
                ),
            )
        self._check_bos(made)
        return made

    def _made(self, item: Item, examples: Sequence[Item]) -> ItemPrompt:
        if self._task.mode == "ppl" and item.contexts:
            each = [self._made(replace(item, question=text, contexts=()), examples) for text in item.contexts]
            return replace(each[0], item=item, contexts=tuple(one.text for one in each))
        if self._settings.chat:
            return self._chat(item, examples)
        template = self._task.template(item)
        text = self._told(item, template.between) + self._plain(item, examples)
        images = self._images([*examples, item])
        return ItemPrompt(item, text, options=self._options(item, template.join), shots=len(examples), images=images)

    def _images(self, items: Sequence[Item]) -> tuple[ItemImage, ...]:
        """The images of some items, in order."""
        return tuple(image for item in items for image in self._task.images_of(item))

    def _plain(self, item: Item, examples: Sequence[Item]) -> str:
        """The examples and the question as one text."""
        shown = []
        for one in examples:
            template = self._task.template(one)
            shown.append(template.render_question(_as_shown(one)) + template.join + self._answer(one))
        return self._task.template(item).between.join([*shown, self._task.template(item).render_question(item)])

    def _told(self, item: Item, between: str) -> str:
        """The system text and the instruction, each followed by a break."""
        gap = between if len(between) > 1 else 2 * between
        own = self._task.template(item).after_instruction
        told = [(self._settings.system, gap), (self._instruction(item), gap if own is None else own)]
        return "".join(part + after for part, after in told if part)

    def _answer(self, example: Item) -> str:
        """The answer of an example, in the words in which options are compared."""
        is_text = self._task.mode == "ppl" and self._task.options_as == "text"
        place = example.letters.find(example.gold[0]) if is_text and example.gold and not example.worked else -1
        return self._task.template(example).render_answer(example, example.options[place] if place >= 0 else "")

    def _instruction(self, item: Item) -> str:
        own = self._settings.instruction
        return self._task.template(item).render_instruction(item) if own is None else own

    def _chat(self, item: Item, examples: Sequence[Item]) -> ItemPrompt:
        turns: list[ChatTurn] = []
        if self._settings.shots_as == "turns":
            for one in examples:
                template = self._task.template(one)
                turns += [
                    ChatTurn("user", template.render_question(_as_shown(one)), self._images([one])),
                    ChatTurn("assistant", self._answer(one)),
                ]
            turns.append(ChatTurn("user", self._task.template(item).render_question(item), self._images([item])))
        else:
            turns.append(ChatTurn("user", self._plain(item, examples), self._images([*examples, item])))
        instruction = self._instruction(item)
        if instruction:
            turns[0] = replace(turns[0], content=f"{instruction}\n\n{turns[0].content}")
        images = self._images([*examples, item])
        made = ItemPrompt(item, "", options=self._options(item, ""), shots=len(examples), images=images)
        system = self._settings.system
        if not system:
            return replace(made, text=self._rendered(turns), turns=tuple(turns))
        whole = [ChatTurn("system", system), *turns]
        try:
            text = self._rendered(whole)
        except BadInput:
            text = ""
        if system.strip() in text:
            return replace(made, text=text, turns=tuple(whole))
        merged = [replace(turns[0], content=f"{system}\n\n{turns[0].content}"), *turns[1:]]
        return replace(made, text=self._rendered(merged), turns=tuple(merged), system_as_user=True)

    def _rendered(self, turns: Sequence[ChatTurn]) -> str:
        if self._tokenizer is None:
            raise BadInput("expected a tokenizer for a chat, got none; use --kind base")
        return render_turns(self._tokenizer, turns)

    def _options(self, item: Item, join: str) -> tuple[str, ...]:
        if self._task.mode != "ppl":
            return ()
        return tuple(join + text for text in option_texts(self._task, item))

    def _length(self, made: ItemPrompt) -> int:
        """Tokens of a prompt with its longest option, or with the longest answer allowed."""
        if self._count is None:
            raise BadInput("expected a token counter for prompts of limited length, got none")
        most = self._task.max_tokens if self._task.mode == "gen" else 0
        # No text has more tokens than bytes, so nothing is counted if there is plenty of room.
        # The option with most characters need not have most tokens, so otherwise every option is counted.
        wholes = [made.context(place) + option for place, option in enumerate(made.options)] or [made.text]
        size = max(len(whole.encode()) for whole in wholes) + most + 1
        if self._room is not None and size <= self._room:
            return size
        return max(self._count(whole) for whole in wholes) + most

    def _check_bos(self, made: ItemPrompt) -> None:
        bos = self._tokenizer.bos_token if self._tokenizer is not None else None
        if bos and made.text.startswith(bos + bos):
            raise BadInput(
                f"expected one {bos} at the start of a prompt, got two; remove it from the system text or the template"
            )


def render_turns(tokenizer: ChatTokenizer, turns: Sequence[ChatTurn]) -> str:
    """The turns of a chat as one text by the template of a tokenizer, up to where the answer begins.

    Raises:
        BadInput: the template refuses these turns.
    """
    conversation = [{"role": turn.role, "content": f"{IMAGE_LINE * len(turn.images)}{turn.content}"} for turn in turns]
    try:
        text = tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True)
    except Exception as error:
        raise BadInput(f"expected a chat template that takes these turns, but it fails: {error}") from error
    return str(text)


def _as_shown(example: Item) -> Item:
    """An example with the context of its right option as its question."""
    place = example.letters.find(example.gold[0]) if example.contexts else -1
    return replace(example, question=example.contexts[place]) if place >= 0 else example


def option_texts(task: Task, item: Item) -> tuple[str, ...]:
    """The text that is scored for each option, without delimiter: its letter or its text."""
    return tuple(item.letters) if task.options_as == "letter" else item.options


def stop_strings(task: Task, *, chat: bool) -> tuple[str, ...]:
    """Strings that end a generated answer; in plain text, they include the beginning of a further question.

    A chat has none, because a model that thinks first would end there: its visible answer is cut before it is scored.
    """
    if chat:
        return ()
    following = {template.next_question_prefix() for template in task.templates.values()} - {""}
    return (*task.stop, *sorted(following))


@dataclass(frozen=True)
class PromptPreview:
    """A prompt to show to the user.

    Attributes:
        text: the exact text that is sent.
        options: continuations that are scored after it; only in `ppl`.
        tokens: tokens as the model reads them, including special tokens.
        shots: number of examples in the prompt.
        stop: strings that end the answer; only in `gen`.
        notes: differences from the requested settings.
        images: number of images that are sent with the text.
    """

    text: str
    options: tuple[str, ...]
    tokens: tuple[str, ...]
    shots: int
    stop: tuple[str, ...]
    notes: tuple[Note, ...]
    images: int = 0


def preview_prompt(
    task: Task, settings: PromptSettings, *, place: int, tokenizer: ChatTokenizer, tokens: Callable[[str], list[str]]
) -> PromptPreview:
    """Build the prompt of one item as an evaluation would send it, for `evenhand prompt`.

    Args:
        task: the task.
        settings: how items become prompts.
        place: position of the item in the task, from 0.
        tokenizer: tokenizer of the model.
        tokens: returns the tokens of a text as the model reads them, including special tokens.

    Raises:
        BadInput: there is no such item, the tokens begin with two BOS tokens, or as for `PromptBuilder`.
    """
    if not 0 <= place < len(task.items):
        raise BadInput(f"expected an item of {task.name} from 1 to {len(task.items)}, got {place + 1}")
    made = PromptBuilder(task, settings, tokenizer=tokenizer).build(task.items[place])
    read = tokens(made.text)
    check_single_bos(read, tokenizer.bos_token)
    return PromptPreview(
        text=made.text,
        options=made.options,
        tokens=tuple(read),
        shots=made.shots,
        stop=stop_strings(task, chat=settings.chat) if task.mode == "gen" else (),
        notes=(Note(NoteCode.system, count=1, total=1),) if made.system_as_user else (),
        images=len(made.images),
    )


def check_chat_template(tokenizer: ChatTokenizer | None) -> None:
    """Check that a tokenizer has a chat template.

    Raises:
        BadInput: there is no tokenizer, or it has no chat template.
    """
    if tokenizer is None or not tokenizer.chat_template:
        raise TaskProblem(
            "expected a chat template in the tokenizer of a chat model, found none; use --kind base, or give a "
            "tokenizer that has one with --tokenizer-path",
            Cause(CauseCode.no_chat_template),
        )


def check_single_bos(tokens: Sequence[str], bos: str | None) -> None:
    """Check that a prompt does not begin with two BOS tokens, one from the template and one from the tokenizer.

    Raises:
        BadInput: the prompt begins with two BOS tokens.
    """
    if bos and len(tokens) > 1 and tokens[0] == tokens[1] == bos:
        raise BadInput(
            f"expected one {bos} at the start of a prompt, but the tokenizer adds one to that of the template; set "
            "--tokenizer-kwargs '{\"add_bos_token\": false}'"
        )
