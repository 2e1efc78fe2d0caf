"""Look at the keys, and change them: the key-encryption key, or the keys of the blind indexes.

Both changes go on where they stopped: every old key stays until nothing needs it, and what has been
done is told by the data themselves. No server may run meanwhile, for it would go on with old keys.

The old key file is removed when nothing in the key store is wrapped under it. Backups of keys made
before that day still hold it, and live thirty days.

Source: the founding issue, section 2; clauses MP-4.7, MP-4.15.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from circumspect.faces.cli.console import progress, say, say_json
from circumspect.faces.cli.homes import the_house
from circumspect.home import Home, HomeError
from circumspect.records.patrons import upkeep
from circumspect.trust.door.house import local_day, utc_now
from circumspect.trust.vault.keyring import Keyring, kek_name
from circumspect.trust.vault.keystore import KeyStore
from circumspect.trust.vault.vault import INDEX

_BATCH = 1000
_LEFT_OVER = ".destroyed"


def status(home: Home) -> dict[str, Any]:
    """What keys there are, and whether a change of keys is unfinished. Reads no key of a patron."""
    keyring = Keyring.from_home(home)
    store = KeyStore(keyring)
    generations = sorted(store.named_keys(INDEX))
    today = local_day(home, utc_now())
    return {
        "key_folder": str(home.keys),
        "key_encryption_keys": [
            {"file": kek_name(version), "wraps": store.wrapped_under().get(version, 0)}
            for version in keyring.versions
        ],
        "index_generations": generations,
        "epochs": [
            {
                "series": epoch.series,
                "epoch": epoch.number,
                "ends_on": epoch.ends_on,
                "dies_on": epoch.dies_on,
            }
            for epoch in store.epochs(today)
        ],
        "due_epochs": len(store.due_epochs(today)),
        "unfinished": unfinished(home, keyring.versions, generations),
    }


def unfinished(home: Home, versions: tuple[int, ...], generations: list[int]) -> list[str]:
    """Which change of keys was begun and not ended."""
    found = ["key-encryption key"] if len(versions) > 1 or _leftovers(home) else []
    return found + (["index keys"] if len(generations) > 1 else [])


def show_status(home: Home, *, as_json: bool) -> None:
    """Print the status."""
    told = status(home)
    if as_json:
        say_json(told)
        return
    say(f"Key folder: {told['key_folder']}")
    for kek in told["key_encryption_keys"]:
        say(f"  {kek['file']} wraps {kek['wraps']:,} keys")
    say(f"Index keys: generation {', '.join(map(str, told['index_generations']))}")
    for epoch in told["epochs"]:
        say(
            f"Epoch {epoch['epoch']} of {epoch['series']}: links until {epoch['ends_on']}, forgotten on {epoch['dies_on']}"
        )
    for name in told["unfinished"]:
        say(
            f"Unfinished: the change of the {name}. Run: circumspect keys rotate{' --index' if name == 'index keys' else ''}"
        )


def rotate_key_encryption_key(home: Home) -> None:
    """Make a new key-encryption key, wrap every key under it, remove the old one; or go on doing so.

    Raises:
        HomeError: A server is running, or the key folder cannot be written.
        KeyringError: A key cannot be unwrapped; nothing is removed.
    """
    with home.only_server():
        keyring = Keyring.from_home(home)
        if len(keyring.versions) == 1 and not _leftovers(home):
            Keyring.add_to_home(home, keyring.current + 1)
            keyring = Keyring.from_home(home)
        else:
            say("Going on with a change of keys that was interrupted.")
        store = KeyStore(keyring)
        total = sum(count for version, count in store.wrapped_under().items() if version < keyring.current)
        done = 0
        with progress("Keys wrapped anew") as tell:
            while batch := store.rewrap_subjects(_BATCH):
                done += batch
                tell(done, total)
            done += store.rewrap_the_rest()
            tell(done, total)
        _remove_old(home, store)
    say(f"{done:,} keys are now wrapped under {kek_name(keyring.current)}.")
    say("Make a new backup of the keys, and destroy the older ones on their day.")


def _remove_old(home: Home, store: KeyStore) -> None:
    for version in store.keyring.versions[:-1]:
        if version in store.wrapped_under():
            raise HomeError(f"{kek_name(version)} still wraps keys and was kept; run the command again")
        path = home.keys / kek_name(version)
        # First it stops being a key: half written over under its own name, it would be a damaged one.
        path.rename(path.with_name(path.name + _LEFT_OVER))
    for path in _leftovers(home):
        _destroy(path)


def _leftovers(home: Home) -> list[Path]:
    """Old key files that nothing needs, and that are still to be destroyed."""
    return sorted(home.keys.glob(f"kek-*.key{_LEFT_OVER}"))


def _destroy(path: Path) -> None:
    """Write over a file and remove it, durably. On a disk that copies when it writes, only the removal counts."""
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def rotate_index_keys(home: Home) -> None:
    """Make every blind index anew under a new key; or go on doing so.

    Raises:
        HomeError: A server is running.
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    with home.only_server(), progress("Patrons indexed anew") as tell:
        done = 0
        for done, total in upkeep.rotate_index(the_house()):
            tell(done, total)
    say(f"The indexes of {done:,} patrons stand under new keys; the old keys are destroyed.")
