"""Plans an evaluation run: the prompts of each task, and the digests that identify predictions and runs."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

from objective.catalog import TaskSelection
from objective.causes import Cause, CauseCode, cause_of
from objective.evaluation.rotations import rotated
from objective.prompting.prompts import ChatTokenizer, ItemPrompt, PromptBuilder, PromptSettings, stop_strings
from objective.prompting.shots import ShotSelection
from objective.request import Sampling
from objective.scoring.answers import SCORER
from objective.scoring.registry import load_scorer
from objective.summary.version_id import published_id
from objective.task import Item, Task, content_hash
from storage.errors import BadInput
from storage.values import canonical_json, digest

_LATER_SETTINGS = frozenset({"circular", "grader"})
"""Settings that came after version 0.1; digests of runs leave them out where they are off, so that older ones hold."""
GRADED_SCORERS = frozenset({"", "stated_answer", "boxed_math", "contained_answer"})
"""Scorers that say right or wrong, in whose place a grader can stand; the empty name stands for the usual rules."""
OWN_VERSION_PREFIX = "eh-"
"""Prefix of versions that are the first six digits of our content hash, used if no published id applies."""


@dataclass(frozen=True)
class EvaluationSettings:
    """How tasks are asked; stored with the run.

    Attributes:
        prompts: how items become prompts.
        max_tokens: maximum number of tokens per answer; None for each task's default.
        temperature: sampling temperature; 0 for the likeliest token each time.
        top_p: share of the probability mass to sample from, in (0, 1].
        seed: sampling seed.
        samples: samples per item.
        limit: maximum number of items per task, taken from its beginning; None for all.
        circular: whether each question with one right letter is asked in every rotation of its options.
        grader: rules of the grader that marks answers beside the usual rules; empty for none.
    """

    prompts: PromptSettings = field(default_factory=PromptSettings)
    max_tokens: int | None = None
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    samples: int = 1
    limit: int | None = None
    circular: bool = False
    grader: str = ""

    def sampling(self, task: Task) -> Sampling:
        """How the answers of a task are generated."""
        return Sampling(
            max_tokens=self.max_tokens or task.max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=self.seed,
            stop=stop_strings(task, chat=self.prompts.chat),
            samples=self.samples,
        )

    def limited(self, task: Task) -> Task:
        """The task with the items and the maximum number of tokens of these settings."""
        limited = replace(task, items=task.items[: self.limit], max_tokens=self.max_tokens or task.max_tokens)
        return rotated(limited) if self.circular else limited

    def shot_selection(self, task: Task) -> ShotSelection:
        """How the examples of a task are selected."""
        return self.prompts.shots or ShotSelection("first", task.shots)


@dataclass(frozen=True)
class PromptContext:
    """The properties of a model that its prompts depend on.

    Attributes:
        tokenizer: tokenizer with the chat template; None for plain text.
        count: counts the tokens of a text; required with `room`.
        room: maximum number of tokens of prompt and answer; None leaves the limit to the engine.
        vision: whether the model is asked questions with images.
    """

    tokenizer: ChatTokenizer | None = None
    count: Callable[[str], int] | None = None
    room: int | None = None
    vision: bool = False


@dataclass(frozen=True)
class PlannedItem:
    """One item, ready to be sent.

    Attributes:
        task: task of the item.
        prompt: prompt to send.
        sampling: how the answer is generated.
        digest: digest of prompt, sampling, mode and model revision; equal digests have equal outputs.
        earlier_digest: the same with the digest of the data file, by which earlier versions stored their outputs.
    """

    task: Task
    prompt: ItemPrompt
    sampling: Sampling
    digest: str
    earlier_digest: str

    @property
    def item(self) -> Item:
        """The item."""
        return self.prompt.item

    @property
    def samples(self) -> int:
        """Number of samples for this item."""
        return 1 if self.task.mode == "ppl" else self.sampling.samples


@dataclass(frozen=True)
class TaskPlan:
    """The items of a task, ready to be sent.

    Attributes:
        task: the task, limited by the settings.
        items: items to send.
        rejected: items that cannot be sent, each with its cause.
        cause: cause why the task as a whole cannot be asked; None if it can.
    """

    task: Task
    items: tuple[PlannedItem, ...] = ()
    rejected: tuple[tuple[Item, Cause], ...] = ()
    cause: Cause | None = None


def plan_task(task: Task, settings: EvaluationSettings, context: PromptContext, *, revision: str) -> TaskPlan:
    """Build the prompts of a task; items whose prompt cannot be built are kept with the reason.

    Args:
        task: the task, already limited.
        settings: how tasks are asked.
        context: the properties of the model that prompts depend on.
        revision: digest of the model.
    """
    try:
        builder = PromptBuilder(
            task, settings.prompts, tokenizer=context.tokenizer, count=context.count, room=context.room
        )
    except BadInput as error:
        return TaskPlan(task, cause=cause_of(error))
    sampling = settings.sampling(task)
    items, rejected = [], []
    for item in task.items:
        if item.images and not context.vision:
            rejected.append((item, Cause(CauseCode.no_vision)))
            continue
        try:
            prompt = builder.build(item)
        except BadInput as error:
            rejected.append((item, cause_of(error)))
            continue
        items.append(PlannedItem(task, prompt, sampling, *_prediction_digests(task, prompt, sampling, revision)))
    return TaskPlan(task, tuple(items), tuple(rejected))


def _prediction_digests(task: Task, prompt: ItemPrompt, sampling: Sampling, revision: str) -> tuple[str, str]:
    how: dict[str, object] = asdict(sampling) if task.mode == "gen" else {"options": prompt.options}
    if prompt.contexts:
        how["contexts"] = prompt.contexts
    if prompt.images:
        how["images"] = [image.sha256 for image in prompt.images]
    how.pop("top_logprobs", None)  # reported with a text, which it does not change
    asked = {"prompt": prompt.text, "mode": task.mode, "how": how, "model": revision}
    return digest(canonical_json(asked)), digest(canonical_json(asked | {"data": task.source}))


def content_key(asked: str, item: Item, rules: str = SCORER) -> str:
    """The digest of an output's origin, gold answers and scoring rules; equal keys have equal scores."""
    content = {"asked": asked, "gold": list(item.gold), "scorer": rules}
    return digest(canonical_json(content | ({"data": item.data} if item.data else {})))


