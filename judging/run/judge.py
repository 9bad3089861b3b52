"""Types of judging: the judge with everything its verdicts depend on, and the item it judges."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from judging.chat.model import ChatSettings, Reply
from judging.prompts.prompt_file import JudgePrompt, PromptKind
from judging.verdicts.verdict import CombinedShare, OutputForm, Verdict, combine_orders
from storage.errors import BadInput
from storage.judges.judgments import JudgeIdentity, JudgmentKey
from storage.values import EMPTY_LOSES, Json, canonical_json, digest

LOCAL_SOURCE = "evenhand"
"""Source of the judges that run here, in contrast to imported ones."""

PairOrders = Literal["both", "given", "random"]
"""Show both orders, the given order, or a random order that follows from the salt and the pair."""

ALL_TURNS = 0
"""Turn number of an item whose whole conversation is judged."""

ParseReply = Callable[[Reply, OutputForm], Verdict]
CombineShares = Callable[[float, float], CombinedShare]


@dataclass(frozen=True, slots=True)
class JudgeItem:
    """What one judgment or score is about; all ids are ids of the store.

    Attributes:
        question: Id of the question.
        models: Ids of the models, in the order of `responses`.
        responses: Ids of one response, two (A, then B) or several.
        turn: Turn to judge, from 1; `ALL_TURNS` for the whole conversation.
        sample: Number of this judgment when the same judge judges an item several times, from 0.
        probability: Probability with which this pair was drawn; None if it was not drawn or the probability is unknown.
    """

    question: int
    models: tuple[int, ...]
    responses: tuple[int, ...]
    turn: int = ALL_TURNS
    sample: int = 0
    probability: float | None = None

    def row_keys(self) -> list[JudgmentKey]:
        """Keys of the rows made of this item: one row for one or two responses, else one for each pair."""
        ids = self.responses
        if len(ids) <= 2:
            return [JudgmentKey(ids, self.turn, self.sample)]
        pairs = [(a, b) for place, a in enumerate(ids) for b in ids[place + 1 :]]
        return [JudgmentKey(pair, self.turn, self.sample) for pair in pairs]


@dataclass(frozen=True)
class VerdictRules:
    """Rules from replies to judgments; the defaults are those of the strict parser.

    Attributes:
        name: Name of the rules in the judge's settings.
        read: Parses a reply; None for the strict parser.
        combine: Combines the verdicts in both orders, as shares of the same model, to one judgment.
        identical: A's share for two equal responses, which are then not sent to the judge; None to fail them.
        references: Categories whose questions are judged with their reference; None for all.
        lower_is_better: Whether the numbers for several responses are ranks, of which 1 is best.
        distinct: Whether equal requests about different responses are sent separately, since their recorded replies
            may differ; such replies are not written anew, so that questions may be known by their keys only.
        empty_loses: Whether a pair with one empty response is a win for the other, without asking the judge.
    """

    name: str = "strict"
    read: ParseReply | None = None
    combine: CombineShares = combine_orders
    identical: float | None = None
    references: frozenset[str] | None = None
    lower_is_better: bool = False
    distinct: bool = False
    empty_loses: bool = False


@dataclass(frozen=True)
class Judge:
    """A language model as judge, with everything its verdicts depend on.

    Attributes:
        model: Model name at the endpoint.
        prompts: At least one prompt, all of one kind; each question uses the prompt that fits it best.
        salt: Secret that fences and random orders are derived from.
        settings: Generation settings.
        orders: Orders in which the responses of a pair are shown.
        texts: Texts of the fields `rubric` and `checklist`, the same for all questions.
        expected: Whether scores are the mean over the legal answers, weighted by token probability.
        least_mass: Covered probability below which there is no expected score.
        rules: Rules for parsing replies and combining verdicts.
        name: Name in the store and on leaderboards, empty to derive one.
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
        """Check that prompts and settings are compatible.

        Raises:
            BadInput: No prompt, prompts of several kinds, or expected scores for prompts that ask for several scores.
        """
        kinds = sorted({prompt.kind for prompt in self.prompts})
        if len(kinds) != 1:
            raise BadInput(
                f"expected prompts of one kind, got {' and '.join(kinds) or 'none'}; choose prompts of one kind"
            )
        if self.expected and any(prompt.form.kind == "scores" for prompt in self.prompts):
            raise BadInput(
                "expected prompts with one verdict for --expected, got one that asks for several scores; "
                "leave --expected out"
            )

    @property
    def kind(self) -> PromptKind:
        """What this judge judges: one response, a pair, or several."""
        return self.prompts[0].kind

    @property
    def identity(self) -> JudgeIdentity:
        """Identity as a rater; judges that differ in anything that affects verdicts have different names."""
        depends_on: Json = {
            "prompts": [[prompt.name, prompt.digest] for prompt in self.prompts],
            "settings": self.settings.as_json(),
            "orders": self.orders,
            "texts": dict(self.texts),
            "expected": self.least_mass if self.expected else None,
            "rules": self.rules.name,
        }
        if self.rules.empty_loses:
            depends_on[EMPTY_LOSES] = True
        mark = digest(canonical_json([self.model, depends_on]))
        name = self.name or f"{self.model} {self.prompts[0].name} {mark[:6]}"
        digests = [prompt.digest for prompt in self.prompts]
        prompt_digest = digests[0] if len(digests) == 1 else digest(canonical_json(digests))
        return JudgeIdentity(name, self.model, prompt_digest, {**depends_on, "salt": self.salt})
