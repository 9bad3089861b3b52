"""Long lists of the admin pages: searched, shown page by page, and left alone while they are short."""

import re
from pathlib import Path

from app.ui.admin.changes_part import PAGE_SIZE
from app.ui.admin.parts import FormParts
from app.ui.admin.searching import MOST_CHIPS, MOST_ROWS, chip_search, row_search
from app.ui.visitor import Visitor
from app.views.sentences import say
from storage.accounts.raters import set_role
from storage.audit import n_audit_lines, sign
from storage.values import Role
from tests.app.admin_site import admin_site
from tests.app.ui.admin.test_staff import Caller

READER = Visitor(1, "root", Role.admin, "zh", "")


def test_a_table_is_searched_once_it_is_long() -> None:
    short, long = (row_search(READER, "staff_find_people", target="list", total=MOST_ROWS + more) for more in (0, 1))
    assert short == ""
    assert 'data-filter="#list"' in long and long.count(say("zh", "staff_find_people")) == 2


def test_chips_are_searched_below_their_heading_once_there_are_many() -> None:
    options = [(f"model-{number}", str(number)) for number in range(MOST_CHIPS + 1)]
    boxes = FormParts(READER, "form", {}).boxes("models", "Models", options)
    assert chip_search(READER, boxes, "staff_find_models", total=MOST_CHIPS) == boxes
    searched = chip_search(READER, boxes, "staff_find_models", total=len(options))
    assert searched.index("</legend>") < searched.index('class="stf-find"') < searched.index("model-0")
    assert f'data-find="{MOST_CHIPS}"' in searched and say("zh", "staff_find_none") in searched
    assert re.sub(r'<div class="stf-find".*?</div>', "", searched) == boxes, "nothing else has changed"


def test_a_long_log_is_read_page_by_page(tmp_path: Path) -> None:
    with admin_site(tmp_path) as site:
        root, rater = Caller(site), site.people["rev"]
        now = site.services.clock()
        for number in range(PAGE_SIZE + 1):
            with site.database.writing() as session:
                sign(session, READER.author(now))
                set_role(session, rater, Role.annotator if number % 2 == 0 else Role.reviewer)
        newest = root.do("changes")["html"]
        with site.database.reading() as session:
            total = n_audit_lines(session)
        oldest = root.do("changes", page=1)["html"]
    assert newest.count("<time>") == PAGE_SIZE and oldest.count("<time>") == total - PAGE_SIZE
    assert say("en", "staff_older") in newest and say("en", "staff_newer") not in newest
    assert say("en", "staff_newer") in oldest and say("en", "staff_older") not in oldest
