"""Fail, or die, at the n-th call to storage: before it is made, or after it was and its answer is lost.

Stands between Django and the database's own connection, so that it counts what really goes to
storage: statements, commits and rollbacks, those of the ledger's hot path included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

ALIASES = ("default", "keys", "ledger")
_COUNTED = frozenset({"execute", "executemany", "commit", "rollback"})


class Fuse:
    """Counts storage calls and burns at one of them.

    Attributes:
        calls: How many there were.
        burnt: Whether it burnt.
    """

    def __init__(self, at: int, *, after: bool, burn: Callable[[], None]) -> None:
        self._at = at
        self._after = after
        self._burn = burn
        self.calls = 0
        self.burnt = False

    def around(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Make the call, burning before or after it where its turn has come."""
        self.calls += 1
        mine = self.calls == self._at
        if mine:
            self.burnt = True
        if mine and not self._after:
            self._burn()
        result = call(*args, **kwargs)
        if mine and self._after:
            self._burn()
        return result


class Fused:
    """A connection or cursor whose calls go through a fuse."""

    def __init__(self, real: Any, fuse: Fuse) -> None:
        object.__setattr__(self, "_real", real)
        object.__setattr__(self, "_fuse", fuse)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._real, name)
        if name in _COUNTED:
            return lambda *args, **kwargs: self._counted(value, *args, **kwargs)
        if name == "cursor":
            return lambda *args, **kwargs: Fused(value(*args, **kwargs), self._fuse)
        return value

    def _counted(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        result = self._fuse.around(call, *args, **kwargs)
        # A statement on a cursor gives the cursor back: what is read from it is this one's.
        return self if result is self._real else result

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._real, name, value)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._real)

    def __enter__(self) -> Any:
        self._real.__enter__()
        return self

    def __exit__(self, *problem: object) -> Any:
        return self._real.__exit__(*problem)


@contextmanager
def fused(fuse: Fuse) -> Iterator[Fuse]:
    """Put the fuse into every connection of this thread; take it out at the end."""
    for alias in ALIASES:
        connection = connections[alias]
        connection.ensure_connection()
        connection.connection = Fused(connection.connection, fuse)
    try:
        yield fuse
    finally:
        for alias in ALIASES:
            connection = connections[alias]
            if isinstance(connection.connection, Fused):
                connection.connection = connection.connection._real
            if connection.connection is not None and connection.in_atomic_block is False:
                connection.close()
