"""What both forms of campaigns refuse before anything is stored, in the reader's language and at the field."""

from collections.abc import Iterable, Sequence

from app.ui.admin.calls import StaffForm
from app.ui.admin.campaigns.gold_fields import needed_gold
from app.ui.visitor import RefusedForm, Visitor
from arena.campaigns.blindness import telling_word
from arena.campaigns.gold_files import GoldRow
from storage.campaigns.rules import QualityRules
from storage.database.tables import Campaign


def check_name(visitor: Visitor, others: Iterable[Campaign], name: str) -> None:
    """Refuse a name that another campaign has.

    Raises:
        RefusedForm: one has.
    """
    if any(one.name == name for one in others):
        raise RefusedForm(visitor.say("admin_name_taken", name=name), field="name")


def check_texts(visitor: Visitor, models: Sequence[str], *, name: str, rules: str) -> None:
    """Refuse a name or guidelines that give a model away.

    Raises:
        RefusedForm: one of them does; the message stands at it.
    """
    for field, text in (("name", name), ("guidelines", rules)):
        told = telling_word(text, models)
        if told is not None:
            raise RefusedForm(visitor.say("staff_tells", word=told[0], model=told[1]), field=field)


def check_known_answers(form: StaffForm, rules: QualityRules, gold: Sequence[GoldRow]) -> None:
    """Refuse checks that need more gold items than there are.

    Raises:
        RefusedForm: they do; the message stands at the items for a preset, whose fields are not shown.
    """
    say = form.visitor.say
    if missing := needed_gold(form, gold):
        raise RefusedForm(missing, field="gold_rows")
    if rules.gold_share and all(one.onboarding for one in gold):
        raise RefusedForm(say("staff_gold_first"), field="gold_share")
    if (rules.pause_after or 0) > len(gold):
        raise RefusedForm(say("staff_gold_few", n=len(gold)), field="pause_after")
