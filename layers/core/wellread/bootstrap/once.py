"""What is made when it is first asked for, once, whichever thread asks."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import Any, Self, TypeVar, overload

T = TypeVar("T")


class Lazy:
    """An object whose parts are `once`."""

    def __init__(self) -> None:
        """Make nothing yet."""
        self.making = threading.RLock()


class once(cached_property[T]):  # noqa: N801 - used as a decorator
    """A `cached_property` of a `Lazy` object; from Python 3.12 on that alone does not lock.

    Like one, it can be set, which replaces a part before anything is made of it.
    """

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> T: ...

    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Self | T:
        """The part; the instance's own attribute takes this one's place afterwards."""
        if instance is None:
            return self
        with instance.making:
            part: T = super().__get__(instance, owner)
            return part
