"""Types of a recipe: how a published benchmark prompts a judge, parses its replies and computes its figures.

A recipe reproduces what was published, even where `judging.verdicts.parsing` would do better; everything else uses the
strict parser. Its parser reads replies to the *published* prompt. Published prompts are not part of this package: users
who have one pass it as a prompt file; without one, a bundled prompt of our own is used as a substitute. A reply to a
substitute is parsed by `judging.verdicts.parsing.parse_reply` in the substitute's own form.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from judging.chat.model import ChatSettings, Reply
from judging.prompts.prompt_file import PromptKind
from judging.verdicts.token_scores import TokenProbabilities
from judging.verdicts.verdict import CombinedShare, OutputForm, Verdict, VerdictCause
from storage.errors import BadInput
from storage.values import Json

RecipeOrder = Literal["both", "as given", "seeded by item"]
"""Orders in which responses are shown: both, as in the data, or random but fixed by the text of the item."""


@dataclass(frozen=True)
class RecipeSource:
    """Where the facts of a recipe come from.

    Attributes:
        paper: arXiv number of the paper, empty if there is none.
        repository: Owner and name of the GitHub repository.
        commit: Commit of the files that the recipe was written from or checked against.
        licence: Licence of the repository.
    """

    paper: str
    repository: str
    commit: str
    licence: str


@dataclass(frozen=True)
class PromptSubstitutes:
    """Names of the bundled prompts that are used instead of the published ones; empty if none fits.

    Attributes:
        plain: Prompt for the first turn without a reference.
        reference: Prompt for the first turn with a reference.
        turns: Prompt for later turns without a reference.
        turns_reference: Prompt for later turns with a reference.
    """

    plain: str = ""
    reference: str = ""
    turns: str = ""
    turns_reference: str = ""

    def choose(self, *, turn: int, has_reference: bool) -> str | None:
        """Name of the prompt for a turn, from 1; None if no bundled prompt fits."""
        if turn > 1:
            return (self.turns_reference if has_reference else self.turns) or None
        return (self.reference if has_reference else self.plain) or None


@dataclass(frozen=True)
class Recording:
    """One published reply of a judge.

    Attributes:
        question: Key of the question.
        models: Names of one or more models, in the order the judge saw their responses.
        reply: Reply text; None if none was published, or if the benchmark decided without asking the judge.
        turn: Turn that was judged, from 1.
        sample: Number of the reply when the same request was sent several times, from 0.
        judge: Name of the judge model.
        prompt: Name of the prompt if the benchmark has several, else empty.
        tokens: Reply tokens with log-probabilities, empty if they were not recorded.
        verdict: Verdict recorded by the benchmark's authors, None if they recorded none.
    """

    question: str
    models: tuple[str, ...]
    reply: str | None
    turn: int = 1
    sample: int = 0
    judge: str = ""
    prompt: str = ""
    tokens: Sequence[TokenProbabilities] = ()
    verdict: Verdict | None = None


@dataclass(frozen=True)
class RecipeData:
    """Content of a folder of published files.

    Attributes:
        questions: Rows in the form of `evenhand import questions`.
        responses: Rows in the form of `evenhand import responses`.
        recordings: Published replies of judges.
        gold: Model with the better response by question key; None if both are equally good.
        left_aside: Names of files with rows of another kind, which are not read.
        numbers: Rows of further numbers that figures need, by name of their file.
        features: Further numbers of a response that figures need, by question key and model.
    """

    questions: Sequence[Json]
    responses: Sequence[Json]
    recordings: Sequence[Recording]
    gold: Mapping[str, str | None] = field(default_factory=dict)
    left_aside: Sequence[str] = ()
    numbers: Mapping[str, Sequence[Mapping[str, float]]] = field(default_factory=dict)
    features: Mapping[tuple[str, str], Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class RecipeJudgment:
    """One verdict, from a recording or from a judge run; the fields are those of `Recording`."""

    question: str
    models: tuple[str, ...]
    verdict: Verdict
    turn: int = 1
    sample: int = 0
    judge: str = ""
    prompt: str = ""


@dataclass(frozen=True)
class BenchmarkFacts:
    """What figures need in addition to the verdicts.

    Attributes:
        categories: Category by question key, if the data has one.
        gold: See `RecipeData`.
        lengths: Number of characters of a response by question key and model.
        baseline: Baseline that every other model is compared with; empty for the benchmark's own.
        numbers: See `RecipeData`.
        features: See `RecipeData`.
    """

    categories: Mapping[str, str] = field(default_factory=dict)
    gold: Mapping[str, str | None] = field(default_factory=dict)
    lengths: Mapping[tuple[str, str], int] = field(default_factory=dict)
    baseline: str = ""
    numbers: Mapping[str, Sequence[Mapping[str, float]]] = field(default_factory=dict)
    features: Mapping[tuple[str, str], Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class BenchmarkFigure:
    """One figure as a benchmark publishes it.

    Attributes:
        subject: Model, or judge with its prompt, that the figure is about.
        name: Name of the figure.
        value: Value, None if there is nothing to compute it from.
        count: Number of verdicts, pairs or categories it is computed from.
        unparsed: Number of replies without a verdict, which are left out.
        standard_error: Standard error of the value, None if the benchmark gives none.
    """

    subject: str
    name: str
    value: float | None
    count: int
    unparsed: int = 0
    standard_error: float | None = None


TextParser = Callable[[str], Verdict]
TokenParser = Callable[[Sequence[TokenProbabilities]], Verdict]
FolderReader = Callable[[Path], RecipeData]
CombineShares = Callable[[float, float], CombinedShare]
Summary = Callable[[Sequence[RecipeJudgment], BenchmarkFacts], list[BenchmarkFigure]]


@dataclass(frozen=True)
class ReproducedFigures:
    """Published figures that the command prints to the last printed digit.

    Attributes:
        figures: Figures in words; empty if none could be compared.
        published_in: Published file or page that prints them.
    """

    figures: str = ""
    published_in: str = ""


@dataclass(frozen=True)
class Recipe:
    """How one benchmark judges.

    Attributes:
        name: Name in lowercase.
        kind: What it judges: one response, a pair, or several.
        source: Source of its facts.
        form: Form of its verdicts.
        parse: Published rule from the text of a reply to a verdict.
        read: Reads a folder of published files.
        summarise: Computes the published figures from verdicts and facts.
        substitutes: Bundled prompts to use instead of the published ones.
        reproduced: Published figures that the command reproduces from the published files.
        parse_tokens: Published rule from token probabilities to a verdict, used instead of `parse`.
        order: Order in which responses are shown.
        swaps: For `seeded by item`: whether the second response is shown first, by the text of the question.
        identical: A's share for two equal responses, which are then not sent to the judge; None to send them.
        references: Categories whose questions are judged with a reference, or `all`.
        turns: Number of turns, each judged on its own.
        settings: Generation settings of the judge.
        combine: Combines the shares of one model in both orders; None if every verdict counts on its own.
        baseline: Baseline that every other model is compared with; empty if the user chooses or there is none.
        lower_is_better: Whether the numbers of a verdict are ranks, of which 1 is best.
        reads_beginning: Whether the rule reads the beginning of a reply, so that one cut off by its length counts.
        prompt_rules: Recipes whose rule reads the replies to a published prompt instead, by the name of the prompt.
        is_about_judges: Whether the figures are about judges; otherwise every judge gets figures of its own.
    """

    name: str
    kind: PromptKind
    source: RecipeSource
    form: OutputForm
    parse: TextParser
    read: FolderReader
    summarise: Summary
    substitutes: PromptSubstitutes
    reproduced: ReproducedFigures = field(default_factory=ReproducedFigures)
    parse_tokens: TokenParser | None = None
    order: RecipeOrder = "as given"
    swaps: Callable[[str], bool] | None = None
    identical: float | None = None
    references: frozenset[str] | Literal["all"] = frozenset()
    turns: int = 1
    settings: ChatSettings = field(default_factory=ChatSettings)
    combine: CombineShares | None = None
    baseline: str = ""
    lower_is_better: bool = False
    reads_beginning: bool = False
    prompt_rules: Mapping[str, "Recipe"] = field(default_factory=dict)
    is_about_judges: bool = False

    def __post_init__(self) -> None:
        """Check that the fields are consistent.

        Raises:
            BadInput: `swaps` is set for another order or missing, or a pairwise form has another kind.
        """
        if (self.order == "seeded by item") != (self.swaps is not None):
            raise BadInput(
                f"expected recipe {self.name} to have `swaps` if and only if its order is seeded by item; correct it"
            )
        if self.form.is_pairwise != (self.kind == "pairwise"):
            raise BadInput(
                f"expected a pairwise form for kind pairwise and no other in recipe {self.name}, got {self.form.kind}; "
                "correct it"
            )

    @property
    def is_verified(self) -> bool:
        """Whether the command reproduces published figures."""
        return bool(self.reproduced.figures)

    def parse_reply(self, reply: Reply) -> Verdict:
        """Parse a reply by the published rule, from its text or its token probabilities.

        One that was cut off by its length has no verdict, unless the rule reads the beginning.
        """
        if reply.finish == "length" and not self.reads_beginning:
            return Verdict(cause=VerdictCause.truncated)
        return self.parse(reply.text) if self.parse_tokens is None else self.parse_tokens(reply.tokens)

    def parse_stored(self, reply: Reply) -> Verdict:
        """Parse the text of a stored reply by the published rule; as `parse_reply`, but never from tokens."""
        return replace(self, parse_tokens=None).parse_reply(reply)


def collect_facts(data: RecipeData) -> BenchmarkFacts:
    """Categories, gold labels and response lengths from the rows of a benchmark."""
    categories = {str(row["key"]): str(row["category"]) for row in data.questions if row.get("category")}
    lengths = {
        (str(row["question"]), str(row["model"])): sum(len(str(turn)) for turn in row["turns"])
        for row in data.responses
    }
    return BenchmarkFacts(categories, data.gold, lengths, numbers=data.numbers, features=data.features)
