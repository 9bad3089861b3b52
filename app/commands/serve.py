"""`evenhand serve` and `evenhand demo`: the web pages on a store, and on the example."""

import shutil
import sys
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions
from app.settings import DEFAULT_HOST, DEFAULT_PORT, read_settings

if TYPE_CHECKING:
    from app.demo.store import DemoLogin
    from app.models.moderation_settings import ModerationSettings
    from app.models.offered import OfferedModel
    from storage.database.engine import Database

DEMO_NAME = "evenhand-demo"


@dataclass(frozen=True)
class AddressOptions:
    """The address at which the pages are served.

    Attributes:
        host: network address to listen on.
        port: TCP port; 0 for any free port.
    """

    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Network address to listen on; 0.0.0.0 accepts other machines.")
    ] = DEFAULT_HOST
    port: Annotated[int, typer.Option(metavar="N", help="TCP port; 0 for any free port.")] = DEFAULT_PORT

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach the address."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")


@grouped
def serve(
    address: AddressOptions,
    store: StoreOptions,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="Address or network of a reverse proxy whose X-Forwarded headers are trusted; repeat for several.",
            show_default="none",
        ),
    ] = None,
    root_path: Annotated[
        str,
        typer.Option(
            metavar="PATH",
            help="Path below which the site is served, if the proxy does not send X-Forwarded-Prefix.",
            show_default="none",
        ),
    ] = "",
    models: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="TOML file with the models of the live arena.", show_default="no live arena"),
    ] = None,
) -> None:
    """Serve the web pages on a store, which is created if it does not exist; Ctrl-C stops."""
    from app.web.serving import Proxies, starting, take_port
    from app.web.serving import serve as serve_web

    offered, moderation = ((), None) if models is None else _offered(models)
    proxies = Proxies(tuple(part for given in trusted_proxy or () for part in given.split(",")), root_path)
    with closing(take_port(address.host, address.port)) as listener, store.opened(create=True) as database:
        with starting():
            from app.site_wiring import make_web

            _warn(address)
            with database.writing():
                pass  # reports a read-only store here, in one sentence, instead of in the server's log
            application = make_web(database, offered, moderation)
        serve_web(application, listener, announce=welcome(database), proxies=proxies)


@grouped
def demo(
    address: AddressOptions,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser if there is a desktop.")
    ] = True,
) -> None:
    """Serve an example in a database that is created at every start; Ctrl-C stops."""
    from app.commands.example import making_demo
    from app.web.serving import serve as serve_web
    from app.web.serving import starting, take_port

    with closing(take_port(address.host, address.port)) as listener, ExitStack() as closed_at_the_end:
        path = _fresh_file(listener.getsockname()[1])
        typer.echo(f"Creating the example in {path} …", err=True)
        with starting(), making_demo(path, readable_passwords=address.is_private) as demo_in_work:
            from app.site_wiring import make_web
            from app.web.gradio_start import import_gradio

            import_gradio()
            demo_in_work.wait_for_store()
            database = closed_at_the_end.enter_context(StoreOptions(str(path)).opened(durable=False))
            _warn(address)
            application = make_web(database)
            logins = demo_in_work.wait_for_logins()
        opens = browser and sys.stdout.isatty() and read_settings().has_desktop
        serve_web(application, listener, announce=_tour(path, logins, open_browser=opens))


def _offered(path: Path) -> "tuple[Sequence[OfferedModel], ModerationSettings]":
    """The models of the live arena from a file, and what checks prompts and answers."""
    from app.models.moderation_settings import read_moderation
    from app.models.offered import read_offered
    from app.settings import read_variables

    variables = read_variables()
    return read_offered(path, variables), read_moderation(path, variables)


def welcome(database: "Database") -> Callable[[str], None]:
    """A function that prints the address, and a link for the first admin account if there is none."""
    from app.wiring import make_accounts
    from storage.accounts.raters import people
    from storage.values import Role

    def announce(url: str) -> None:
        typer.echo(f"Evenhand serves {database.name} at {url} (Ctrl-C stops).")
        with database.reading() as session:
            has_admin = any(person.role is Role.admin and person.active for person in people(session))
        if not has_admin:
            token = make_accounts(database).invite(Role.admin)
            typer.echo("There is no admin yet. This link creates one admin account, once, within 14 days:")
            typer.echo(f"  {url}/invite/{token}")

    return announce


def _tour(path: Path, logins: Sequence["DemoLogin"], *, open_browser: bool) -> Callable[[str], None]:
    """A function that prints the address, the accounts, and what to try first."""
    command = "evenhand" if shutil.which("evenhand") else sys.argv[0]

    def announce(url: str) -> None:
        typer.echo(f"Evenhand serves its example at {url} (Ctrl-C stops). All data in it is invented.\n")
        for login in logins:
            typer.echo(f"  sign in as {login.username:<10} with the password {login.password}")
        typer.echo(
            "\nTry:\n"
            "  as annotator, vote with the keys 1 2 3 4; s skips, u undoes, ? shows all keys;\n"
            f"  as reviewer, watch the leaderboard at {url}/admin;\n"
            "  as admin, create a campaign there and invite a rater;\n"
            f"  {command} rank --database {path}     prints the same leaderboard;\n"
            f"  {command} serve --database {path}    serves this example again."
        )
        sys.stdout.flush()
        if open_browser:
            webbrowser.open(url)

    return announce


def _fresh_file(port: int) -> Path:
    """Path of the demo's database, one per port, so that two demos can run; removes the files of earlier starts."""
    path = Path(f"{DEMO_NAME}.db" if port == DEFAULT_PORT else f"{DEMO_NAME}-{port}.db")
    from storage.errors import StoreError

    try:
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"expected to create the example, but {str(path)!r} cannot be removed ({error.strerror}); "
            "remove it or start in another folder"
        ) from error
    return path


def _warn(address: AddressOptions) -> None:
    if not address.is_private:
        typer.echo(
            f"evenhand: other machines can reach {address.host}, and the connection is not encrypted; "
            "put a reverse proxy with HTTPS in front",
            err=True,
        )
