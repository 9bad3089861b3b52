"""Build the services of a process: the only place that knows all parts, the clocks and the randomness.

Parts are imported by the functions that build them, because the command line needs the clocks and little else.
"""

import asyncio
import os
import platform
import random
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from app.models.claiming import Holder
    from app.models.endpoint_backend import EndpointBackend
    from app.models.local_chat import LocalChat
    from app.models.local_vision import LocalVisionChat
    from app.models.references import EndpointReference, LocalReference
    from app.settings import EndpointAddress
    from app.web.accounts.accounts import Accounts
    from judging.chat.batch import BatchLimits, Environment, Price
    from judging.chat.endpoint import Endpoint
    from judging.chat.model import ChatSettings
    from judging.chat.wire.images import ImageSource
    from objective.engine.settings import ModelSettings
    from storage.database.engine import Database

PASSWORD_BYTES = 12
"""Random bytes of a password that is made for somebody: 96 bits in 16 characters."""

seconds: Callable[[], float] = time.monotonic
"""A clock in seconds that never goes back; its zero means nothing."""

STOPWATCHES: Mapping[Literal["wall", "cpu"], Callable[[], float]] = {
    "wall": time.perf_counter,
    "cpu": time.process_time,
}
"""Clocks for measurements, in seconds: elapsed time, and processor time of this process."""


def clock() -> datetime:
    """The present time in UTC."""
    return datetime.now(UTC)


def mint() -> str:
    """A token that nobody can guess: 256 random bits in 43 characters."""
    return secrets.token_urlsafe(32)


def shuffle(number: int) -> list[int]:
    """The whole numbers from 0 below `number` in an order that nobody can guess."""
    return secrets.SystemRandom().sample(range(number), number)