def task_rules(task: Task) -> str:
    """The versions of the rules by which a task is scored.

    Raises:
        TaskProblem: the task names a scorer that cannot be loaded.
    """
    return f"{SCORER}, {load_scorer(task.scorer).rules}" if task.scorer else SCORER


def can_grade(task: Task) -> bool:
    """Whether answers of a task are right or wrong by comparison with a reference."""
    return task.mode == "gen" and task.scorer in GRADED_SCORERS


def task_content(task: Task, settings: EvaluationSettings, *, scorer: str | None = None) -> str:
    """The content hash of a task as it is asked and scored; the same for a base and a chat model."""
    prompts = settings.prompts
    graded = f", {settings.grader}" if settings.grader and can_grade(task) else ""
    scorer = task_rules(task) + graded if scorer is None else scorer
    return content_hash(
        task,
        {
            "system": prompts.system,
            "instruction": prompts.instruction,
            "shots": asdict(settings.shot_selection(task)),
            "temperature": settings.temperature,
            "top_p": settings.top_p,
            "seed": settings.seed if settings.temperature else 0,
            "samples": settings.samples,
            "scorer": scorer,
            **_examples_as(task, settings),
        },
    )


def _examples_as(task: Task, settings: EvaluationSettings) -> dict[str, str]:
    """How examples answer, where that is not with the letter: version 0.1 showed letters before scored texts."""
    is_text = task.mode == "ppl" and task.options_as == "text" and settings.shot_selection(task).count
    return {"examples_as": "text"} if is_text else {}


def task_version(task: Task, settings: EvaluationSettings) -> str:
    """The published six-digit id if the task is asked in its published words, else the start of the content hash."""
    choice = settings.shot_selection(task)
    if task.recipe and settings.prompts.is_plain and choice.count and choice.policy in ("first", "fixed"):
        places = choice.places or range(choice.count)
        return published_id(task.recipe, mode=task.mode, letters=task.items[0].letters, places=places)
    return OWN_VERSION_PREFIX + task_content(task, settings)[:6]


def run_digest(model: str, revision: str, selection: TaskSelection, settings: EvaluationSettings) -> str:
    """The identity of an evaluation run: an equal digest resumes the stored run or rescores it by newer rules."""
    tasks = [task_content(settings.limited(task), settings, scorer="") for task in selection.ready]
    value = {
        "model": model,
        "revision": revision,
        "tasks": tasks,
        "unready": [task.name for task in selection.unready],
        "settings": {name: value for name, value in asdict(settings).items() if name not in _LATER_SETTINGS or value},
    }
    return digest(canonical_json(value))
