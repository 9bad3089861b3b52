"""`evenhand list`: models, questions, methods and everything else that options can name, filtered by words."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from app.commands.campaign.command import campaign_rows
from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.tables import Row, print_json, print_table
from storage.errors import StoreError

if TYPE_CHECKING:
    from objective.task import Family

ListKind = Literal[
    "methods",
    "prompts",
    "recipes",
    "judges",
    "tasks",
    "configs",
    "models",
    "questions",
    "campaigns",
    "raters",
    "formats",
    "changes",
]

_LONGEST_TEXT = 60
_RUNNING_ON = "text"
_ALSO_READ, _FORMAT_NAME = "also read", "format name"
_ONLY_JSON = (_ALSO_READ, _FORMAT_NAME)
_ONLY_JSON_OF_TASKS = ("family", "licence", "source")
"""Columns that would make the table of tasks wider than a screen."""


@grouped
def list_(
    kind: Annotated[ListKind, typer.Argument(metavar="KIND", help=f"One of {', '.join(get_args(ListKind))}.")],
    table: TableOptions,
    store: StoreOptions,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORD", help="Only rows that contain every word; of configs, any of the words."),
    ] = None,
) -> None:
    """List what options can name, such as models or rating methods."""
    folded = [word.casefold() for word in words or ()]
    found = _tasks(folded) if kind == "tasks" else _READERS[kind](store)
    # As in OpenCompass, whose users look for a model and a data set at once.
    fits = _contains_any if kind == "configs" else _contains
    rows = [row for row in found if fits(row, folded)]
    if table.json:
        print_json({kind: rows})
    elif rows:
        hidden = (*_ONLY_JSON, *_ONLY_JSON_OF_TASKS) if kind == "tasks" else _ONLY_JSON
        print_table([_printed(row, hidden) for row in rows])
    else:
        typer.echo(f"No {kind} contain these words." if folded else f"There are no {kind} yet.")


def _methods(_store: StoreOptions) -> list[Row]:
    from arena.rating.catalog import RATING_METHODS

    return [{"method": name, "description": entry.description} for name, entry in RATING_METHODS.items()]


def _prompts(_store: StoreOptions) -> list[Row]:
    from judging.prompts.prompt_file import bundled_prompt_folders, read_prompts

    return [
        {
            "prompt": prompt.name,
            "kind": prompt.kind,
            "language": prompt.language,
            "output": prompt.form.to_header(),
            "fields": " ".join(sorted(prompt.fields)),
            "version": prompt.version,
            "source": prompt.source,
        }
        for prompt in read_prompts([*bundled_prompt_folders()]).values()
    ]


def _recipes(_store: StoreOptions) -> list[Row]:
    from judging.recipes.catalog import RECIPES

    return [
        {
            "recipe": recipe.name,
            "kind": recipe.kind,
            "order": recipe.order,
            "output": recipe.form.to_header(),
            "baseline": recipe.baseline or None,
            "source": recipe.source.repository,
            "verified": recipe.is_verified,
            "reproduced": recipe.reproduced.figures or "unreproduced",
            "published in": recipe.reproduced.published_in or None,
        }
        for recipe in RECIPES.values()
    ]


def _tasks(words: list[str]) -> list[Row]:
    """Families of tasks; with the name of a family, its tasks."""
    from objective.catalog import task_rows

    return [dict(row) for row in task_rows(words)]


def _configs(store: StoreOptions) -> list[Row]:
    """Models of the store and tasks, which `evaluate` takes together."""
    from objective.catalog import FAMILIES

    with suppress(StoreError):  # there is no store yet
        models = [{"kind": "model", "name": row["model"], "title": row["organisation"]} for row in _models(store)]
        return models + _task_names(FAMILIES)
    return _task_names(FAMILIES)


def _task_names(families: "Sequence[Family]") -> list[Row]:
    return [
        {"kind": "task", "name": name, "title": family.title_of(name)}
        for family in families
        for name in dict.fromkeys((family.name, *(group.name for group in family.groups), *family.tasks))
    ]


def _judges(store: StoreOptions) -> list[Row]:
    """Judges with judgments or scores in the store, and the settings that these depend on."""
    from judging.run.judge import LOCAL_SOURCE
    from storage.judges.replies import judges

    with store.opened() as database, database.reading() as session:
        return [
            {
                "judge": line.name,
                "model": line.model,
                "from": "here" if line.source == LOCAL_SOURCE else line.source,
                "prompts": " ".join(name for name, _ in line.settings.get("prompts", ())) or None,
                "orders": line.settings.get("orders"),
                "pairs": line.judgments,
                "scores": line.scores,
            }
            for line in judges(session)
        ]


def _models(store: StoreOptions) -> list[Row]:
    from storage.questions.questions import list_models

    with store.opened() as database, database.reading() as session:
        return [
            {
                "model": line.name,
                "kind": line.kind,
                "organisation": line.organisation,
                "licence": line.licence,
                "responses": line.n_responses,
                "also": ", ".join(line.also) or None,
            }
            for line in list_models(session)
        ]


def _questions(store: StoreOptions) -> list[Row]:
    from storage.questions.questions import list_questions
    from storage.values import UNKNOWN_KEY, turn_text

    with store.opened() as database, database.reading() as session:
        return [
            {
                "source": line.source,
                "key": line.key,
                "category": line.category,
                "language": line.language,
                "responses": line.n_responses,
                "text": turn_text(line.turns[0]) if line.turns else None,
            }
            for line in list_questions(session)
            if line.key != UNKNOWN_KEY
        ]


def _raters(store: StoreOptions) -> list[Row]:
    """People with and without an account, and judges with judgments."""
    from storage.campaigns.tallies import raters
    from storage.ledger.battle_reading import filter_values
    from storage.values import UNKNOWN_KEY, RaterKind

    with store.opened() as database, database.reading() as session:
        people = [line for line in raters(session) if line.name != UNKNOWN_KEY]
        judges = [name for name in filter_values(session, RaterKind.judge)["rater"] if name != UNKNOWN_KEY]
    rows: list[Row] = [
        {
            "rater": line.name,
            "kind": RaterKind.human.value,
            "source": line.source,
            "role": None if line.role is None else line.role.value,
            "votes": line.votes,
            "left out": line.exclusion,
        }
        for line in people
    ]
    judge: dict[str, str | int | None] = {"kind": RaterKind.judge.value, "source": None, "role": None}
    return rows + [{"rater": name} | judge | {"votes": None, "left out": None} for name in judges]


def _formats(_store: StoreOptions) -> list[Row]:
    from storage.exchange.formats.catalog import FORMATS

    return [
        {
            "kind": known.kind.value,
            "format": known.title,
            _FORMAT_NAME: known.name,
            "needed columns": " ".join(sorted(known.needs)),
            _ALSO_READ: " ".join(sorted(known.also)),
            "needs --rater-kind": not known.says_rater_kind,
        }
        for known in FORMATS
        if not known.is_variant
    ]


def _changes(store: StoreOptions) -> list[Row]:
    """The audit log: who changed which setting, the latest change first."""
    from storage.audit import audit_lines

    with store.opened() as database, database.reading() as session:
        return [
            {
                "number": line.number,
                "at": line.at.isoformat(timespec="seconds"),
                "by": line.actor,
                "via": line.via,
                "kind": line.subject,
                "name": line.name,
                "what": line.what,
                "old": line.old,
                "new": line.new,
            }
            for line in audit_lines(session)
        ]


_READERS: dict[ListKind, Callable[[StoreOptions], list[Row]]] = {
    "methods": _methods,
    "prompts": _prompts,
    "recipes": _recipes,
    "judges": _judges,
    "configs": _configs,
    "models": _models,
    "questions": _questions,
    "campaigns": campaign_rows,
    "raters": _raters,
    "formats": _formats,
    "changes": _changes,
}


def _contains(row: Row, words: list[str]) -> bool:
    text = " ".join(str(cell) for cell in row.values() if cell is not None).casefold()
    return all(word in text for word in words)


def _contains_any(row: Row, words: list[str]) -> bool:
    return not words or any(_contains(row, [word]) for word in words)


def _printed(row: Row, hidden: Sequence[str]) -> Row:
    """A row for the terminal: the text of a question on one line and shortened, without the columns for JSON only."""
    printed = {key: cell for key, cell in row.items() if key not in hidden}
    if isinstance(text := row.get(_RUNNING_ON), str):
        line = " ".join(text.split())
        printed[_RUNNING_ON] = line if len(line) <= _LONGEST_TEXT else f"{line[: _LONGEST_TEXT - 1]}…"
    return printed
