"""RACE: multiple-choice reading from English examinations of Chinese middle and high schools.

In `ppl` the harness asks the last question of each article after the earlier ones with their answers; in `gen` every
question is asked by itself.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from objective.task import Family, Item, Mode, Task, Template
from objective.tasks.language.choices import choice_item
from objective.tasks.language.rows import Row, read_rows
from objective.tasks.published_files import HubSource, open_published, option_letter
from objective.tasks.published_prompts.prompts import published_prompt

FOLDERS = ("race", "RACE")
_SPLIT = "test"
_TASKS = {"race-high": "high", "race-middle": "middle"}
_OPTIONS = 4
_GAP = "  _  ."
"""End of a question whose answer completes its sentence; the harness writes the answer in its place."""


def _problems(row: Row) -> list[Row]:
    """The questions of an article, each with `question`, `options` and `answer`."""
    if "problems" in row.values:  # one article a row; the list stands in a text on data hubs
        problems = row.value("problems")
        if isinstance(problems, str):
            problems = _literal(row, problems)
        return Row({"problems": problems}, row.key, row.title).parts("problems")
    questions, options, answers = row.texts("questions"), row.value("options"), row.value("answers")
    if not len(questions) == len(options) == len(answers):
        raise row.problem("as many options and answers as questions", len(answers))
    return [
        Row({"question": question, "options": own, "answer": answer}, row.key, row.title)
        for question, own, answer in zip(questions, options, answers, strict=True)
    ]


def _literal(row: Row, text: str) -> Any:  # noqa: ANN401  checked by the caller
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        raise row.problem("a list in problems", text) from None


def _options(problem: Row) -> tuple[str, ...]:
    options = problem.texts("options")
    if len(options) != _OPTIONS:
        raise problem.problem(f"{_OPTIONS} options", len(options))
    return options


def _right(problem: Row) -> int:
    letter = option_letter(problem.value("answer"), _OPTIONS, key=problem.key, title=problem.title)
    return ord(letter) - ord("A")


def _last_question(row: Row) -> Iterator[Item]:
    """The last question of an article, after the earlier ones with their answers."""
    prompt, shown = published_prompt("lm_eval", "race"), published_prompt("lm_eval", "race_earlier")
    *earlier, last = _problems(row)
    told = []
    for problem in earlier:
        question, answer = problem.text("question"), _options(problem)[_right(problem)]
        completed = f"{question[: 1 - len(_GAP)]}{answer}\n"
        is_gap = question.endswith(_GAP)
        told.append(completed if is_gap else shown.render({"question": question, "answer": answer}))
    values = {"article": row.text("article"), "earlier": "".join(told), "question": last.text("question")}
    yield choice_item(row, prompt, values, _options(last), _right(last))


def _every_question(row: Row) -> Iterator[Item]:
    prompt = published_prompt("opencompass", "race")
    for number, problem in enumerate(_problems(row)):
        one = Row(problem.values, f"{row.key}-{number}", row.title)
        values = {"article": row.text("article"), "question": one.text("question")}
        yield choice_item(one, prompt, values, _options(one), _right(one), group=row.key)


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the test set of high or middle schools; questions on one article count as alike.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a column, or an answer is none of the options.
    """
    level = _TASKS[name]
    names = (f"test/{level}/*.txt", f"{level}/test*", f"{level}_test*", f"test_{level}")
    data = open_published(
        data_dir, folders=FOLDERS, files={_SPLIT: names}, title=f"RACE {level}", hub=HubSource("EleutherAI/race", level)
    )
    make = _last_question if mode == "ppl" else _every_question
    return Task(
        name=name,
        mode=mode,
        items=tuple(item for row in read_rows(data, _SPLIT) for item in make(row)),
        templates={"": Template("{question}")},
        source=data.digest,
        options_as="text" if mode == "ppl" else "letter",
    )


FAMILY = Family(
    name="race",
    title="reading from examinations in English",
    source="https://www.cs.cmu.edu/~glai1/data/race",
    licence="for research, not for commerce",
    tasks=tuple(_TASKS),
    load=load,
    modes=("ppl", "gen"),
    folders=FOLDERS,
    languages=("en",),
    abilities=("understanding",),
    splits="test; no examples",
    verified="prompts: lm-eval 0.4.13 race (ppl), OpenCompass race_gen_69ee4f (gen)",
)
