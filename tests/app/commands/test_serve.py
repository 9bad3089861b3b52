"""Starting and stopping the pages from the command line; each test that starts them pays seconds for Gradio."""

import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.commands.serve import AddressOptions, _fresh_file, _tour, _warn, welcome
from app.demo.store import DemoLogin
from app.settings import DEFAULT_PORT
from storage.database.engine import open_database
from storage.errors import StoreError
from storage.values import Role
from tests.app.commands.conftest import Console
from tests.app.commands.test_cli import COMMANDS
from tests.docs.blocks import blocks_of

README = Path(__file__).parents[3] / "README.md"
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A running command, and the lines that it printed until the pages answered."""
    script = "import sys; from app.cli import main; sys.exit(main())"
    environment = {"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        lines: list[str] = []
        try:
            while not any("Ctrl-C stops" in line for line in lines):
                line = process.stdout.readline()
                assert line, f"ended with {process.wait()} after {lines}"
                lines.append(line)
            yield process, lines
        finally:
            process.kill()


def loaded_files(process: "subprocess.Popen[str]") -> str:
    """The compiled libraries of a process; Linux shows them."""
    return Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")


def stop(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Ctrl-C: the exit code, and what was still printed."""
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate()
    return process.returncode, rest


@pytest.mark.parametrize("command", ["serve", "demo --no-browser"])
def test_a_port_in_use_is_one_sentence_and_makes_no_database(command: str, console: Console) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        ran = console(f"{command} --port {port}")
    assert (ran.code, ran.out) == (1, "")
    assert f"expected a free port, but 127.0.0.1:{port} cannot be used" in ran.err
    assert ran.err.count("\n") == 1
    assert list(console.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("serve --port 70000", "expected a port from 0 to 65535, got 70000"),
        ("serve --host nowhere.invalid --port 0", "expected an address of this machine"),
        ("serve --port 0 --database missing/evenhand.db", "no folder 'missing'"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(line: str, said: str, console: Console) -> None:
    ran = console(line)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err


def example_of(command: str) -> list[str]:
    """The arguments of the help's example, on any free port."""
    arguments = shlex.split(str(COMMANDS[command].epilog).removeprefix("Example: evenhand "))
    arguments[arguments.index("--port") + 1] = "0"
    return arguments


@pytest.mark.usefixtures("console")
def test_the_demo_serves_its_logins_and_stops_on_ctrl_c() -> None:
    with started(*example_of("demo")) as (process, lines):
        found = ADDRESS.search("".join(lines))
        assert found
        with urllib.request.urlopen(f"{found[0]}/login") as page:
            assert page.status == 200
        files = loaded_files(process)
        assert "argon2" in files and not re.search("torch|tokenizers", files), "the recorded runs need no model library"
        code, rest = stop(process)
    assert code == 0
    promised = next(block.lines for block in blocks_of(README) if block.language == "text")
    printed = ("".join(lines) + rest).replace(found[0], "http://127.0.0.1:7860").splitlines()
    assert [line for line in promised if line not in printed] == []
    (path,) = Path().glob("evenhand-demo-*.db")
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM preference").fetchone()[0] > 400


@pytest.mark.usefixtures("console")
def test_the_first_start_on_a_real_store_offers_an_admin_account() -> None:
    with started(*example_of("serve")) as (process, lines):
        assert "team.db" in lines[-1]
        code, rest = stop(process)
    assert code == 0
    assert re.fullmatch(ADDRESS.pattern + r"/invite/[\w-]{43}", rest.strip().splitlines()[-1].strip())


@pytest.mark.parametrize(
    ("lines", "offered"),
    [
        ([], True),
        (["raters add ann --role reviewer"], True),
        (["raters add ann --role admin"], False),
        (["raters add ann --role admin", "raters deactivate ann"], True),
    ],
)
def test_the_admin_account_is_offered_until_there_is_an_active_admin(
    lines: list[str], offered: bool, console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in lines:
        assert console(line).code == 0
    database = open_database("evenhand.db")
    welcome(database)("http://127.0.0.1:7860")
    database.close()
    assert ("/invite/" in capsys.readouterr().out) is offered


@pytest.mark.parametrize(
    ("host", "private"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)]
)
def test_readable_passwords_need_an_address_of_this_machine_alone(host: str, private: bool) -> None:
    assert AddressOptions(host=host).is_private is private


@pytest.mark.parametrize(("host", "lines"), [("127.0.0.1", 0), ("0.0.0.0", 1)])
def test_an_address_that_other_machines_reach_is_warned_of(
    host: str, lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    _warn(AddressOptions(host=host))
    assert capsys.readouterr().err.count("not encrypted; put a reverse proxy with HTTPS in front") == lines


@pytest.mark.usefixtures("console")
def test_each_port_has_an_example_of_its_own_that_begins_anew() -> None:
    for name in ("evenhand-demo.db", "evenhand-demo.db-wal", "evenhand-demo-1.db", "mine.db"):
        Path(name).touch()
    assert _fresh_file(DEFAULT_PORT) == Path("evenhand-demo.db")
    assert sorted(map(str, Path().iterdir())) == ["evenhand-demo-1.db", "mine.db"]
    Path("evenhand-demo-2.db").mkdir()
    with pytest.raises(StoreError, match=r"'evenhand-demo-2\.db' cannot be removed"):
        _fresh_file(2)


def test_the_tour_names_every_login_and_the_store(capsys: pytest.CaptureFixture[str]) -> None:
    _tour(Path("x.db"), [DemoLogin(Role.annotator, "ann", "secret-word")], open_browser=False)("http://127.0.0.1:1")
    said = capsys.readouterr().out
    assert "sign in as ann        with the password secret-word" in said
    assert "rank --database x.db" in said
    assert "http://127.0.0.1:1/admin" in said
