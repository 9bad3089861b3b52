"""Tables of the admin pages: long ones are cut without losing a row, and rows become cards on a phone."""

import re

import pytest

from app.ui import markup
from app.ui.admin import parts

COLUMNS = (markup.Column("Model"), markup.Column("Votes", "number"), markup.Column("<Note>", whole=True))
HEADINGS = (parts.Heading("Model"), parts.Heading("Votes", is_number=True), parts.Heading("<Note>", is_whole=True))


def made(place: str, n: int, **chosen: object) -> str:
    """A table of `n` rows, made by the pages of Gradio or by those of the staff."""
    rows = [(f"m{row}", row, "note") for row in range(n)]
    if place == "staff":
        return parts.table("Models", HEADINGS, rows, **chosen)  # type: ignore[arg-type]
    return markup.table("Models", COLUMNS, rows, **chosen).html  # type: ignore[arg-type]


@pytest.mark.parametrize("place", ["staff", "gradio"])
def test_a_cut_hides_the_rows_after_the_first_ones_and_keeps_them_in_the_page(place: str) -> None:
    cut = made(place, 12, cut=markup.row_cut(12, "en"))
    assert len(re.findall("<tr[^>]*>", cut)) == 13
    assert cut.count('class="ui-rest"') == 4
    assert cut.index("m7") < cut.index('class="ui-rest"') < cut.index("m8")
    assert '<details data-keep="rows Models">' in cut
    assert "Show all 12 rows" in cut and "Show the first 8 rows" in cut


@pytest.mark.parametrize(("n", "is_cut"), [(0, False), (10, False), (11, True)])
def test_a_table_is_cut_only_where_three_rows_or_more_are_hidden(n: int, is_cut: bool) -> None:
    assert (markup.row_cut(n, "zh") is not None) is is_cut


@pytest.mark.parametrize("place", ["staff", "gradio"])
def test_a_phone_cuts_earlier_or_alone(place: str) -> None:
    both = made(place, 12, cut=markup.row_cut(12, "en", on_phone=3))
    assert (both.count('"ui-rest"'), both.count('"ui-rest-phone"')) == (4, 5)
    assert '"ui-cut"' in both and "Show fewer rows" in both
    alone = made(place, 6, cut=markup.row_cut(6, "en", on_phone=3))
    assert (alone.count('"ui-rest"'), alone.count('"ui-rest-phone"')) == (0, 3)
    assert "ui-cut is-for-phones" in alone
    assert markup.row_cut(5, "en", on_phone=3) is None, "two hidden rows are no cut"


@pytest.mark.parametrize("place", ["staff", "gradio"])
def test_cards_name_each_value_by_the_escaped_heading_and_stay_a_table(place: str) -> None:
    cards = made(place, 2, is_cards=True)
    assert cards.count('data-label="Votes"') == 2
    assert cards.count('data-label="&lt;Note&gt;"') == 2
    assert cards.count("is-whole") == 2
    roles = re.findall('role="(table|rowgroup|row|columnheader|rowheader|cell)"', cards)
    assert [roles.count(one) for one in ("table", "rowgroup", "row", "columnheader", "rowheader", "cell")] == [
        1,
        2,
        3,
        3,
        2,
        4,
    ]


@pytest.mark.parametrize("place", ["staff", "gradio"])
def test_a_plain_table_has_neither(place: str) -> None:
    plain = made(place, 30)
    assert "ui-rest" not in plain and "data-label" not in plain and "is-whole" not in plain
    assert re.findall('role="(?!region)', plain) == []
