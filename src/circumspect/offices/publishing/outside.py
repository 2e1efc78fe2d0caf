"""The register of sites that are not the library's: what they set, where their policy is, and whether it still answers.

Source: clauses TH-3.3, TH-3.4, TH-5.1 to TH-5.3; issue "The public side", section 2.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.db import IntegrityError
from django.db.models import F

from circumspect.offices.publishing.models import OutsideSite
from circumspect.offices.publishing.rules import LANGUAGES, PublishingError, slug_of

CHECK_EVERY_DAYS = 7
# What a service may be told besides that somebody is a valid patron. Nothing else has a word here.
TELLS = ("category", "branch")
_TIMEOUT_SECONDS = 10

Answers = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Site:
    """What a form gives."""

    name: str
    address: str
    about: Mapping[str, str]
    is_service: bool = False
    sets: Mapping[str, str] | None = None
    privacy_address: str = ""
    needs_cookies: bool = False
    sign_on: bool = False
    return_addresses: Sequence[str] = ()
    tells: Sequence[str] = ()


def put(site: Site, *, slug: str = "") -> OutsideSite:
    """Add a site, or change the one with this slug.

    Raises:
        PublishingError: A field is missing or wrong.
    """
    name = " ".join(site.name.split())[:120]
    if not name:
        raise PublishingError("name", "is needed")
    _check_address("address", site.address)
    if site.privacy_address:
        _check_address("privacy_address", site.privacy_address)
    about, sets = _texts(site.about), _texts(site.sets or {})
    if not about.get("en"):
        raise PublishingError("about-en", "is needed: what one finds there")
    if site.is_service and not sets.get("en"):
        raise PublishingError("sets-en", "is needed: what the service sets and keeps (TH-3.3)")
    if site.sign_on and not site.is_service:
        raise PublishingError("sign_on", "is for services alone")
    for each in site.return_addresses:
        _check_address("return_addresses", each, secure=True)
    if site.sign_on and not site.return_addresses:
        raise PublishingError("return_addresses", "is needed for signing in by way of us")
    if not set(site.tells) <= set(TELLS):
        raise PublishingError("tells", "is not one of what a service may be told")
    row = OutsideSite.objects.filter(slug=slug).first() if slug else None
    if row is None:
        row = OutsideSite(slug=slug or slug_of(name))
    row.name, row.address, row.about = name, site.address.strip(), about
    row.is_service, row.sets, row.privacy_address = site.is_service, sets, site.privacy_address.strip()
    row.needs_cookies, row.sign_on = site.needs_cookies, site.sign_on
    row.return_addresses, row.tells = (
        [each.strip() for each in site.return_addresses],
        sorted(set(site.tells)),
    )
    row.checked_on, row.broken = None, []
    if row.sign_on and not row.client_id:
        row.client_id = f"{row.slug[:24]}-{secrets.token_hex(6)}"
    try:
        row.save()
    except IntegrityError:
        raise PublishingError("name", "is in the register already") from None
    return row


def shown() -> list[OutsideSite]:
    """The register as it is shown, by name."""
    return list(OutsideSite.objects.filter(withdrawn=False).order_by("name"))


def service(slug: str) -> OutsideSite | None:
    """A service by its part of the address."""
    return OutsideSite.objects.filter(slug=slug, is_service=True, withdrawn=False).first()


def withdraw(slug: str, *, withdrawn: bool = True) -> None:
    """Link to it no more, or again."""
    OutsideSite.objects.filter(slug=slug).update(withdrawn=withdrawn)


def service_of_address() -> dict[str, str]:
    """For each host of a service, its part of the address: a link there goes by way of the notice."""
    rows = OutsideSite.objects.filter(is_service=True, withdrawn=False).values_list("address", "slug")
    return {urlsplit(address).netloc.casefold(): slug for address, slug in rows}


def new_secret(slug: str) -> str:
    """Make a service's secret anew; it is returned once and kept as a hash.

    Raises:
        PublishingError: The service does not sign patrons on.
    """
    secret = secrets.token_urlsafe(32)
    done = OutsideSite.objects.filter(slug=slug, sign_on=True).update(secret_hash=_hashed(secret))
    if not done:
        raise PublishingError("sign_on", "is not switched on for this service")
    return secret


def is_secret(row: OutsideSite, secret: str) -> bool:
    """Whether this is the service's secret."""
    return bool(row.secret_hash) and hmac.compare_digest(row.secret_hash, _hashed(secret))


def client(client_id: str) -> OutsideSite | None:
    """The service that a sign-on names, if it may sign patrons on."""
    if not client_id:
        return None
    return OutsideSite.objects.filter(client_id=client_id, sign_on=True, withdrawn=False).first()


# dead links


def check_links(
    today: dt.date, answers: Answers | None = None, *, every_days: int = CHECK_EVERY_DAYS, most: int = 1000
) -> int:
    """Try the addresses of sites that were not tried of late; how many sites have one that does not answer.

    Args:
        most: At most so many sites now, those first that waited longest.
    """
    answers = answers or _answers
    since = today - dt.timedelta(days=every_days)
    due = OutsideSite.objects.filter(withdrawn=False).exclude(checked_on__gt=since)
    broken = 0
    for row in due.order_by(F("checked_on").asc(nulls_first=True), "pk")[:most]:
        addresses = [("address", row.address), ("privacy_address", row.privacy_address)]
        row.broken = [name for name, address in addresses if address and not answers(address)]
        row.checked_on = today
        row.save(update_fields=["broken", "checked_on"])
        broken += bool(row.broken)
    return broken


def flagged() -> list[tuple[OutsideSite, str]]:
    """Services without a privacy policy's link, and sites with a dead one (TH-5.3)."""
    out = []
    for row in shown():
        if row.is_service and not row.privacy_address:
            out.append((row, "has no link to its privacy policy"))
        if "privacy_address" in row.broken:
            out.append((row, "has a privacy policy that does not answer"))
        if "address" in row.broken:
            out.append((row, "does not answer"))
    return out


def _answers(address: str) -> bool:
    """Whether something is there. The server asks, by itself, and says nothing of anybody."""
    try:
        request = Request(address, headers={"User-Agent": "link check"})  # noqa: S310 - http or https, see put
        with urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            return bool(answer.status < 400)
    except HTTPError as problem:
        # It is there, and does not like to be asked by a program.
        return problem.code in (401, 403, 405, 429)
    except (OSError, ValueError):
        return False


def _check_address(field: str, address: str, *, secure: bool = False) -> None:
    parts = urlsplit(address.strip())
    allowed = ("https",) if secure and parts.hostname not in ("127.0.0.1", "localhost") else ("https", "http")
    if parts.scheme not in allowed or not parts.hostname or parts.username or len(address) > 400:
        raise PublishingError(field, f"is an address that begins with {allowed[0]}://")


def _texts(texts: Mapping[str, str]) -> dict[str, str]:
    return {code: text.strip()[:2000] for code in LANGUAGES if (text := texts.get(code, "")).strip()}


def _hashed(secret: str) -> str:
    # The secret is 32 random bytes: one round of a hash is enough, nobody guesses it.
    return hashlib.sha256(secret.encode()).hexdigest()
