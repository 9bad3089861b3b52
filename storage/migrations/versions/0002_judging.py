"""One live row for each thing judged: a failure may be tried again, a verdict not."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_PAIR = "response_a_id IS NOT NULL AND source IS NULL AND state <> 'failed'"
_SINGLE = "response_id IS NOT NULL AND source IS NULL AND ballot_id IS NULL AND state <> 'failed'"


def upgrade() -> None:
    """Let failed rows stand beside later ones, and allow one verdict of a kind."""
    op.drop_index("uq_judgement_rater_responses_sample", "judgement")
    pair = ["rater_id", "response_a_id", "response_b_id", "sample"]
    _once("uq_judgement_rater_responses_sample", "judgement", pair, f"{_PAIR} AND turn IS NULL")
    _once("uq_judgement_rater_responses_turn_sample", "judgement", [*pair, "turn"], f"{_PAIR} AND turn IS NOT NULL")
    single = ["rater_id", "response_id", "dimension", "sample"]
    _once("uq_satisfaction_rater_response_sample", "satisfaction", single, f"{_SINGLE} AND turn IS NULL")
    turn = [*single, "turn"]
    _once("uq_satisfaction_rater_response_turn_sample", "satisfaction", turn, f"{_SINGLE} AND turn IS NOT NULL")


def _once(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)
