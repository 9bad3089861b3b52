"""Groups of options unfold into plain options, and come back as one value."""

import inspect
from dataclasses import dataclass
from typing import Annotated

import pytest
import typer

from app.commands.options.grouping import grouped


@dataclass(frozen=True)
class Paint:
    """A group of two options."""

    colour: Annotated[str, typer.Option(help="Colour.")] = "red"
    coats: Annotated[int, typer.Option(help="Coats.")] = 1


def test_fields_follow_the_commands_own_parameters() -> None:
    @grouped
    def paint(wall: str, paint: Paint, hurry: bool = False) -> None:
        """Paint a wall."""

    assert list(inspect.signature(paint).parameters) == ["wall", "hurry", "colour", "coats"]
    assert inspect.signature(paint).parameters["coats"].default == 1
    assert inspect.getdoc(paint) == "Paint a wall."


def test_a_group_of_groups_unfolds_to_the_options_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    @dataclass(frozen=True)
    class Room:
        paint: Paint
        door: Annotated[str, typer.Option(help="Door.")] = "oak"

    painter = typer.Typer()

    @painter.command()
    @grouped
    def decorate(room: Room) -> None:
        typer.echo(f"{room.door}, {room.paint}")

    painter(["--coats", "2", "--door", "ash"], standalone_mode=False)
    assert capsys.readouterr().out == "ash, Paint(colour='red', coats=2)\n"


def test_typer_fills_the_group(capsys: pytest.CaptureFixture[str]) -> None:
    painter = typer.Typer()

    @painter.command()
    @grouped
    def paint(wall: str, paint: Paint) -> None:
        typer.echo(f"{wall}: {paint}")

    painter(["north", "--coats", "3"], standalone_mode=False)
    assert capsys.readouterr().out == "north: Paint(colour='red', coats=3)\n"
