"""Free answers in sentences are right where the sentence states them, and unparsed where rules cannot tell."""

import pytest

from objective.scoring.answers import score_output
from objective.task import Item

SODIUM = Item("1", "What is the chemical symbol of sodium?", ("Na",), kind="exact")
HOT = Item("2", "写出“寒冷”的反义词。", ("炎热", "暑热"), kind="exact")
HELIUM = Item("3", "Give the symbol of helium.", ("He",), kind="exact")
YES = Item("4", "Is seven a prime number?", ("Yes",), kind="exact")
PLANET = Item("5", "Which planet is nearest to the Sun?", ("B",), ("Venus", "Mercury", "Mars"))

RIGHT, WRONG, UNPARSED = 1.0, 0.0, None


@pytest.mark.parametrize(
    ("item", "output", "score"),
    [
        (SODIUM, "The chemical symbol of sodium is Na.", RIGHT),
        (SODIUM, "na", RIGHT),
        (SODIUM, "Sodium has the symbol Na. It reacts with water.", RIGHT),
        (SODIUM, "Let me see.\nThe symbol is **Na**", RIGHT),
        (SODIUM, "Na, which comes from natrium, its Latin name.", RIGHT),
        (SODIUM, "钠的化学符号是Na。", RIGHT),
        (HOT, "“寒冷”的反义词是“炎热”。", RIGHT),
        (HOT, "反义词是暑热", RIGHT),
        (YES, "Yes, seven has no other factors.", RIGHT),
        (SODIUM, "The chemical symbol of sodium is K.", WRONG),
        (SODIUM, "Nad", WRONG),
        (SODIUM, "It could be Na. The answer is K.", WRONG),
        (HELIUM, "I think he is right.", WRONG),
        (YES, "No, yes would be wrong.", WRONG),
        (SODIUM, "K, Na, Cl", UNPARSED),
        (SODIUM, "It is either K or Na.", UNPARSED),
        (SODIUM, "可能是K、Na或Cl", UNPARSED),
        (SODIUM, "It is not Na.", UNPARSED),
        (SODIUM, "The answer is not Na but K", UNPARSED),
        (SODIUM, "It is Na. Wait, it is K.", UNPARSED),
        (Item("6", "Is it a cat or a dog?", ("a dog",), kind="exact"), "You ask about a cat or a dog.", UNPARSED),
        (SODIUM, "<think>It is Na", UNPARSED),
        (SODIUM, "", UNPARSED),
        (PLANET, "Mercury is the nearest planet to the Sun.", RIGHT),
        (PLANET, "Mars is the nearest planet.", WRONG),
        (PLANET, "Mercury, not Venus", UNPARSED),
        (PLANET, "It is not Mercury.", UNPARSED),
    ],
)
def test_a_sentence_is_right_wrong_or_undecided(item: Item, output: str, score: float | None) -> None:
    assert score_output(item, output).score == score


def test_long_outputs_are_read_in_linear_time() -> None:
    for piece in ("Na, ", "not Na ", "is Na. ", "，Na", "and "):
        assert score_output(SODIUM, piece * 20_000).score in (RIGHT, WRONG, UNPARSED)
