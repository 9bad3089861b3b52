"""`evenhand raters`: accounts of people, from invitation to erasure."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions, command_line_author
from app.commands.tables import Row, print_json, print_table, visible
from app.settings import DEFAULT_HOST, DEFAULT_PORT
from app.wiring import make_password
from storage.values import Language, Role

if TYPE_CHECKING:
    from storage.accounts.raters import Person

commands = typer.Typer(help="Invite people, and manage their accounts.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="User name, see `evenhand raters list`.")]
RoleOption = Annotated[Role, typer.Option(help="Role of the person; each role includes the rights of those after it.")]
Ask = Annotated[
    bool, typer.Option("--ask", help="Ask for the password, or read it from standard input, instead of generating one.")
]


@commands.command("list", epilog="Example: evenhand raters list --json")
@grouped
def list_(table: TableOptions, store: StoreOptions) -> None:
    """List all accounts by name."""
    from storage.accounts.raters import people

    with store.opened() as database, database.reading() as session:
        rows = [_line(person) for person in people(session)]
    if table.json:
        print_json({"raters": rows})
    elif rows:
        print_table(rows)
    else:
        typer.echo("There are no accounts yet; invite a person with `evenhand raters invite`.")


@commands.command(epilog="Example: evenhand raters invite --role annotator --days 7")
@grouped
def invite(
    store: StoreOptions,
    role: RoleOption = Role.annotator,
    campaign: Annotated[
        str | None, typer.Option(metavar="NAME", help="Campaign to add the new rater to.", show_default="none")
    ] = None,
    days: Annotated[int, typer.Option(metavar="N", min=1, max=365, help="Days until the link expires.")] = 14,
    language: Annotated[
        Language | None,
        typer.Option(help="Language of the page behind the link and of the account.", show_default="of the browser"),
    ] = None,
    site: Annotated[
        str, typer.Option(metavar="URL", help="Address at which raters reach the pages.")
    ] = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}",
) -> None:
    """Print a link with which one person creates one account."""
    from datetime import timedelta

    from app.wiring import make_accounts
    from storage.campaigns.campaigns import campaign_named

    with store.opened(create=True) as database:
        number = None
        if campaign is not None:
            with database.reading() as session:
                number = campaign_named(session, campaign).id
        token = make_accounts(database).invite(
            role, campaign_id=number, by=command_line_author(), lasts=timedelta(days=days), language=language
        )
    typer.echo(f"{site.rstrip('/')}/invite/{token}")


@commands.command(epilog="Example: evenhand raters invitations --json")
@grouped
def invitations(table: TableOptions, store: StoreOptions) -> None:
    """List all invitations, the newest first; the links themselves are not stored."""
    from app.wiring import clock
    from storage.accounts.invites import invites

    with store.opened() as database, database.reading() as session:
        rows: list[Row] = [
            {
                "invitation": line.name,
                "role": line.role.value,
                "campaign": line.campaign,
                "language": line.language,
                "state": line.state.value,
                "expires": line.expires_at.date().isoformat(),
                "used by": line.used_by,
            }
            for line in invites(session, now=clock())
        ]
    if table.json:
        print_json({"invitations": rows})
    elif rows:
        print_table(rows)
    else:
        typer.echo("There are no invitations yet; make one with `evenhand raters invite`.")


@commands.command(epilog="Example: evenhand raters revoke 3f9a02c1d4")
@grouped
def revoke(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the invitation in `raters invitations`.")],
    store: StoreOptions,
) -> None:
    """Revoke an invitation: nobody can use its link from now on."""
    from app.wiring import clock
    from storage.accounts.invites import revoke_invite

    with store.changing() as session:
        revoke_invite(session, name, now=clock())
    typer.echo(f"The invitation {visible(name)} is revoked.")


@commands.command(epilog="Example: evenhand raters add ann --role annotator")
@grouped
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="New user name, 1 to 60 visible characters.")],
    store: StoreOptions,
    role: RoleOption = Role.annotator,
    language: Annotated[
        Language | None,
        typer.Option(help="Language of the person's pages.", show_default="of the browser at the first sign-in"),
    ] = None,
    ask: Ask = False,
) -> None:
    """Create an account and print its password, which is shown only once."""
    from app.web.accounts.accounts import Credentials
    from app.wiring import make_accounts

    password = _password(ask=ask)
    with store.opened(create=True) as database:
        make_accounts(database).add(Credentials(name, password), role=role, language=language, by=command_line_author())
    typer.echo(
        f"Created the account {visible(name)} with the role {role.value}.{'' if ask else f' Password: {password}'}"
    )


@commands.command(epilog="Example: evenhand raters role ann reviewer")
@grouped
def role(
    name: Name, role: Annotated[Role, typer.Argument(help="The new role.", show_default=False)], store: StoreOptions
) -> None:
    """Change a person's role, effective from the next request."""
    from storage.accounts.raters import person_named, set_role

    with store.changing() as session:
        person = person_named(session, name)
        set_role(session, person.rater_id, role)
    typer.echo(f"{person.username} has the role {role.value} now.")


