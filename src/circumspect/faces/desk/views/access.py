"""Marks on views, which the middleware reads: who may come, and what counts as being there. And what is said where
a request cannot be read, so that no view is asked at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults

from circumspect.uploads import most_bytes

V = TypeVar("V", bound=Callable[..., object])


def open_to_all(view: V) -> V:
    """A page for people who are not signed in too. It holds nothing of a patron."""
    view.is_open_to_all = True  # type: ignore[attr-defined]
    return view


def no_activity(view: V) -> V:
    """A request that a page makes by itself: it keeps nobody signed in."""
    view.is_no_activity = True  # type: ignore[attr-defined]
    return view


def what_was_not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that nobody can read, or that is too large to be read."""
    if isinstance(exception, RequestDataTooBig):
        said = render_to_string("413.html", {"megabytes": most_bytes(request) // 1_000_000})
        return HttpResponse(said, status=413)
    return defaults.bad_request(request, exception)
