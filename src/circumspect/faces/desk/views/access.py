"""Marks on views, which the middleware reads: who may come, and what counts as being there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

V = TypeVar("V", bound=Callable[..., object])


def open_to_all(view: V) -> V:
    """A page for people who are not signed in too. It holds nothing of a patron."""
    view.is_open_to_all = True  # type: ignore[attr-defined]
    return view


def no_activity(view: V) -> V:
    """A request that a page makes by itself: it keeps nobody signed in."""
    view.is_no_activity = True  # type: ignore[attr-defined]
    return view
