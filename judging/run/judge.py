"""The words of judging: who judges, what is judged, and everything that a verdict depends on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from judging.chat.model import ChatSettings, Reply
from judging.prompts.prompt_file import JudgePrompt, PromptKind
from judging.verdicts.verdict import CombinedShare, OutputForm, Verdict, combine_orders
from storage.errors import BadInput
from storage.judges.judgments import JudgeIdentity, JudgmentKey
from storage.values import Json, canonical_json, digest

LOCAL_SOURCE = "evenhand"
"""Source of the raters that judge here, in contrast to imported ones."""

PairOrders = Literal["both", "given", "random"]
"""Each response first once, as the pair is given, or by a coin that the salt and the pair decide."""

ALL_TURNS = 0
"""Turn of an item that is judged as a whole."""

ParseReply = Callable[[Reply, OutputForm], Verdict]
CombineShares = Callable[[float, float], CombinedShare]


@dataclass(frozen=True, slots=True)
class JudgeItem:
    """What one verdict is about; ids are those of the store.

    Attributes:
        question: that was answered.
        models: whose responses, in the order of `responses`.
        responses: one, two (A, then B) or several.
        turn: counted from 1, `ALL_TURNS` for all turns together.
        sample: number among several verdicts of the same judge.
    """

    question: int
    models: tuple[int, ...]
    responses: tuple[int, ...]
    turn: int = ALL_TURNS
    sample: int = 0

    def judged(self) -> list[JudgmentKey]:
        """The rows that this item becomes: one for one or two responses, one for each pair of several."""
        ids = self.responses
        if len(ids) <= 2:
            return [JudgmentKey(ids, self.turn, self.sample)]
        pairs = [(a, b) for place, a in enumerate(ids) for b in ids[place + 1 :]]
        return [JudgmentKey(pair, self.turn, self.sample) for pair in pairs]


@dataclass(frozen=True)
class VerdictRules:
    """How replies become verdicts, where it is not the strict way.

    Attributes:
        name: that stands in the judge's settings.
        read: a reply to its verdict; None for the strict parser.
        combine: the verdicts of both orders, as shares of the same model, to one outcome.
        identical: share of A for two equal responses, which are then not asked; None to leave them unjudged.
        references: categories whose questions are judged with their reference; None for all.
        lower_is_better: whether the numbers for several responses are places, of which the first is best.
        distinct: whether equal requests about different responses are asked each; recorded replies may differ.
    """

    name: str = "strict"
    read: ParseReply | None = None
    combine: CombineShares = combine_orders
    identical: float | None = None
    references: frozenset[str] | None = None
    lower_is_better: bool = False
    distinct: bool = False


@dataclass(frozen=True)
class Judge:
    """A language model with all that its verdicts depend on.

    Attributes:
        model: name at its endpoint.
        prompts: at least one, all of one kind; for each question the one that fits it best is used.
        settings: of the generation.
        orders: of pairs.
        salt: secret from which fences and coins follow.
        texts: for the fields `rubric` and `checklist`, the same for all questions.
        expected: whether a score is the mean over the legal answers by token probability.
        least_mass: covered probability below which an expected score is refused.
        rules: of reading and combining.
        name: on boards, empty to make one.
    """

    model: str
    prompts: Sequence[JudgePrompt]
    salt: str
    settings: ChatSettings = field(default_factory=ChatSettings)
    orders: PairOrders = "both"
    texts: Mapping[str, str] = field(default_factory=dict)
    expected: bool = False
    least_mass: float = 0.8
    rules: VerdictRules = field(default_factory=VerdictRules)
    name: str = ""

    def __post_init__(self) -> None:
        """Check that the parts fit each other.

        Raises:
            BadInput: no prompt, prompts of several kinds, or token probabilities for a form that has none.
        """
        kinds = sorted({prompt.kind for prompt in self.prompts})
        if len(kinds) != 1:
            raise BadInput(f"expected prompts of one kind, got {' and '.join(kinds) or 'none'}; choose among one kind")
        if self.expected and any(prompt.form.kind == "scores" for prompt in self.prompts):
            raise BadInput(
                "expected prompts with one verdict for --expected, got one that asks for several scores; leave it out"
            )

    @property
    def kind(self) -> PromptKind:
        """What it judges."""
        return self.prompts[0].kind

    @property
    def identity(self) -> JudgeIdentity:
        """As a rater: judges that differ in anything that matters differ in their name."""
        depends_on: Json = {
            "prompts": [[prompt.name, prompt.digest] for prompt in self.prompts],
            "settings": self.settings.as_json(),
            "orders": self.orders,
            "texts": dict(self.texts),
            "expected": self.least_mass if self.expected else None,
            "rules": self.rules.name,
        }
        mark = digest(canonical_json([self.model, depends_on]))
        name = self.name or f"{self.model} {self.prompts[0].name} {mark[:6]}"
        digests = [prompt.digest for prompt in self.prompts]
        prompt_digest = digests[0] if len(digests) == 1 else digest(canonical_json(digests))
        return JudgeIdentity(name, self.model, prompt_digest, {**depends_on, "salt": self.salt})
