"""The scorers of tasks whose answers the rules of `objective.scoring.answers` do not cover, by name.

A scorer is loaded when its first output is scored, so that the catalogue needs none of its libraries.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from objective.causes import Cause, CauseCode, TaskProblem
from objective.request import ScoredContinuation
from objective.task import Item
from storage.errors import BadInput

Values = Mapping[str, float]
"""Values in [0, 1] by metric."""


@dataclass(frozen=True)
class Scorer:
    """Scores the outputs of a task by one or more metrics.

    Exactly one of `score`, `score_all` and `score_options` is given.

    Attributes:
        name: name in `SCORERS`.
        version: version of its rules; increase it whenever a score could change.
        metrics: metrics of one output, the main one first; names in `corpus` and `over_samples` come in addition.
        score: function from an item and its output, without a thinking block, to values; None if the output is
            unparsed. It raises `TaskProblem` if nothing of the task can be scored.
        score_all: the same for many outputs at once, for scorers that work in parallel.
        score_options: function from an item, the texts of its options and their likelihoods to values, in `ppl`.
        corpus: functions from all answered items and their outputs to a value, such as BLEU; None where these items
            have no such value.
        corpus_options: functions from the likelihoods of all answered items, such as perplexity; an empty metric name
            in `metrics` is not needed for them.
        over_samples: functions from the values of one item's samples by the main metric to a value, such as pass@5;
            None where the samples are too few.
        endings: function from items and their outputs to the end of each output's program, as the name of a note code
            without `program_`; it is counted in notes.
    """

    name: str
    version: int
    metrics: tuple[str, ...]
    score: Callable[[Item, str], Values | None] | None = None
    corpus: Mapping[str, Callable[[Sequence[Item], Sequence[str]], float | None]] = field(default_factory=dict)
    score_options: Callable[[Item, Sequence[str], Sequence[ScoredContinuation]], Values | None] | None = None
    score_all: Callable[[Sequence[Item], Sequence[str]], Sequence[Values | None]] | None = None
    corpus_options: Mapping[str, Callable[[Sequence[Item], Sequence[Sequence[ScoredContinuation]]], float]] = field(
        default_factory=dict
    )
    over_samples: Mapping[str, Callable[[Sequence[float]], float | None]] = field(default_factory=dict)
    endings: Callable[[Sequence[Item], Sequence[str]], Sequence[str]] | None = None

    @property
    def rules(self) -> str:
        """Name and version, which the content keys of scores hold."""
        return f"{self.name} {self.version}"

    def score_outputs(self, items: Sequence[Item], outputs: Sequence[str]) -> Sequence[Values | None]:
        """The values of many outputs, in their order; None for an unparsed one.

        Raises:
            TaskProblem: nothing of the task can be scored, as when running programs is not allowed.
            BadInput: the scorer compares likelihoods.
        """
        if self.score_all is not None:
            return self.score_all(items, outputs)
        if self.score is None:
            raise BadInput(f"expected mode ppl for the scorer {self.name}, which compares likelihoods, got gen")
        return [self.score(item, output) for item, output in zip(items, outputs, strict=True)]


SCORERS: Mapping[str, str] = {
    "mc1": "objective.scoring.likelihood:MC1",
    "mc2": "objective.scoring.likelihood:MC2",
    "greedy_accuracy": "objective.scoring.likelihood:GREEDY_ACCURACY",
    "multiple_select": "objective.scoring.short_answers.multiple_select:SELECT",
    "partial_credit": "objective.scoring.short_answers.multiple_select:PARTIAL_CREDIT",
    "stated_answer": "objective.scoring.short_answers.stated_answers:STATED",
    "needle": "objective.scoring.short_answers.long_texts:NEEDLE",
    "shared_words": "objective.scoring.short_answers.long_texts:WORDS",
    "shared_characters": "objective.scoring.short_answers.long_texts:CHARACTERS",
    "paragraph_number": "objective.scoring.short_answers.long_texts:PARAGRAPH",
    "contained_answer": "objective.scoring.short_answers.long_texts:CONTAINED",
    "named_class": "objective.scoring.short_answers.long_texts:CLASS",
    "code_line": "objective.scoring.short_answers.long_texts:CODE",
    "boxed_math": "objective.scoring.short_answers.boxed_math:BOXED",
    "answer_sequence": "objective.scoring.short_answers.multiple_select:SEQUENCE",
    "ifeval": "objective.scoring.instruction_rules.following:IFEVAL",
    "tool_calls": "objective.scoring.tool_calls:TOOL_CALLS",
    "refusal": "objective.scoring.safety:REFUSAL",
    "programs": "objective.scoring.code_execution.programs:PROGRAMS",
    "squad": "objective.scoring.overlap.text_overlap:SQUAD",
    "open_answer": "objective.scoring.overlap.text_overlap:OPEN_ANSWER",
    "open_answer_without_articles": "objective.scoring.overlap.text_overlap:OPEN_ANSWER_WITHOUT_ARTICLES",
    "chinese_span": "objective.scoring.overlap.text_overlap:CHINESE_SPAN",
    "translation": "objective.scoring.overlap.text_overlap:TRANSLATION",
    "rouge": "objective.scoring.overlap.text_overlap:ROUGE",
    "macro_f1": "objective.scoring.classification:MACRO_F1",
    "macro_f1_options": "objective.scoring.classification:MACRO_F1_OPTIONS",
    "answer_f1": "objective.scoring.classification:ANSWER_F1",
    "answer_f1_options": "objective.scoring.classification:ANSWER_F1_OPTIONS",
    "matthews": "objective.scoring.classification:MATTHEWS",
    "matthews_options": "objective.scoring.classification:MATTHEWS_OPTIONS",
    "task_file": "objective.scoring.task_file_metrics:make_scorer",
    # one line for each further scorer, `module:attribute`
}


def load_scorer(name: str) -> Scorer:
    """Import a scorer by its name.

    Args:
        name: name of a scorer, or of a function that makes one, with its argument behind a colon.

    Raises:
        TaskProblem: there is no such scorer, or a library that it needs is not installed.
    """
    base, _, argument = name.partition(":")
    place = SCORERS.get(base)
    if place is None:
        raise _problem(f"expected a scorer among {', '.join(sorted(SCORERS))}, got {base!r}; correct the task")
    module, _, attribute = place.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise _problem(
            f"expected the library {error.name} for the scorer {base}, found none; install it: "
            f"pip install {(error.name or '').replace('_', '-')}"
        ) from error
    if argument:
        found = found(argument)
    if not isinstance(found, Scorer):
        raise _problem(f"expected a Scorer at {place}, got {found!r:.80}; correct `SCORERS`")
    return found


def _problem(message: str) -> TaskProblem:
    return TaskProblem(message, Cause(CauseCode.message, text=message))
