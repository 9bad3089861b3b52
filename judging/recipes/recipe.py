"""The words of a recipe: what a published benchmark asks a judge, how it reads the reply, and what it makes of it.

A recipe reproduces what was published, also where `judging.verdicts.parsing` would do better; the strict parser is for
everything else. Its parser reads replies to the *published* prompt. Published prompts are not part of this package:
a user who has one gives it as a prompt file, and the stand-ins, in our own words, serve where he has none. A reply to
a stand-in is read by `judging.verdicts.parsing.parse_reply` in the stand-in's own form.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from judging.chat.model import ChatSettings
from judging.prompts.prompt_file import PromptKind
from judging.verdicts.token_scores import TokenProbabilities
from judging.verdicts.verdict import CombinedShare, OutputForm, Verdict, VerdictCause
from storage.errors import BadInput
from storage.values import Json

RecipeOrder = Literal["both", "as given", "seeded by item"]
"""Which responses stand first: each once, as the data has it, or by a coin that the item's text decides."""


@dataclass(frozen=True)
class RecipeSource:
    """Where the facts of a recipe come from.

    Attributes:
        paper: its number at arXiv, empty without one.
        repository: owner and name at GitHub.
        commit: of the files that the facts were read in or checked against.
        licence: of that repository, for whoever wants its files.
    """

    paper: str
    repository: str
    commit: str
    licence: str


@dataclass(frozen=True)
class PromptSubstitutes:
    """Names of the shipped prompts that take the place of a published text.

    Attributes:
        plain: for the first turn without a reference.
        reference: for the first turn with one; empty where there is none that fits.
        turns: for a later turn without a reference, likewise.
        turns_reference: for a later turn with one, likewise.
    """

    plain: str = ""
    reference: str = ""
    turns: str = ""
    turns_reference: str = ""

    def choose(self, *, turn: int, has_reference: bool) -> str | None:
        """The name for a turn, counted from 1; None where no shipped prompt fits."""
        if turn > 1:
            return (self.turns_reference if has_reference else self.turns) or None
        return (self.reference if has_reference else self.plain) or None


