"""A store in which people and judges judged the same: what the tests of the agreement and bias reports begin with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from storage.database.engine import Database
from storage.database.ledger_tables import JudgeCall
from storage.database.tables import Model, Question, Rater, Response
from storage.ledger import chain
from storage.values import SCORES, RaterKind, Winner, as_turn

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class Panel:
    """Ids by name, and shorthands that write rows."""

    database: Database
    models: dict[str, int] = field(default_factory=dict)
    questions: dict[str, int] = field(default_factory=dict)
    raters: dict[str, int] = field(default_factory=dict)
    responses: dict[tuple[str, str], int] = field(default_factory=dict)

    def preference(self, rater: str, question: str, a: str, b: str, winner: str, **more: Any) -> int:
        """A vote of a person; its position."""
        return self._append("preference", self._pair(rater, question, a, b) | {"winner": Winner(winner)} | more)

    def judgment(
        self, rater: str, question: str, a: str, b: str, winner: str | None, *, calls: Sequence[Any] = (), **more: Any
    ) -> int:
        """A judgment and its calls, `(swapped, share of the response shown first)`; its position."""
        row = self._pair(rater, question, a, b) | {"form": "three-way", "state": "scored", "sample": 0}
        if winner is not None:
            row |= {"winner": Winner(winner), "score": SCORES[Winner(winner)]}
        position = self._append("judgement", row | more)
        with self.database.writing() as session:
            for swapped, share in calls:
                verdict, cause = ({"value": share}, None) if share is not None else (None, "no_marker")
                session.add(
                    JudgeCall(
                        judgement=position,
                        request_digest="0" * 64,
                        swapped=swapped,
                        verdict=verdict,
                        cause=cause,
                        created_at=NOW,
                    )
                )
        return position

    def score(self, rater: str, question: str, model: str, score: float | None, **more: Any) -> int:
        """A score on a scale from 1 to 10; None has failed."""
        row = {
            "rater_id": self.raters[rater],
            "question_id": self.questions[question],
            "model_id": self.models[model],
            "response_id": self.responses.get((question, model)),
            "dimension": "overall",
            "state": "failed" if score is None else "scored",
            "score": score,
            "scale_low": 1.0,
            "scale_high": 10.0,
            "sample": 0,
            "created_at": NOW,
        }
        return self._append("satisfaction", row | more)

    def leave_out(self, **target: Any) -> int:
        """Exclude a rater or a question."""
        return self._append("exclusion", {"reason": "test", "created_at": NOW} | target)

    def void(self, position: int) -> int:
        """Leave one row out."""
        return self._append("void", {"voids": position, "reason": "test", "created_at": NOW})

    def _pair(self, rater: str, question: str, a: str, b: str) -> dict[str, Any]:
        return {
            "rater_id": self.raters[rater],
            "question_id": self.questions[question],
            "model_a_id": self.models[a],
            "model_b_id": self.models[b],
            "response_a_id": self.responses.get((question, a)),
            "response_b_id": self.responses.get((question, b)),
            "created_at": NOW,
        }

    def _append(self, kind: str, row: dict[str, Any]) -> int:
        moment = row["created_at"]
        with self.database.writing() as session:
            return chain.append(session, kind, [row], now=moment)[0]


def make_panel(
    database: Database,
    *,
    people: Sequence[str] = ("ann", "bo"),
    judges: Sequence[str] = ("gpt", "claude"),
    models: Sequence[str] = ("x", "y", "z"),
    questions: Sequence[str] = ("q1", "q2", "q3", "q4"),
    texts: dict[tuple[str, str], str] | None = None,
    turns: int = 1,
) -> Panel:
    """A panel; questions are of category `odd` and `even` in turn, models of the organisation `<name>-lab`."""
    panel = Panel(database)
    with database.writing() as session:
        rows: list[Any] = []
        rows += [Model(name=name, organisation=f"{name}-lab") for name in models]
        rows += [Model(name=f"{name}-1", organisation=f"{'x' if name == 'gpt' else name}-lab") for name in judges]
        rows += [
            Question(
                source="s",
                key=key,
                turns=[as_turn("How?")] * turns,
                category=("odd", "even")[number % 2],
                created_at=NOW,
            )
            for number, key in enumerate(questions)
        ]
        rows += [Rater(kind=RaterKind.human, source="s", key=name, created_at=NOW) for name in people]
        rows += [
            Rater(kind=RaterKind.judge, source="s", key=name, judge_model=f"{name}-1", created_at=NOW)
            for name in judges
        ]
        session.add_all(rows)
        session.flush()
        for row in rows:
            if isinstance(row, Model):
                panel.models[row.name] = int(row.id or 0)
            elif isinstance(row, Question):
                panel.questions[row.key] = int(row.id or 0)
            else:
                panel.raters[row.key] = int(row.id or 0)
        for (question, model), text in (texts or {}).items():
            response = Response(
                question_id=panel.questions[question],
                model_id=panel.models[model],
                turns=[as_turn(text)],
                settings_digest="0" * 64,
                created_at=NOW,
            )
            session.add(response)
            session.flush()
            panel.responses[question, model] = int(response.id or 0)
    return panel
