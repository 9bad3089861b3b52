"""What a run will ask: each task's prompts, and the digest of all that decides an output."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace

from objective.catalog import TaskSelection
from objective.prompting.prompts import ChatTokenizer, ItemPrompt, Prompter, PromptSettings, stops
from objective.prompting.shots import ShotChoice
from objective.request import Sampling
from objective.scoring.marks import SCORER
from objective.summary.version_id import published_id
from objective.task import Item, Task, content
from storage.errors import BadInput
from storage.values import canonical_json, digest

OWN_VERSION = "eh-"
"""Before the first six digits of our own content hash, where no published id applies."""


@dataclass(frozen=True)
class EvaluationSettings:
    """How tasks are asked; all of it stands in the run.

    Attributes:
        prompts: how items become prompts.
        max_tokens: of an answer; None for each task's own number.
        temperature: 0 for the likeliest token each time.
        top_p: share of probability that is sampled from.
        seed: of sampling.
        samples: answers to each item.
        limit: only the first items of each task; None for all.
    """

    prompts: PromptSettings = field(default_factory=PromptSettings)
    max_tokens: int | None = None
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    samples: int = 1
    limit: int | None = None

    def sampling(self, task: Task) -> Sampling:
        """How a task's answers are generated."""
        return Sampling(
            max_tokens=self.max_tokens or task.max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=self.seed,
            stop=stops(task, chat=self.prompts.chat),
            samples=self.samples,
        )

    def limited(self, task: Task) -> Task:
        """The task with no more items and tokens than asked for."""
        return replace(task, items=task.items[: self.limit], max_tokens=self.max_tokens or task.max_tokens)

    def shots(self, task: Task) -> ShotChoice:
        """Which examples a task shows."""
        return self.prompts.shots or ShotChoice("first", task.shots)


@dataclass(frozen=True)
class Voice:
    """What prompts need to know of a model.

    Attributes:
        tokenizer: for chats.
        count: tokens of a text.
        room: tokens that prompt and answer may take; None leaves that to the engine.
    """

    tokenizer: ChatTokenizer | None = None
    count: Callable[[str], int] | None = None
    room: int | None = None


@dataclass(frozen=True)
class PlannedItem:
    """One item, ready to be sent.

    Attributes:
        task: whose item it is.
        prompt: what is sent.
        sampling: how it is answered.
        digest: of prompt, sampling, mode, model revision and data file: equal digests have equal outputs.
    """

    task: Task
    prompt: ItemPrompt
    sampling: Sampling
    digest: str

    @property
    def item(self) -> Item:
        """The item."""
        return self.prompt.item

    @property
    def samples(self) -> int:
        """How many outputs it has."""
        return 1 if self.task.mode == "ppl" else self.sampling.samples


@dataclass(frozen=True)
class TaskPlan:
    """What a task asks.

    Attributes:
        task: limited as the settings say.
        asks: what is sent.
        refused: items that cannot be sent, with the sentence that says why.
        cause: why the task as a whole cannot be asked; None if it can.
    """

    task: Task
    asks: tuple[PlannedItem, ...] = ()
    refused: tuple[tuple[Item, str], ...] = ()
    cause: str | None = None


def plan_task(task: Task, settings: EvaluationSettings, voice: Voice, *, revision: str) -> TaskPlan:
    """Make a task's prompts; what cannot be made is kept with its reason.

    Args:
        task: limited already.
        settings: how.
        voice: of the model.
        revision: digest of the model.
    """
    try:
        prompter = Prompter(task, settings.prompts, tokenizer=voice.tokenizer, count=voice.count, room=voice.room)
    except BadInput as error:
        return TaskPlan(task, cause=str(error))
    sampling = settings.sampling(task)
    asks, refused = [], []
    for item in task.items:
        try:
            prompt = prompter.prompt(item)
        except BadInput as error:
            refused.append((item, str(error)))
            continue
        asks.append(PlannedItem(task, prompt, sampling, _digest(task, prompt, sampling, revision)))
    return TaskPlan(task, tuple(asks), tuple(refused))


def _digest(task: Task, prompt: ItemPrompt, sampling: Sampling, revision: str) -> str:
    how: dict[str, object] = asdict(sampling) if task.mode == "gen" else {"options": prompt.options}
    how.pop("top_logprobs", None)  # told beside a text, which it does not change
    return digest(
        canonical_json({"prompt": prompt.text, "mode": task.mode, "how": how, "model": revision, "data": task.source})
    )


def content_key(asked: str, gold: Sequence[str]) -> str:
    """The digest of an output's origin and its scorer: an equal key has an equal score."""
    return digest(canonical_json({"asked": asked, "gold": list(gold), "scorer": SCORER}))


def task_content(task: Task, settings: EvaluationSettings, *, scorer: str = SCORER) -> str:
    """Our content hash of a task as it is asked and scored; the same for a base and a chat model."""
    prompts = settings.prompts
    return content(
        task,
        {
            "system": prompts.system,
            "instruction": prompts.instruction,
            "shots": asdict(settings.shots(task)),
            "temperature": settings.temperature,
            "top_p": settings.top_p,
            "seed": settings.seed if settings.temperature else 0,
            "samples": settings.samples,
            "scorer": scorer,
        },
    )


def task_version(task: Task, settings: EvaluationSettings) -> str:
    """The published six-digit id where the task is asked in its published words, else the start of our own hash."""
    choice = settings.shots(task)
    if task.recipe and settings.prompts.is_plain and choice.count and choice.policy != "random":
        places = choice.places or range(choice.count)
        return published_id(task.recipe, mode=task.mode, letters=task.items[0].letters, places=places)
    return OWN_VERSION + task_content(task, settings)[:6]


def run_digest(model: str, revision: str, selected: TaskSelection, settings: EvaluationSettings) -> str:
    """What makes two runs the same one, so that the later goes on with the earlier, or scores it by newer rules."""
    tasks = [task_content(settings.limited(task), settings, scorer="") for task in selected.ready]
    value = {
        "model": model,
        "revision": revision,
        "tasks": tasks,
        "unready": [task.name for task in selected.unready],
        "settings": asdict(settings),
    }
    return digest(canonical_json(value))
