"""Figures that compare one judge with other raters: agreement and biases, with intervals."""

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from app.views.chart_style import MARK, dress, plain
from app.views.judge_charts.rows import EDGES, LEGEND, PALE, ROW, name_rows, whiskers, whole_axis
from app.views.judges import AgreementLine, ends_text, tenths
from app.views.number_text import signed_text
from app.views.sentences import say
from arena.agreement.clustered import Estimate
from arena.agreement.concordance import RANDOM_AGREEMENT, RANDOM_DECISIVE
from arena.bias.effects import Effect
from storage.values import Language

_SECOND = "#d97732"
_BAND = "rgba(128,128,128,0.16)"
_UNKNOWN = Estimate(math.nan)


def agreement_figure(lines: Sequence[AgreementLine], language: Language) -> go.Figure:
    """Agreement with intervals, twice per line: over all compared judgments, and over decisive ones.

    Hollow dots are references that do not involve the judge. Dotted lines show agreement by chance.
    """
    figure = go.Figure()
    for what, colour, shift, chance in (
        ("agrees", MARK, -0.14, RANDOM_AGREEMENT),
        ("decisive", _SECOND, 0.14, RANDOM_DECISIVE),
    ):
        found = [line.row.found for line in lines]
        estimates = [one.agreement if what == "agrees" else one.decisive for one in found]
        numbers = [one.pairs if what == "agrees" else one.decisive_pairs for one in found]
        title = say(language, f"judges_{what}")
        hover = [
            say(
                language,
                "judges_hover_agreement",
                name=plain(line.name),
                what=title,
                value=tenths(one.value),
                interval=ends_text(one.lower, one.upper) or say(language, "judges_interval_unknown"),
                n=number,
            )
            for line, one, number in zip(lines, estimates, numbers, strict=True)
        ]
        symbols = ["circle-open" if line.is_reference else "circle" for line in lines]
        figure.add_trace(_dots(estimates, shift=shift, name=title, colour=colour, symbols=symbols, hover=hover))
        figure.add_vline(x=chance, line={"color": colour, "width": 1, "dash": "dot"})
    dress(figure, height=EDGES + 40 + (ROW + 8) * len(lines))
    name_rows(figure, [line.name for line in lines])
    figure.update_layout(showlegend=True, legend=LEGEND, margin={"t": 56})
    whole_axis(figure, say(language, "judges_axis_agreement"))
    return figure


def effect_figure(
    effects: Sequence[Effect],
    people: Mapping[str, Effect],
    features: Sequence[str],
    language: Language,
    *,
    margin: float = 0.0,
) -> go.Figure:
    """Effect of each feature as an expected win rate around 50 %; hollow dots show people.

    Args:
        effects: effects on the judge.
        people: effects on people's votes by feature; may be empty.
        features: features in row order.
        language: language of all texts.
        margin: distance from 50 % that counts as no bias; it is shaded.
    """
    own = {effect.feature: effect for effect in effects}
    figure = go.Figure()
    groups = [("judges_this", own, MARK, "circle", -0.14 if people else 0.0)]
    if people:
        groups.append(("judges_people", dict(people), PALE, "circle-open", 0.14))
    reach = max(0.05, margin)
    for key, found, colour, symbol, shift in groups:
        who = say(language, key)
        shown = [found.get(feature) for feature in features]
        estimates = [_wins(one) for one in shown]
        hover = ["" if one is None else effect_hover(one, who, language) for one in shown]
        symbols = [symbol] * len(shown)
        figure.add_trace(_dots(estimates, shift=shift, name=who, colour=colour, symbols=symbols, hover=hover))
        ends = [abs(end - 0.5) for one in estimates for end in (one.value, one.lower, one.upper) if not math.isnan(end)]
        reach = max([reach, *ends])
    figure.add_vline(x=0.5, line={"color": PALE, "width": 1})
    figure.add_vrect(x0=0.5 - margin, x1=0.5 + margin, fillcolor=_BAND, line_width=0, layer="below")
    dress(figure, height=EDGES + 40 + ROW * len(features))
    name_rows(figure, [say(language, f"judges_feature_{feature}") for feature in features])
    figure.update_layout(showlegend=bool(people), legend=LEGEND, margin={"t": 56 if people else 28})
    reach = min(0.5, 1.1 * reach)
    title = say(language, "judges_axis_effect")
    figure.update_xaxes(tickformat=".0%", range=[0.5 - reach, 0.5 + reach], title_text=title)
    return figure


def effect_hover(effect: Effect, who: str, language: Language) -> str:
    """Return the hover text of an effect."""
    return say(
        language,
        "judges_hover_effect",
        feature=say(language, f"judges_feature_{effect.feature}"),
        who=who,
        wins=tenths(effect.wins),
        interval=ends_text(effect.wins_lower, effect.wins_upper),
        points=signed_text(effect.points, 0),
    )


def _dots(
    estimates: Sequence[Estimate], *, shift: float, name: str, colour: str, symbols: Sequence[str], hover: Sequence[str]
) -> go.Scatter:
    """Dots with intervals, slightly above or below the middle of each row."""
    return go.Scatter(
        x=[None if math.isnan(one.value) else one.value for one in estimates],
        y=[place + shift for place in range(len(estimates))],
        mode="markers",
        name=name,
        marker={"color": colour, "size": 9, "symbol": list(symbols), "line": {"width": 2, "color": colour}},
        error_x={
            **whiskers([one.upper - one.value for one in estimates], [one.value - one.lower for one in estimates]),
            "color": colour,
        },
        text=list(hover),
        hovertemplate="%{text}<extra></extra>",
    )


def _wins(effect: Effect | None) -> Estimate:
    """Return the expected win rate of an effect as an estimate with its interval."""
    return _UNKNOWN if effect is None else Estimate(effect.wins, effect.wins_lower, effect.wins_upper)
