"""Which model each name means, after renames and merges: the rule of every board, count, page and export.

A row of `model_change` renames a model or merges it into another, from its own position on and until another row
`reverses` it. Rows about a merged model stay as they are (its responses, votes, judgments and scores keep its own
id); every reader takes them as rows of the **standing** model, at the end of the chain of merges. `STANDING_MODELS`
is the table of models as SQL reads it: join it wherever a name is shown or two models are compared.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, Table, bindparam, func, select, tuple_
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.engine import Sql, connection_of
from storage.database.ledger_tables import ModelChange
from storage.database.reversals import in_force
from storage.database.tables import Model
from storage.spelling import clean_name, closest_name

_MODEL, _CHANGE = table_of(Model), table_of(ModelChange)


def standing_models(up_to: int | ColumnElement[int] | None = None) -> CTE:
    """Every model, now or as of a ledger position, with its own `id`, its `standing_id` and the standing `name`.

    `standing_id` differs from `id` for a merged model. `own_name` never changes. `kind`, `organisation` and `licence`
    are its own.
    """
    label = "" if up_to is None else "_then"
    merges = in_force(_CHANGE, _CHANGE.c.model_id, up_to).add_columns(_CHANGE.c.into_id)
    merged = merges.where(_CHANGE.c.into_id.is_not(None)).cte(f"merged_model{label}")
    alone = select(_MODEL.c.id, _MODEL.c.id.label("standing_id")).where(_MODEL.c.id.not_in(select(merged.c.model_id)))
    chain = alone.cte(f"model_chain{label}", recursive=True)
    chain = chain.union_all(
        select(merged.c.model_id, chain.c.standing_id).select_from(merged.join(chain, chain.c.id == merged.c.into_id))
    )
    # The last rename in force names a model; the positions are those of its rows.
    renamed = _CHANGE.alias("renamed")
    last = in_force(_CHANGE, func.max(_CHANGE.c.position).label("position"), up_to)
    last_rename = last.where(_CHANGE.c.name.is_not(None)).group_by(_CHANGE.c.model_id).subquery()
    names = select(renamed.c.model_id, renamed.c.name).join(last_rename, last_rename.c.position == renamed.c.position)
    new_name = names.cte(f"new_model_name{label}")
    own, standing = _MODEL.alias("own_model"), _MODEL.alias("standing_model")
    return (
        select(
            own.c.id,
            own.c.name.label("own_name"),
            chain.c.standing_id,
            func.coalesce(new_name.c.name, standing.c.name).label("name"),
            own.c.kind,
            own.c.organisation,
            own.c.licence,
        )
        .join(chain, chain.c.id == own.c.id)
        .join(standing, standing.c.id == chain.c.standing_id)
        .outerjoin(new_name, new_name.c.model_id == standing.c.id)
        .cte(f"known_model{label}")
    )


STANDING_MODELS = standing_models()
"""The models as of now."""


def _names_of(models: CTE) -> Select[tuple[Any, Any, Any]]:
    return select(models.c.id, models.c.standing_id, models.c.name)


# Boards and counts read the names at each look, and a statement of this size takes longer to build than to run.
_NAMES_NOW = _names_of(STANDING_MODELS)
_NAMES_THEN = _names_of(standing_models(bindparam("up_to", type_=_CHANGE.c.position.type)))


@dataclass(frozen=True)
class ModelNames:
    """The models of a store as of one position.

    Attributes:
        standing: id of the standing model, by id.
        names: name of the standing model, by id.
    """

    standing: dict[int, int]
    names: dict[int, str]


def read_model_names(session: Sql, up_to: int | None = None) -> ModelNames:
    """Standing model and name of every model, now or as of a ledger position."""
    connection = connection_of(session)
    found = connection.execute(_NAMES_NOW) if up_to is None else connection.execute(_NAMES_THEN, {"up_to": up_to})
    rows = found.all()
    return ModelNames(
        {int(number): int(standing) for number, standing, _ in rows},
        {int(number): str(name) for number, _, name in rows},
    )


def model_names(session: Session, up_to: int | None = None) -> dict[int, str]:
    """Name of the standing model of each model, by id."""
    return read_model_names(session, up_to).names


def owners_of_names(session: Session) -> dict[str, int]:
    """The model behind each name that any model has or had, by name: its own id, also where it was merged.

    A name in use wins over a former one, so that a name which was given up and given again means its present owner.
    """
    renames = in_force(_CHANGE, _CHANGE.c.name).add_columns(_CHANGE.c.model_id).where(_CHANGE.c.name.is_not(None))
    found = {str(name): int(number) for name, number in session.execute(renames.order_by(_CHANGE.c.position))}
    found |= {str(name): int(number) for name, number in session.execute(select(_MODEL.c.name, _MODEL.c.id))}
    models = STANDING_MODELS
    present = select(models.c.name, models.c.id).where(models.c.id == models.c.standing_id)
    return found | {str(name): int(number) for name, number in session.execute(present)}


def former_names(session: Session) -> dict[int, list[str]]:
    """The names that mean a standing model without being its present one, in alphabetical order, by its id."""
    known = read_model_names(session)
    found: dict[int, list[str]] = {}
    for name, owner in sorted(owners_of_names(session).items()):
        if name != known.names[owner]:
            found.setdefault(known.standing[owner], []).append(name)
    return found


def find_owners(session: Session, names: Iterable[str]) -> dict[str, int]:
    """The model behind each name as given, by that name; names of no model are left out.

    A name is taken as it is spelled, as stores of earlier versions may hold it, or in its clean form.
    """
    owners = owners_of_names(session)
    found = {name: owners.get(name, owners.get(clean_name(name))) for name in names}
    return {name: number for name, number in found.items() if number is not None}


def standing_ids(session: Session, names: Iterable[str]) -> dict[str, int]:
    """The standing model behind each name as given, by that name; names of no model are left out."""
    standing = read_model_names(session).standing
    return {name: standing[number] for name, number in find_owners(session, names).items()}


def standing_names(session: Session, names: Iterable[str]) -> dict[str, str]:
    """The standing name of each name that some model has or had, by the name as given; unknown ones are left out."""
    known = model_names(session)
    return {name: known[number] for name, number in find_owners(session, names).items()}


def suggestion(session: Session, name: str) -> str:
    """Words for a message about an unknown model: the model that was probably meant, and where all names stand."""
    return suggestion_among(model_names(session).values(), name)


def suggestion_among(names: Iterable[str], name: str) -> str:
    """The same where only some models, such as those of a leaderboard, may be meant."""
    near = closest_name(name, names)
    perhaps = "" if near is None else f"did you mean {near!r}? "
    return f"{perhaps}see `evenhand list models` for names"


def same_models(table: Table, up_to: int | None = None) -> ColumnElement[bool]:
    """The condition that the two models of a row of a ledgered table are different ones that were merged into one."""
    models = STANDING_MODELS if up_to is None else standing_models(up_to)
    one, two = models.alias("one_name"), models.alias("other_name")
    # Pairs of merged models are few; listing them once is quicker than asking for both sides of a million rows.
    pairs = select(one.c.id, two.c.id).where(one.c.standing_id == two.c.standing_id, one.c.id != two.c.id)
    return tuple_(table.c.model_a_id, table.c.model_b_id).in_(pairs)
