"""What charts draw, and what they leave open."""

from app.report.drawing.canvas import Dot, Line
from app.report.drawing.charts import WIDTH, Axis, Series, line_chart


def test_no_line_is_drawn_over_unknown_values() -> None:
    axis = Axis("", str)
    values = [7.0, None, 1.0, 2.0, None, 4.0, 5.0, None]
    drawing = line_chart(range(8), [Series("model", values)], (axis, axis), width=WIDTH)
    drawn = [one for one in drawing.elements if isinstance(one, Line) and one.tone == "accent" and one.width == 1.5]
    dots = sorted(one.x for one in drawing.elements if isinstance(one, Dot))
    assert len(drawn) == 2, "1 to 2 and 4 to 5"
    assert len({round(one.x2 - one.x1, 6) for one in drawn}) == 1
    assert dots[0] < drawn[0].x1 < drawn[1].x2 == dots[1], "a value alone, and the end"
