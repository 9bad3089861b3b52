"""The colours of the visual language: readable on every surface, and told apart by colour-blind people.

Formulas: WCAG 2.2 contrast ratio; dichromacy by the matrices of Machado, Oliveira and Fernandes, "A
Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, at severity 1; difference as CIE76 in
CIELAB (D65).
"""

import math
from itertools import product

import numpy as np
import pytest

from app.ui.look import ThemedColour, colours, theme

MODES = ("light", "dark")
SURFACES = ("ground", "sunken", "paper", "raised", "tint")
TEXTS = ("ink", "soft", "accent", "alert")
DICHROMACY = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Ratio from 1 to 21."""
    low, high = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def difference(one: str, other: str, vision: str | None) -> float:
    """Distance in CIELAB; about 2 is just noticeable, 40 are different colours."""
    seen = np.eye(3) if vision is None else np.array(DICHROMACY[vision])
    labs = []
    for colour in (one, other):
        xyz = TO_XYZ @ np.clip(seen @ linear(colour), 0, 1) / WHITE
        f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
        labs.append((116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])))
    return math.dist(*labs)


def tone(name: str, mode: str) -> str:
    found: ThemedColour = colours()[name]
    return found.light if mode == "light" else found.dark


def test_the_formulas_give_the_published_values() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01), "WCAG's usual example just fails"
    assert difference("#ff0000", "#00ff00", None) == pytest.approx(170.57, abs=0.1)
    grey = difference("#808080", "#909090", None)
    assert difference("#808080", "#909090", "deuteranopia") == pytest.approx(grey, abs=0.1), "grey stays grey"


@pytest.mark.parametrize("mode", MODES)
def test_text_is_readable_on_every_surface(mode: str) -> None:
    pairs = [*product(TEXTS, SURFACES), ("accent-ink", "accent"), ("alert", "alert-ground"), ("done", "done-ground")]
    pairs += [("ink", ground) for ground in ("alert-ground", "done-ground", "side-a-ground", "side-b-ground")]
    pairs += [("side-a", "side-a-ground"), ("side-b", "side-b-ground"), ("side-a", "paper"), ("side-b", "paper")]
    weak = {pair: round(found, 2) for pair in pairs if (found := contrast(*(tone(one, mode) for one in pair))) < 4.5}
    assert not weak


@pytest.mark.parametrize("mode", MODES)
def test_edges_and_marks_stand_out_from_the_page(mode: str) -> None:
    pairs = product(("edge", "wins", "loses", "much", "done"), ("paper", "ground"))
    weak = {pair: round(found, 2) for pair in pairs if (found := contrast(*(tone(one, mode) for one in pair))) < 3}
    assert not weak


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("vision", [None, *DICHROMACY])
@pytest.mark.parametrize("pair", [("side-a", "side-b"), ("wins", "loses")])
def test_colour_blind_people_tell_the_two_apart(pair: tuple[str, str], vision: str | None, mode: str) -> None:
    assert difference(tone(pair[0], mode), tone(pair[1], mode), vision) > 25


def test_no_side_has_a_colour_that_praises_or_warns() -> None:
    for mode, side, state in product(MODES, ("side-a", "side-b"), ("alert", "done")):
        assert difference(tone(side, mode), tone(state, mode), None) > 20


def test_gradio_takes_its_colours_from_the_same_file() -> None:
    made = theme()
    assert made.body_background_fill == colours()["ground"].light
    assert made.body_background_fill_dark == colours()["ground"].dark
