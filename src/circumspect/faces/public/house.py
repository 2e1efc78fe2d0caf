"""The house that is served: the process's own, or the one a test puts in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from circumspect import composition
from circumspect.trust.door.house import House

_sources: list[Callable[[], House]] = [composition.the_house]


def house() -> House:
    """The house to ask.

    Raises:
        HomeError, KeyringError: The process has no home, or its keys cannot be used.
    """
    return _sources[-1]()


@contextmanager
def served_by(other: House) -> Iterator[None]:
    """Let every thread of this process ask another house for a while."""
    _sources.append(lambda: other)
    try:
        yield
    finally:
        _sources.pop()
