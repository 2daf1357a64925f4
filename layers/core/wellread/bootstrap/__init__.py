"""The only place that picks adapters: from settings to services.

Adapters are imported where they are chosen, so that a function pays only for those it uses.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wellread.bootstrap.adapters import Adapters
    from wellread.bootstrap.services import Services
    from wellread.settings import Settings

__all__ = ["Services", "get_services", "install", "override"]

_installed: Services | None = None
_lock = threading.Lock()


def __getattr__(name: str) -> Any:
    # Its import takes longer than all that a function has to do before it is asked something.
    if name != "Services":
        raise AttributeError(name)
    from wellread.bootstrap.services import Services

    return Services


def get_services() -> Services:
    """The process's services, made at the first call by what the settings say."""
    from wellread.bootstrap.services import Services
    from wellread.settings import load_settings

    global _installed  # noqa: PLW0603 - the one composition root of a process
    with _lock:
        if _installed is None:
            settings = load_settings()
            _installed = Services(_adapters_of(settings), settings)
        return _installed


def install(services: Services | None) -> None:
    """Make these the process's services (the laptop host's); None has them built anew."""
    global _installed  # noqa: PLW0603
    with _lock:
        _installed = services


@contextlib.contextmanager
def override(services: Services) -> Iterator[None]:
    """The process's services for the time of a test."""
    before = _installed
    install(services)
    try:
        yield
    finally:
        install(before)


def _adapters_of(settings: Settings) -> Adapters:
    if settings.backend == "aws":
        from wellread.bootstrap.aws import AwsAdapters

        return AwsAdapters(settings)
    from wellread.bootstrap.embedded import EmbeddedAdapters

    return EmbeddedAdapters(settings)
