"""Gold items in the form that changes a campaign: shown, added and taken out, with their answers kept."""

import html
import re
from typing import Any

from app.views.sentences import say
from arena.campaigns.open_ballots import VoteInput
from storage.audit import audit_lines
from storage.campaigns.gold_answers import GoldLine, list_gold
from storage.values import Winner
from tests.app.admin_site import AdminSite
from tests.app.ui.admin.test_staff import Caller, edit, root, site

__all__ = ["root", "site"]

FIRST = (
    '{"question": "q0", "model_a": "model-0", "model_b": "model-1", "winner": "tie", "onboarding": true}\n'
    '{"question": "q1", "model_a": "model-1", "model_b": "model-2", "winner": "model_a"}'
)


def lines(site: AdminSite) -> list[GoldLine]:
    with site.database.reading() as session:
        return list_gold(session, site.arena.campaign)


def opened(root: Caller, campaign: int, **change: Any) -> dict[str, Any]:
    """The form as it is opened, gold items included, with changes."""
    shown = root.do("campaigns/change", campaign=campaign)["html"]
    field = re.search(r'<textarea[^>]*name="gold_rows"[^>]*>(.*?)</textarea>', shown, re.DOTALL)
    assert field is not None
    return edit(root, campaign) | {"gold_rows": html.unescape(field[1]).strip()} | change


def save(root: Caller, form: dict[str, Any]) -> str:
    question = root.do("campaigns/save", **form)["confirm"]
    root.do("campaigns/save", **form, confirmed=True, agreed=question["agreed"])
    return str(question["text"])


def test_gold_items_are_added_changed_and_taken_out_with_the_answers_of_the_others_kept(
    site: AdminSite, root: Caller
) -> None:
    chosen = site.arena.campaign
    assert opened(root, chosen)["gold_rows"] == ""
    said = save(root, opened(root, chosen, gold_rows=FIRST, gold_share="20"))
    assert "Gold items: 2 new or changed, 0 taken out or replaced." in said
    rater = site.arena.raters[0]
    practice = site.arena.voting.open_ballots(rater).current
    assert practice is not None
    site.arena.voting.vote(rater, practice.token, VoteInput(Winner.tie))
    first, second = lines(site)
    assert (first.onboarding, first.answers, first.right) == (True, 1, 1)
    form = opened(root, chosen, gold_share="20")
    assert form["gold_rows"].count("\n") == 1
    assert root.problem("campaigns/save", **form) == ("", say("en", "staff_nothing_changed"))
    row = form["gold_rows"].splitlines()
    changed = row[1].replace('"winner":"model_a"', '"winner":"model_b"')
    assert changed != row[1]
    said = save(root, form | {"gold_rows": f"{row[0]}\n{changed}"})
    assert "1 new or changed, 1 taken out or replaced" in said
    kept, new = lines(site)
    assert (kept, new.winner, new.id > second.id) == (first, "model_b", True)
    with site.database.reading() as session:
        assert [(one.old, one.new) for one in audit_lines(session) if one.what == "gold_rows"] == [("0", "2")]


def test_what_cannot_be_is_said_at_the_field_and_a_second_editor_is_told(site: AdminSite, root: Caller) -> None:
    chosen = site.arena.campaign
    for rows, part in (("question,winner\nq0,tie", "gold.csv"), (FIRST.replace("model-2", "model-9"), "model-9")):
        field, problem = root.problem("campaigns/save", **opened(root, chosen, gold_rows=rows))
        assert (field, part in problem) == ("gold_rows", True)
    assert lines(site) == []
    one = opened(root, chosen, gold_rows=FIRST)
    other = opened(root, chosen, gold_rows=FIRST.splitlines()[0], most_votes="9")
    save(root, one)
    question = root.do("campaigns/save", **other)["confirm"]
    assert question["title"] == say("en", "staff_conflict_title", name="campaign")
    shared = opened(root, chosen, gold_share="20")
    save(root, shared)
    without = opened(root, chosen, gold_rows="", gold_share="20")
    assert root.problem("campaigns/save", **without) == ("gold_share", say("en", "staff_gold_first"))
    save(root, without | {"gold_share": "0"})
    assert lines(site) == []
