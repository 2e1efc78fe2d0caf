"""Give an entry to the library's accounts elsewhere: by Mastodon's interface, or as a file for a person to post.

The library speaks to those sites; its pages do not. No script, button, pixel or feed of theirs is on any page (TH-2.1).
An account is a line of ``[social]`` in config.toml, its name and its public address. Where the key folder holds
``social-NAME.token``, it is posted to over Mastodon's interface; for every other a text is laid into ``outbox/social``.

Source: clause TH-2.1; issue "The public side", section 2.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from circumspect.home import Home, HomeError
from circumspect.offices.publishing.models import EntryVersion, SocialPost
from circumspect.offices.publishing.rules import PublishingError

SECTION = "social"
OUTBOX = "outbox/social"
LONGEST = 480

log = logging.getLogger("circumspect.publishing")


@dataclass(frozen=True, slots=True)
class Account:
    """One of the library's accounts elsewhere."""

    name: str
    address: str
    by_file: bool


def accounts(home: Home) -> list[Account]:
    """The accounts of config.toml, in its order.

    Raises:
        HomeError: A line is not a name and an address.
    """
    out = []
    for name, address in home.config.get(SECTION, {}).items():
        if not isinstance(address, str) or urlsplit(address).scheme not in ("https", "http"):
            raise HomeError(f"[{SECTION}] {name} in config.toml has to be the account's address")
        out.append(Account(name, address, not (home.keys / f"social-{name}.token").exists()))
    return out


def post(home: Home, version: EntryVersion, account_name: str, text: str, *, today: dt.date) -> SocialPost:
    """Give a published version to an account. The same twice is one post.

    Args:
        text: What is posted, with the entry's address in it.

    Raises:
        PublishingError: There is no such account, it is not published, or the other side did not take it.
    """
    account = next((each for each in accounts(home) if each.name == account_name), None)
    if account is None:
        raise PublishingError("account", "is not one of ours")
    if version.shows_from is None:
        raise PublishingError("account", "takes only what is published")
    row, made = SocialPost.objects.get_or_create(version=version, account=account.name)
    if not made and row.posted_on is not None:
        return row
    # Here and not above: a post is rare, and it would take 6 MB of every process that serves.
    from mastodon.errors import MastodonError

    try:
        row.address = (
            _to_file(home, account, version, text)
            if account.by_file
            else _to_mastodon(home, account, version, text)
        )
    except (MastodonError, OSError, HomeError) as problem:
        row.failed = True
        row.save()
        log.warning("not posted: %s", type(problem).__name__)
        raise PublishingError("account", "did not take it; try again later") from problem
    row.posted_on, row.failed = today, False
    row.save()
    return row


def text_for(texts: Mapping[str, Mapping[str, str]], address: str) -> str:
    """What is posted: title, summary, address; short enough for every network."""
    said = texts["en"]
    room = LONGEST - len(address) - len(said["title"]) - 4
    summary = said["summary"]
    if len(summary) > room:
        summary = summary[: max(0, room - 2)].rsplit(" ", 1)[0] + " …"
    return "\n\n".join(part for part in (said["title"], summary, address) if part)


def _to_mastodon(home: Home, account: Account, version: EntryVersion, text: str) -> str:
    from mastodon import Mastodon

    parts = urlsplit(account.address)
    token = home.read_key_file(f"social-{account.name}.token").decode().strip()
    # No look at the server's version, and no wait for a busy one: a person presses the button again.
    line = Mastodon(
        access_token=token,
        api_base_url=f"{parts.scheme}://{parts.netloc}",
        version_check_mode="none",
        ratelimit_method="throw",
        request_timeout=15,
        user_agent="circumspect",
    )
    status = line.status_post(
        text, visibility="public", language="en", idempotency_key=f"circumspect-{version.pk}-{account.name}"
    )
    return str(status.get("url") or "")[:400]


def _to_file(home: Home, account: Account, version: EntryVersion, text: str) -> str:
    folder = home.root / OUTBOX
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{account.name}-{version.entry.kind}-{version.entry.slug}-{version.number}.txt"
    path.write_text(text + "\n", encoding="utf-8")
    return ""