@dataclass(frozen=True)
class Recording:
    """What a judge once said, as it was published.

    Attributes:
        question: key of the question.
        models: one, two or more names in the order in which the judge saw their responses.
        reply: text; None where none was published, or where the benchmark decided without asking.
        turn: that was judged, from 1.
        sample: number among several of the same request.
        judge: name of the judge model.
        prompt: what tells apart several prompts of one benchmark; empty for the only one.
        tokens: of the reply with log-probabilities, empty where they were not recorded.
        verdict: that the benchmark's authors recorded, None where they recorded none.
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
    """What a folder of published files holds.

    Attributes:
        questions: rows as `evenhand import questions` reads them.
        responses: rows as `evenhand import responses` reads them.
        recordings: what judges said.
        gold: by question, the model whose response is better; None where both are as good.
    """

    questions: Sequence[Json]
    responses: Sequence[Json]
    recordings: Sequence[Recording]
    gold: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class RecipeJudgment:
    """One verdict, from a recording or from a run of our own; the fields are those of `Recording`."""

    question: str
    models: tuple[str, ...]
    verdict: Verdict
    turn: int = 1
    sample: int = 0
    judge: str = ""
    prompt: str = ""


@dataclass(frozen=True)
class BenchmarkFacts:
    """What figures need beside the verdicts.

    Attributes:
        categories: by question, where the data has one.
        gold: see `RecipeData`.
        lengths: characters of a response by question and model.
        baseline: model that all others met; empty for the benchmark's own.
    """

    categories: Mapping[str, str] = field(default_factory=dict)
    gold: Mapping[str, str | None] = field(default_factory=dict)
    lengths: Mapping[tuple[str, str], int] = field(default_factory=dict)
    baseline: str = ""


@dataclass(frozen=True)
class BenchmarkFigure:
    """One figure as a benchmark publishes it.

    Attributes:
        subject: that it is about: a model, or a judge with its prompt.
        name: what it is.
        value: None where nothing counted.
        count: of verdicts, pairs or categories that it is made of.
        unparsed: verdicts that it lacks, because the reply gave none.
        standard_error: of the value, None where the benchmark gives none.
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
class Recipe:
    """One way in which one benchmark judges.

    Attributes:
        name: in small letters.
        kind: what it judges: one response, a pair, or several.
        source: of its facts.
        form: of its verdicts.
        parse: the published rule from the text of a reply to a verdict.
        read: a folder of published files to what is in it.
        summarise: verdicts and facts to the published figures.
        substitutes: our prompts for the published ones.
        checked: published figures that recorded replies reproduce; empty where none could be checked.
        parse_tokens: the published rule from token probabilities, which then takes the place of `parse`.
        order: which response stands first.
        swaps: for `seeded by item`, whether the second response stands first, by the text of the question.
        identical: A's share that two equal responses get without asking, None where they are asked.
        references: categories whose questions come with a reference, or `all`.
        turns: how many turns are judged, each by itself.
        settings: of the judge.
        combine: shares of one model in both orders to one outcome; None where every verdict counts by itself.
        baseline: model that all others meet, empty where the user chooses or there is none.
        lower_is_better: whether the numbers of a verdict are places, of which the first is best.
    """

    name: str
    kind: PromptKind
    source: RecipeSource
    form: OutputForm
    parse: TextParser
    read: FolderReader
    summarise: Summary
    substitutes: PromptSubstitutes
    checked: str = ""
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

    def __post_init__(self) -> None:
        """Check that the rules fit each other.

        Raises:
            BadInput: a coin without its rule or a rule without its coin, or a pairwise form for another kind.
        """
        if (self.order == "seeded by item") != (self.swaps is not None):
            raise BadInput(f"expected recipe {self.name} to say how it swaps exactly where its order is seeded by item")
        if self.form.is_pairwise != (self.kind == "pairwise"):
            raise BadInput(
                f"expected a pairwise form for kind pairwise alone in recipe {self.name}, got {self.form.kind}"
            )

    @property
    def is_verified(self) -> bool:
        """Whether published figures were reproduced from recorded replies."""
        return bool(self.checked)

    def needs_reference(self, category: str | None) -> bool:
        """Whether a question of this category is judged with a reference."""
        return self.references == "all" or (category or "") in self.references

    def verdict_of(self, recording: Recording) -> Verdict:
        """By the published rule; where no text was published, as recorded."""
        if recording.reply is None:
            return recording.verdict or Verdict(cause=VerdictCause.empty)
        if self.parse_tokens is not None:
            return self.parse_tokens(recording.tokens)
        return self.parse(recording.reply)

    def judge(self, recordings: Sequence[Recording]) -> list[RecipeJudgment]:
        """The verdicts of recordings by the published rule."""
        return [_judged(recording, self.verdict_of(recording)) for recording in recordings]


def as_recorded(recordings: Sequence[Recording]) -> list[RecipeJudgment]:
    """The verdicts that a benchmark's authors recorded, which they may have corrected by hand; others are left out."""
    return [_judged(recording, recording.verdict) for recording in recordings if recording.verdict is not None]


def collect_facts(data: RecipeData) -> BenchmarkFacts:
    """Categories, gold labels and lengths from the rows of a benchmark."""
    categories = {str(row["key"]): str(row["category"]) for row in data.questions if row.get("category")}
    lengths = {
        (str(row["question"]), str(row["model"])): sum(len(str(turn)) for turn in row["turns"])
        for row in data.responses
    }
    return BenchmarkFacts(categories, data.gold, lengths)


def _judged(recording: Recording, verdict: Verdict) -> RecipeJudgment:
    return RecipeJudgment(
        recording.question,
        recording.models,
        verdict,
        recording.turn,
        recording.sample,
        recording.judge,
        recording.prompt,
    )
