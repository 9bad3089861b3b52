"""The judge that the tab shows."""

from collections.abc import Sequence

from app.ui.choices import Choice, number
from app.ui.visitor import Visitor
from storage.judges.replies import JudgeLine


def chosen_judge(judges: Sequence[JudgeLine], selected: str | None) -> JudgeLine | None:
    """Return the selected judge, else the newest with judgments or scores; None if there is none."""
    wanted = number(selected)
    busy = [judge for judge in judges if judge.judgments + judge.scores]
    chosen = [judge for judge in judges if judge.rater_id == wanted]
    newest = sorted(busy, key=lambda judge: -judge.rater_id)
    return next(iter([*chosen, *newest]), None)


def judge_choices(visitor: Visitor, judges: Sequence[JudgeLine], names: dict[int, str]) -> list[Choice]:
    """Return each judge as (name with number of judgments, id)."""
    return [
        (
            visitor.say("judges_choice", name=names[judge.rater_id], n=judge.judgments + judge.scores),
            str(judge.rater_id),
        )
        for judge in judges
    ]
