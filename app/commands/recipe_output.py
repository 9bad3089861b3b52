"""What `evenhand judge recipe` prints: figures as the benchmark publishes them, and what they leave out."""

from typing import TYPE_CHECKING

import typer

from app.commands.judge_output import print_plan
from app.commands.tables import Row, print_json, print_table

if TYPE_CHECKING:
    from app.commands.options import TableOptions
    from app.commands.recipe_jobs import RecipeResult


def print_recipe(name: str, result: "RecipeResult", table: "TableOptions") -> None:
    """Print the figures of a recipe."""
    if result.planned is not None:
        print_plan(result.planned, table)
        return
    checked = result.recipe.checked
    rows: list[Row] = [
        {
            "of": figure.subject,
            "figure": figure.name,
            "value": None if figure.value is None else round(figure.value, 4),
            "standard error": None if figure.standard_error is None else round(figure.standard_error, 4),
            "count": figure.count,
            "without verdict": figure.unparsed,
        }
        for figure in result.figures
    ]
    if table.json:
        exact = [
            {**row, "value": figure.value, "standard error": figure.standard_error}
            for row, figure in zip(rows, result.figures, strict=True)
        ]
        print_json(
            {
                "recipe": name,
                "checked": checked,
                "judged": result.judged,
                "lost": result.lost,
                "failed": result.failed,
                "strict_parser_differs": result.differences,
                "figures": exact,
            }
        )
        return
    if rows:
        print_table([_printed(row) for row in rows], right=("value", "standard error"))
    typer.echo(f"{result.judged:,} verdicts; {_reproduced(checked)}")
    for what, counts in (("without a verdict", result.failed), ("the strict parser differs", result.differences)):
        for cause, count in sorted(counts.items()):
            typer.echo(f"  {what}, {cause.replace('_', ' ')}: {count:,}")
    if result.lost:
        typer.echo(f"  recordings about responses that are not in the store: {result.lost:,}")


def _reproduced(checked: str) -> str:
    if checked:
        return f"recorded replies reproduce {checked}."
    return "this recipe was not verified against published figures."


def _printed(row: Row) -> Row:
    """With four decimals, of which no benchmark publishes more."""
    return {name: f"{cell:.4f}" if isinstance(cell, float) else cell for name, cell in row.items()}
