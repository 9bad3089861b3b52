"""Which judge the tab shows."""

from collections.abc import Sequence

from app.ui.choices import Choice, number
from app.ui.visitor import Visitor
from storage.judges.replies import JudgeLine


def chosen_judge(judges: Sequence[JudgeLine], selected: str | None) -> JudgeLine | None:
    """The judge that was chosen, else the newest that has judged something; None when nobody has."""
    wanted = number(selected)
    busy = [judge for judge in judges if judge.judgements + judge.scores]
    chosen = [judge for judge in judges if judge.rater_id == wanted]
    newest = sorted(busy, key=lambda judge: -judge.rater_id)
    return next(iter([*chosen, *newest]), None)


def judge_choices(visitor: Visitor, judges: Sequence[JudgeLine], names: dict[int, str]) -> list[Choice]:
    """Each judge by its name, with how many verdicts it has given; the number is what is meant."""
    return [
        (
            visitor.say("judges_choice", name=names[judge.rater_id], n=judge.judgements + judge.scores),
            str(judge.rater_id),
        )
        for judge in judges
    ]
