"""A library of an attack's own: a home in a temporary folder, its databases, its house.

For attacks that need files no other test has touched, and processes that may be killed. Django is
set up on the new home, so a process makes one such home at most.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

VERSION = "2026-11"


@contextmanager
def a_home(*, fields_on: tuple[str, ...] = ()) -> Iterator[Any]:
    """A home with migrated databases and keys; gone at the end, whatever happened in it."""
    import django
    from django.core.management import call_command
    from django.db import connections

    from circumspect.home import CONFIG_NAME, HOME_VARIABLE, Home

    folder = Path(tempfile.mkdtemp(prefix="circumspect-attack-"))
    try:
        root = folder / "home"
        Home.create(root, name="Attacked Library", institution="1234", sample=True)
        config = root / CONFIG_NAME
        names = ", ".join(f'"{name}"' for name in fields_on)
        config.write_text(config.read_text().replace("on = []", f"on = [{names}]"))
        os.environ[HOME_VARIABLE] = str(root)
        os.environ["DJANGO_SETTINGS_MODULE"] = "circumspect.settings"
        django.setup()
        for alias in ("default", "keys", "ledger"):
            call_command("migrate", database=alias, verbosity=0)
        make_keys(Home.open(root))
        yield Home.open(root)
        connections.close_all()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_keys(home: Any) -> None:
    """The keys of a new home. Needs a migrated key store."""
    from circumspect.trust.door.house import SIGNING_KEY
    from circumspect.trust.vault.vault import Vault

    Vault.create(home)
    home.write_key_file(SIGNING_KEY, os.urandom(32))


def a_house(home: Any, clock: Any = None) -> Any:
    """The house of a home, with a policy version in force."""
    from circumspect.trust.door.house import build_house, utc_now

    return build_house(home, lambda: VERSION, clock or utc_now)


def staff(*roles: str) -> Any:
    """A member of staff who has signed."""
    from circumspect.trust.policy.request import Actor, ActorKind

    return Actor(ActorKind.STAFF, "1", frozenset(roles), True, VERSION)


def job(name: str) -> Any:
    """Unattended work."""
    from circumspect.trust.policy.request import Actor, ActorKind

    return Actor(ActorKind.JOB, name)


def shelve(count: int, start: int = 0) -> list[str]:
    """Put books on the shelf; their barcodes."""
    from circumspect.records.catalog.models import Branch, Item, ItemType, Title

    Branch.objects.get_or_create(code="main", defaults={"name": "Main"})
    ItemType.objects.get_or_create(code="book", defaults={"name": "Book"})
    title = Title.objects.get_or_create(source_key="a:1", defaults={"title": "Nad Niemnem"})[0]
    barcodes = [f"B{start + number:07d}" for number in range(count)]
    Item.objects.bulk_create(
        Item(barcode=barcode, title=title, item_type_id="book", branch_id="main") for barcode in barcodes
    )
    return barcodes
