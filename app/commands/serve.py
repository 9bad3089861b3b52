"""`evenhand serve` and `evenhand demo`: the pages on a real store, and on a ready example."""

import shutil
import sys
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options import StoreOptions, grouped
from app.settings import DEFAULT_HOST, DEFAULT_PORT, read_settings

if TYPE_CHECKING:
    from app.demo.store import DemoLogin
    from storage.database.engine import Database

DEMO_NAME = "evenhand-demo"


@dataclass(frozen=True)
class AddressOptions:
    """Where the pages are served.

    Attributes:
        host: address of this machine to listen on.
        port: TCP port, 0 for any free one.
    """

    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on; 0.0.0.0 lets other machines in.")
    ] = DEFAULT_HOST
    port: Annotated[int, typer.Option(metavar="N", help="TCP port; 0 takes any free one.")] = DEFAULT_PORT

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach the address."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")


@grouped
def serve(
    address: AddressOptions,
    store: StoreOptions,
    trusted_proxy: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Reverse proxy whose X-Forwarded headers are believed.",
            show_default="none",
        ),
    ] = None,
) -> None:
    """Serve the pages on a store, which is made if it is not there; Ctrl-C stops."""
    from app.web.serving import serve as serve_web
    from app.web.serving import starting, take_port

    with closing(take_port(address.host, address.port)) as listener, store.opened(create=True) as database:
        with starting():
            from app.wiring import make_web

            _warn(address)
            with database.writing():
                pass  # a store that cannot be written is said here, in one sentence, and not by the server's log
            application = make_web(database)
        serve_web(application, listener, announce=welcome(database), trusted_proxy=trusted_proxy)


@grouped
def demo(
    address: AddressOptions,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser, where there is a desktop.")
    ] = True,
) -> None:
    """Serve a ready example in a database that is made anew at every start; Ctrl-C stops."""
    from app.web.serving import serve as serve_web
    from app.web.serving import starting, take_port

    with closing(take_port(address.host, address.port)) as listener, ExitStack() as closed_at_the_end:
        path = _fresh_file(listener.getsockname()[1])
        typer.echo(f"Making the example in {path} …", err=True)
        with starting():
            from app.demo.store import fill_demo
            from app.wiring import clock, make_accounts, make_web

            store = StoreOptions(str(path)).opened(create=True, durable=False)
            database = closed_at_the_end.enter_context(store)
            logins = fill_demo(database, make_accounts(database), now=clock(), readable_passwords=address.is_private)
            _warn(address)
            application = make_web(database)
        opens = browser and sys.stdout.isatty() and read_settings().has_desktop
        serve_web(application, listener, announce=_tour(path, logins, open_browser=opens))


def welcome(database: "Database") -> Callable[[str], None]:
    """What a real store's operator must know once the pages answer: the address, and how to become an admin."""
    from app.wiring import make_accounts
    from storage.accounts.raters import people
    from storage.values import Role

    def announce(url: str) -> None:
        typer.echo(f"Evenhand serves {database.name} at {url} (Ctrl-C stops).")
        with database.reading() as session:
            has_admin = any(person.role is Role.admin and person.active for person in people(session))
        if not has_admin:
            token = make_accounts(database).invite(Role.admin)
            typer.echo("Nobody is admin yet. This link makes one admin account, once, within 14 days:")
            typer.echo(f"  {url}/invite/{token}")

    return announce


def _tour(path: Path, logins: Sequence["DemoLogin"], *, open_browser: bool) -> Callable[[str], None]:
    """What somebody new can do with the example."""
    command = "evenhand" if shutil.which("evenhand") else sys.argv[0]

    def announce(url: str) -> None:
        typer.echo(f"Evenhand's example is at {url} (Ctrl-C stops). Everything in it is made up.\n")
        for login in logins:
            typer.echo(f"  sign in as {login.username:<10} with the password {login.password}")
        typer.echo(
            "\nTry:\n"
            "  as annotator, vote with the keys 1 2 3 4; s skips, u takes back, ? shows all keys;\n"
            f"  as reviewer, see the leaderboard move at {url}/admin;\n"
            "  as admin, make a campaign and invite a rater there;\n"
            f"  {command} rank --database {path}     prints the same leaderboard;\n"
            f"  {command} serve --database {path}    goes on with this example another time."
        )
        sys.stdout.flush()
        if open_browser:
            webbrowser.open(url)

    return announce


def _fresh_file(port: int) -> Path:
    """The demo's database without what an earlier start left; of its own on every port, so that two can run."""
    path = Path(f"{DEMO_NAME}.db" if port == DEFAULT_PORT else f"{DEMO_NAME}-{port}.db")
    from storage.errors import StoreError

    try:
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"expected to make the example anew, but {str(path)!r} cannot be removed ({error.strerror}); "
            "remove it yourself or start in another folder"
        ) from error
    return path


def _warn(address: AddressOptions) -> None:
    if not address.is_private:
        typer.echo(
            f"evenhand: other machines can reach {address.host} and nothing is encrypted; "
            "put a proxy with HTTPS before it",
            err=True,
        )