@commands.command(epilog="Example: evenhand raters show ann --json")
@grouped
def show(
    name: Name,
    table: TableOptions,
    store: StoreOptions,
    campaign: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only votes given in this campaign.", show_default="all")
    ] = None,
) -> None:
    """Show the quality of a person's votes: pace, gold items, repeats, sides, agreement, influence, and flags."""
    from app.commands.rater_quality import print_report, report_json
    from app.views.campaign_words import say_of
    from arena.campaigns.pairing import shape_of
    from arena.quality.report import report_rater
    from storage.accounts.raters import person_named
    from storage.campaigns.campaigns import campaign_named, campaign_row

    with store.opened() as database, database.reading() as session:
        person = person_named(session, name)
        number = None if campaign is None else int(campaign_named(session, campaign).id or 0)
        report = report_rater(session, person.rater_id, number)
        measured = None if report is None else report.quality.measures
        has_votes = measured is None or measured.votes or not measured.scored
        shape = shape_of(campaign_row(session, number)) if number is not None else "pair" if has_votes else "response"
    if table.json:
        print_json({"rater": person.username, "campaign": campaign, **report_json(report)})
    elif report is None:
        answer = say_of("en", shape, "campaign_answers").removesuffix("s")
        where = " in this campaign" if campaign else ""
        typer.echo(f"{visible(person.username)} has given no {answer} yet{where}.")
    else:
        print_report(report, shape)


@commands.command(epilog="Example: evenhand raters deactivate ann")
@grouped
def deactivate(
    name: Name,
    store: StoreOptions,
    undo: Annotated[bool, typer.Option("--undo", help="Enable sign-in again.")] = False,
) -> None:
    """Disable a person's sign-in and sign them out; their votes are kept and count."""
    from storage.accounts.raters import person_named, set_active

    with store.changing() as session:
        person = person_named(session, name)
        set_active(session, person.rater_id, active=undo)
    typer.echo(f"{person.username} {'can sign in again' if undo else 'can no longer sign in'}.")


@commands.command(epilog="Example: evenhand raters erase ann --yes")
@grouped
def erase(
    name: Name,
    store: StoreOptions,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete a person's account, comments and live conversations with their images permanently.

    Their votes are kept under a number, with the private questions that the votes in a live arena are about.
    """
    from app.wiring import clock
    from storage.accounts.raters import erase_person, person_named
    from storage.audit import sign
    from storage.conversations.uploads import search_pictures

    with store.opened() as database:
        with database.reading() as session:
            person = person_named(session, name)
        if not yes:
            typer.confirm(
                f"Permanently delete the account, comments and conversations of {person.username}?",
                abort=True,
                err=True,
            )
        with database.reading() as session:
            searched = search_pictures(session, person.rater_id)
        with database.writing() as session:
            sign(session, command_line_author())
            erase_person(session, person.rater_id, searched, now=clock())
    typer.echo(
        f"Erased the account, comments and live conversations of {person.username}. Earlier copies, such as backups, "
        "still contain them."
    )


@commands.command(epilog="Example: evenhand raters password ann")
@grouped
def password(name: Name, store: StoreOptions, ask: Ask = False) -> None:
    """Set a new password for a person, print it once, and sign the person out everywhere."""
    from app.wiring import make_accounts
    from storage.accounts.raters import person_named

    with store.opened() as database:
        with database.reading() as session:
            person = person_named(session, name)
        fresh = _password(ask=ask)
        make_accounts(database).set_password(person.rater_id, fresh, by=command_line_author())
    typer.echo(f"Changed the password of {person.username}.{'' if ask else f' Password: {fresh}'}")


def _password(*, ask: bool) -> str:
    if not ask:
        return make_password()
    import sys

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _line(person: "Person") -> Row:
    return {
        "name": person.username,
        "role": person.role.value,
        "language": person.language if person.has_language else None,
        "active": person.active,
        "since": person.created_at.date().isoformat(),
    }