def make_password() -> str:
    """A password that nobody can guess."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def make_environment() -> "Environment":
    """Waiting, randomness and the clock for a batch of requests."""
    from judging.chat.batch import Environment

    return Environment(asyncio.sleep, random.Random(), seconds)  # noqa: S311  spreads waiting times


def make_holder() -> "Holder":
    """This process as a holder of claims; on this machine it can be told whether another one still runs."""
    from app.models.claiming import Holder

    machine = _machine()
    windows = os.name == "nt"  # where signal 0 would end the process

    def is_gone(name: str) -> bool:
        where, _, rest = name.partition("/")
        process = rest.partition("/")[0]
        if windows or where != machine or not process.isdigit():
            return False
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False

    return Holder(f"{machine}/{os.getpid()}/{secrets.token_hex(8)}", is_gone)


def _machine() -> str:
    """A name of this machine since its start; within containers, of the container."""
    from storage.values import canonical_json, digest

    parts = [platform.node()]
    for path in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        with suppress(OSError):
            parts.append(str(Path(path).readlink()) if path.endswith("pid") else Path(path).read_text().strip())
    return digest(canonical_json(parts))[:16]


def make_accounts(database: "Database") -> "Accounts":
    """The accounts of a store."""
    from app.web.accounts.accounts import Accounts
    from app.web.accounts.passwords import Passwords
    from app.web.accounts.throttle import Throttle

    throttle = Throttle(salt=secrets.token_bytes(16), seconds=seconds)
    return Accounts(database, clock=clock, passwords=Passwords(), throttle=throttle)


def make_endpoint(
    address: "EndpointAddress", database: "Database | None" = None, *, pictures: "ImageSource | None" = None
) -> "Endpoint":
    """The client for an endpoint, to be made and used in one event loop.

    Args:
        address: how the endpoint is reached.
        database: the store that keeps the dialect of the endpoint and the images of questions; None for none.
        pictures: finds images that are not in the store; None to take those of the store.
    """
    from app.models.dialect_memory import StoredDialects
    from judging.chat.endpoint import Endpoint, EndpointAccess

    memory = None if database is None else StoredDialects(database, address.base_url, clock=clock)
    if pictures is None and database is not None:
        pictures = stored_pictures(database)
    access = EndpointAccess(address.base_url, address.key, address.headers, address.timeout_seconds, address.proxy)
    return Endpoint(
        access,
        seconds=seconds,
        report=_tell,
        clock=clock,
        memory=memory,
        pictures=pictures if address.vision else None,
    )


def stored_pictures(database: "Database") -> "ImageSource":
    """The images of a store, for requests to models."""
    from app.models.stored_pictures import StoredPictures

    return StoredPictures(database)


def _tell(text: str) -> None:
    """Tell the user something beside the output of a command."""
    sys.stderr.write(f"{text}\n")


def make_chat(
    model: "EndpointReference | LocalReference",
    address: "EndpointAddress | None",
    database: "Database | None" = None,
) -> "Endpoint | LocalChat | LocalVisionChat":
    """A model that replies, to be made and used in one event loop.

    Args:
        model: reference to the model; a local one is loaded.
        address: the endpoint; needed for a model at an endpoint.
        database: the store that keeps the dialect of the endpoint; None for none.

    Raises:
        BadInput: a local model cannot be loaded, or its tokenizer has no chat template.
    """
    from app.models.references import LocalReference

    if isinstance(model, LocalReference):
        return make_local_chat(model.path, _pictures_if_any(database))
    if address is None:
        raise RuntimeError("the address is read before a model at an endpoint is made")
    return make_endpoint(address, database)


def make_endpoint_backend(
    model: "EndpointReference",
    address: "EndpointAddress",
    limits: "BatchLimits",
    price: "Price",
    adapt: "Callable[[ChatSettings], ChatSettings]",
    database: "Database | None" = None,
) -> "EndpointBackend":
    """A model at an endpoint as the backend of tasks; `adapt` adds what every request holds beside usual fields."""
    from app.models.endpoint_backend import EndpointBackend

    return EndpointBackend(
        model.name,
        lambda images: make_endpoint(address, database, pictures=images),
        limits,
        price,
        make_environment(),
        adapt,
    )


def make_local_chat(path: str, pictures: "ImageSource | None" = None) -> "LocalChat | LocalVisionChat":
    """A model of this machine as a chat model, for judges and respondents.

    Args:
        path: folder or hub name.
        pictures: finds the images of requests; None where there are none. With images, a model that reads them and has
            a processor in its folder is asked one chat at a time; otherwise it reads text only, if it can be loaded so.

    Raises:
        BadInput: the model cannot be loaded, or its tokenizer has no chat template.
    """
    from contextlib import ExitStack

    from app.models.local_chat import LocalChat
    from app.models.local_libraries import local_libraries

    with local_libraries():
        from objective.engine.backends import open_backend
        from objective.engine.loading.model import load_tokenizer
        from objective.engine.loading.vision import is_asked_with_images
        from objective.engine.settings import ModelSettings, RunSettings

    settings, closing = ModelSettings(path), ExitStack()
    if is_asked_with_images(settings, has_pictures=pictures is not None):
        return _make_local_vision_chat(settings, pictures or _no_picture)
    tokenizer = load_tokenizer(settings)
    return LocalChat(closing.enter_context(open_backend(settings, RunSettings())), tokenizer, closing, seconds=seconds)


def _no_picture(_media: str) -> None:
    """The images of a store that has none."""


def _pictures_if_any(database: "Database | None") -> "ImageSource | None":
    """The images of a store; None where there is no store, or none in it."""
    from storage.media.stored_pictures import has_pictures

    if database is None:
        return None
    with database.reading() as session:
        return stored_pictures(database) if has_pictures(session) else None


def _make_local_vision_chat(settings: "ModelSettings", pictures: "ImageSource") -> "LocalVisionChat":
    from functools import partial

    from app.models.local_vision import LocalVisionChat
    from objective.engine.loading.vision import load_vision_model
    from objective.engine.writing.about_images import write_about_images

    return LocalVisionChat(partial(write_about_images, load_vision_model(settings)), pictures, seconds=seconds)


def load_tokenizer(settings: "ModelSettings") -> Any:  # noqa: ANN401  transformers does not type its tokenizers
    """The tokenizer of a local model, for its chat template and to count tokens.

    Raises:
        BadInput: there is none at its path, or the libraries that would load it are not installed.
    """
    from app.models.local_libraries import local_libraries

    with local_libraries():
        from objective.engine.loading import model as loading

    return loading.load_tokenizer(settings)
