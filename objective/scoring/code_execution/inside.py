"""Builds the file system of a sandbox, runs one program in it, and reports how it ended.

`sandbox` starts it as a script of its own, as the first process of new namespaces; it imports nothing of this package.
The namespaces, the file system and the limits keep a program from doing harm. The audit hook only names what it tried,
so that a program that opens a socket is not counted among those with a wrong answer.
"""

import builtins
import ctypes
import errno
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

_ALLOWED_FILES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_MOST_THREADS = 64
"""Threads and processes of the user that runs programs; libraries for numbers start some when they are imported."""
_PROCESS_EVENTS = frozenset(
    {"os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.exec", "os.system", "subprocess.Popen", "pty.spawn"}
)
_CHANGING_EVENTS = frozenset(
    {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.link", "os.symlink", "os.truncate"}
)
_SOCKET_EVENTS = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"})


class Watch:
    """Keeps the first thing that a program tried and must not do."""

    def __init__(self, folder: str) -> None:
        """Watch a program that may write in one folder."""
        self._folder = folder
        self.tried = ""
        self.is_on = True

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note an event, and refuse it."""
        if not self.is_on:
            return
        state = self._state(event, arguments)
        if state:
            self.tried = self.tried or state
            raise PermissionError(errno.EPERM, f"the sandbox does not allow {event}")

    def _state(self, event: str, arguments: tuple[Any, ...]) -> str:
        if event in _PROCESS_EVENTS:
            return "started_process"
        if event in _SOCKET_EVENTS:
            return "" if _is_local(arguments) else "opened_socket"
        if event == "open":
            path, _, flags = arguments
            return "wrote_outside" if int(flags or 0) & _WRITING and not self._is_inside(path) else ""
        if event in _CHANGING_EVENTS:
            return "" if self._is_inside(arguments[0]) else "wrote_outside"
        return ""

    def _is_inside(self, path: object) -> bool:
        if isinstance(path, int):
            return True
        whole = os.path.realpath(os.fsdecode(path if isinstance(path, str | bytes) else str(path)))
        return whole in _ALLOWED_FILES or whole == self._folder or whole.startswith(self._folder + os.sep)


def _is_local(arguments: tuple[Any, ...]) -> bool:
    """Whether a socket only joins parts of one process, as the event loop of asyncio needs."""
    return getattr(getattr(arguments[0], "family", None), "name", "") == "AF_UNIX"


def _limit(memory: int, seconds: int, file_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (_MOST_THREADS, _MOST_THREADS))


_LIBC = ctypes.CDLL(None, use_errno=True)
_READ_ONLY, _NO_SUID, _NO_DEVICES, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
"""Flags of mount(2)."""
_SET_NO_NEW_PRIVILEGES = 38
"""Option of prctl(2)."""
_CAPABILITY_VERSION = 0x20080522
_NOBODY = 65534


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    if _LIBC.mount(source.encode(), target.encode(), kind.encode(), flags, data.encode()) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount of {target}: {os.strerror(number)}")


def _build_root(folders: list[str], devices: list[str], disk_bytes: int) -> str:
    """Make a root with the given folders read-only, devices, and `/evenhand-program` in memory; return its path."""
    _mount("none", "/", "", _RECURSIVE | _PRIVATE)
    root = "/mnt" if any(folder.startswith("/tmp/") for folder in folders) else "/tmp"  # noqa: S108
    _mount("none", root, "tmpfs", _NO_SUID | _NO_DEVICES, "size=1m,mode=755")
    for path in (*folders, *devices):
        target = Path(root + path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if Path(path).is_symlink():
            target.symlink_to(Path(path).readlink())
            continue
        if Path(path).is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.touch()
        _mount(path, str(target), "", _BIND | (_RECURSIVE if path in folders else 0))
        if path in folders:
            _mount("none", str(target), "", _REMOUNT | _BIND | _READ_ONLY | _NO_SUID | _NO_DEVICES)
    Path(root, "evenhand-program").mkdir()
    _mount("none", f"{root}/evenhand-program", "tmpfs", _NO_SUID | _NO_DEVICES, f"size={disk_bytes},mode=777")
    _mount("none", root, "", _REMOUNT | _READ_ONLY | _NO_SUID | _NO_DEVICES)
    return root


def _enter(root: str) -> None:
    """Enter the root for good, as nobody where root started the sandbox, without any right of an administrator."""
    os.chroot(root)
    os.chdir("/evenhand-program")
    if _is_mapped(_NOBODY):
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    if _LIBC.capset(header, (ctypes.c_uint32 * 6)()) != 0 or _LIBC.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the rights of an administrator cannot be given up")


def _is_mapped(user: int) -> bool:
    """Whether a user exists in this namespace: all do where root started the sandbox, one does elsewhere."""
    return user < _MAPPED


_MAPPED = sum(int(line.split()[2]) for line in Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines())
"""Number of users of this namespace."""


def _state_of(error: BaseException) -> str:
    if isinstance(error, AssertionError):
        return "failed"
    if isinstance(error, MemoryError):
        return "out_of_memory"
    if isinstance(error, SystemExit | KeyboardInterrupt):
        return "exited_early"
    if isinstance(error, SyntaxError):
        return "syntax_error"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EFBIG):
        return "filled_disk"
    if isinstance(error, OSError) and error.errno == errno.EROFS:
        return "wrote_outside"
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return "started_process"
    return "raised"


def _run(program: str, watch: Watch) -> tuple[str, str]:
    try:
        code = compile(program, "<program>", "exec")
        exec(code, {"__name__": "__main__", "__builtins__": builtins})  # noqa: S102  the purpose of the sandbox
    except BaseException as error:  # noqa: BLE001  every end of a program is told
        watch.is_on = False
        state = watch.tried or _state_of(error)
        text = str(error).strip().split("\n", 1)[0][:200] if state != "out_of_memory" else ""
        return state, f"{type(error).__name__}: {text}" if text else type(error).__name__
    watch.is_on = False
    return watch.tried or "passed", ""


def _run_and_tell(task: dict[str, Any]) -> None:
    """Run the program of a task and write its state to a descriptor."""
    _limit(task["memory"], task["seconds"], task["disk_bytes"])
    secret, verdict = task["secret"], task["verdict"]
    watch = Watch(str(Path.cwd()))
    sys.addaudithook(watch)
    sys.argv = ["program"]
    state, text = _run(task["program"], watch)
    os.write(verdict, json.dumps({"secret": secret, "state": state, "text": text}).encode())


def main() -> None:
    """Read a program with its limits from standard input, and run it in a child of this first process.

    The first process keeps its rights, so that its death, which follows that of the process outside, ends all others.
    """
    task = json.loads(sys.stdin.buffer.read())
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    root = _build_root(task["folders"], task["devices"], task["disk_bytes"])
    os.write(1, task["started"].encode())
    child = os.fork()
    if child == 0:
        try:
            _enter(root)
            _run_and_tell(task)
        finally:
            os._exit(0)
    os.close(task["verdict"])
    _, status = os.waitpid(child, 0)
    os._exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))


if __name__ == "__main__":
    main()
