"""A destroyed key is gone from the bytes on the disk too, the write-ahead log among them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.db import connections

import circumspect
from circumspect.trust.vault.models import EpochKey, SubjectKey
from circumspect.trust.vault.vault import EpochRule, Vault

ROOM = Path(circumspect.__file__).parent


def bytes_on_disk(alias: str) -> bytes:
    """Database, log and all else beside it."""
    path = Path(connections[alias].settings_dict["NAME"])
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


@pytest.mark.clause("TH-1.8", "MP-4.7")
@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_a_destroyed_key_is_nowhere_in_the_key_store(transactional_db, home, clock):
    """Whoever steals the key folder the same evening cannot bring a forgotten patron back."""
    Vault.create(home)
    vault = Vault.open(home, {"loans": EpochRule(28, 365)}, lambda: clock.now.date())
    vault.new_subjects(range(1, 40))
    epoch = vault.link("loans", 7).epoch
    keys = [
        bytes(SubjectKey.objects.get(subject=7).wrapped),
        bytes(EpochKey.objects.get(epoch=epoch).wrapped),
    ]
    on_sqlite = connections["keys"].vendor == "sqlite"
    if on_sqlite:
        assert all(key in bytes_on_disk("keys") for key in keys)

    vault.destroy_subject(7)
    vault.destroy_epoch("loans", epoch)

    assert not SubjectKey.objects.filter(subject=7).exists()
    assert EpochKey.objects.get(epoch=epoch).wrapped is None
    if on_sqlite:
        assert not any(key in bytes_on_disk("keys") for key in keys)


def test_nothing_but_the_door_and_the_vault_itself_reaches_the_unsealing_room():
    """The import contract, told from the sources: also for an import inside a function."""
    reaching = {
        path.relative_to(ROOM).as_posix()
        for path in ROOM.rglob("*.py")
        if any("unsealing" in name for name in imported(path))
    }

    assert reaching == {"trust/door/door.py", "trust/vault/vault.py"}


def test_nothing_but_the_door_claims_the_right_to_unseal():
    claiming = {
        path.relative_to(ROOM).as_posix()
        for path in ROOM.rglob("*.py")
        if "claim_unsealer(" in path.read_text(encoding="utf-8")
    }

    assert claiming == {"trust/door/door.py", "trust/vault/vault.py"}


def imported(path: Path) -> set[str]:
    """Every dotted name that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names
