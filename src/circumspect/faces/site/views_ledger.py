"""The ledger's signed checkpoints in public, so that anybody may keep them: a kept one convicts a rewritten history.

One a day, the day's last, with the signatures of witnesses. A checkpoint is a size and a hash: it says nothing of
anybody, and not who looked at what.

Source: guarantee 6; issue "The privacy desk, the people who may use it, and forgetting", section 5.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache
from importlib import resources

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from circumspect.faces.public import languages
from circumspect.faces.public.house import house
from circumspect.faces.public.pages import show
from circumspect.trust.ledger.store import SignedCheckpoint

_DAYS = 31


@require_safe
def checkpoints(request: HttpRequest) -> HttpResponse:
    """The last month's checkpoints, a line for each day."""
    found = _published()
    rows = [
        {"day": languages.day(each.at), "size": each.size, "root": each.root.hex(), "seen": each.is_cosigned}
        for each in found
    ]
    context = {"words": _words()[languages.current()], "rows": rows, "key": house().ledger.vkey}
    return show(request, "site/ledger.html", context)


@require_safe
def notes(_request: HttpRequest) -> HttpResponse:
    """The same for a program: the ledger's public key, then the signed notes, newest first."""
    texts = [f"{house().ledger.vkey}\n", *(each.note for each in _published())]
    return HttpResponse("\n".join(texts), content_type="text/plain; charset=utf-8")


def _published() -> list[SignedCheckpoint]:
    return house().ledger.daily_checkpoints(house().clock() - dt.timedelta(days=_DAYS))


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(
        resources.files(__package__).joinpath("words/ledger.toml").read_text(encoding="utf-8")
    )
