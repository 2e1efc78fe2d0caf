"""A home that cannot be used is refused with one plain sentence that says which part, and code 2."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_support import circumspect, free_port, is_one_plain_sentence, serving


def _remove_key(home: Path) -> None:
    (home / "keys" / "kek-0001.key").unlink()


def _damage_key(home: Path) -> None:
    (home / "keys" / "kek-0001.key").write_text("circumspect-kek-v1 12ab\n")


def _wrong_key(home: Path) -> None:
    (home / "keys" / "kek-0001.key").write_text("circumspect-kek-v1 " + "5a" * 32 + "\n")


def _open_key(home: Path) -> None:
    (home / "keys" / "kek-0001.key").chmod(0o644)


def _no_signing_key(home: Path) -> None:
    (home / "keys" / "ledger.ed25519").unlink()


def _short_signing_key(home: Path) -> None:
    (home / "keys" / "ledger.ed25519").write_bytes(b"short")


def _another_signing_key(home: Path) -> None:
    (home / "keys" / "ledger.ed25519").write_bytes(b"\x07" * 32)


def _no_number(home: Path) -> None:
    path = home / "config.toml"
    path.write_text(path.read_text().replace("owes_cents = 1000", 'owes_cents = "ten dollars"'))


def _no_key_folder(home: Path) -> None:
    shutil.rmtree(home / "keys")


def _no_data_folder(home: Path) -> None:
    shutil.rmtree(home / "data")


def _no_records(home: Path) -> None:
    (home / "data" / "records.sqlite3").unlink()


def _no_key_store(home: Path) -> None:
    (home / "keys" / "keys.sqlite3").unlink()


def _not_a_database(home: Path) -> None:
    (home / "data" / "records.sqlite3").write_bytes(
        b"not a database at all, and long enough to be looked at" * 40
    )


def _broken_config(home: Path) -> None:
    (home / "config.toml").write_text("[library\n")


def _no_config(home: Path) -> None:
    (home / "config.toml").unlink()


def _no_time_zone(home: Path) -> None:
    path = home / "config.toml"
    path.write_text(path.read_text().replace("America/Chicago", "Moon/Crater"))


SPOILED: list[tuple[Callable[[Path], None], str]] = [
    (_remove_key, "no key-encryption key (kek-0001.key)"),
    (_damage_key, "key file kek-0001.key is damaged"),
    (_wrong_key, "key file kek-0001.key is not the one this key store was made with"),
    (_open_key, "kek-0001.key can be read by others (mode 0644). Run: chmod 600"),
    (_no_signing_key, "ledger.ed25519 is missing"),
    (_short_signing_key, "signing key must be 32 bytes"),
    (_another_signing_key, "ledger.ed25519 is not the one this ledger was signed with"),
    (_no_number, "[circulation] owes_cents in config.toml has to be a whole number"),
    (_no_key_folder, "keys is missing: bring it back"),
    (_no_data_folder, "data is missing: bring the data folder back"),
    (_no_records, "records.sqlite3 is missing"),
    (_no_key_store, "keys.sqlite3 is missing"),
    (_not_a_database, "a database cannot be used"),
    (_broken_config, "is not valid TOML"),
    (_no_time_zone, "timezone in config.toml is not a time zone"),
    (_no_config, "is not a library home (no config.toml)"),
]


@pytest.mark.attack(1)
@pytest.mark.parametrize(("spoil", "sentence"), SPOILED, ids=[spoil.__name__ for spoil, _ in SPOILED])
def test_serve_refuses_to_start(empty: Path, spoil: Callable[[Path], None], sentence: str) -> None:
    spoil(empty)
    port = free_port()

    done = circumspect("serve", "--home", empty, "--http", f"127.0.0.1:{port}")

    assert is_one_plain_sentence(done), done
    assert sentence in done.errors
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_missing_database_is_not_made_anew_by_looking_for_it(empty: Path) -> None:
    _no_records(empty)

    for words in (["doctor"], ["staff", "list"], ["keys", "status"], ["backup", empty / "b"]):
        assert circumspect(*words, "--home", empty).code == 2
    assert not (empty / "data" / "records.sqlite3").exists()


def test_keys_of_another_library_do_not_open_this_one(empty: Path, made_sample: Path) -> None:
    shutil.copy(made_sample / "keys" / "kek-0001.key", empty / "keys" / "kek-0001.key")

    done = circumspect("serve", "--home", empty, "--http", f"127.0.0.1:{free_port()}")

    assert is_one_plain_sentence(done)
    assert "not the one this key store was made with" in done.errors


def test_no_home_and_a_home_that_is_none() -> None:
    assert "give --home HOME, or set CIRCUMSPECT_HOME" in circumspect("serve").errors
    done = circumspect("serve", "--home", "/nowhere/at/all")
    assert is_one_plain_sentence(done)
    assert "Make one: circumspect init" in done.errors


def test_a_second_server_on_one_home_is_refused_and_the_first_goes_on(empty: Path) -> None:
    port = free_port()
    with serving(empty, port) as server:
        for words in (
            ["serve", "--http", f"127.0.0.1:{free_port()}"],
            ["keys", "rotate"],
            ["keys", "rotate", "--index"],
        ):
            done = circumspect(*words, "--home", empty)
            assert is_one_plain_sentence(done)
            assert "another server is running" in done.errors
        assert server.poll() is None


def test_a_port_in_use_is_refused(empty: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()

        done = circumspect("serve", "--home", empty, "--http", f"127.0.0.1:{other.getsockname()[1]}")

    assert is_one_plain_sentence(done)
    assert "Address already in use" in done.errors


@pytest.mark.parametrize("address", ["0.0.0.0:8000", "192.0.2.7:80", "[::]:8000", "library.example.org:80"])
def test_plain_http_to_other_machines_is_refused(empty: Path, address: str) -> None:
    done = circumspect("serve", "--home", empty, "--http", address)

    assert is_one_plain_sentence(done)
    assert "plain HTTP would show them everything" in done.errors


@pytest.mark.parametrize("address", ["8000", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000", ":80"])
def test_an_address_that_is_none_is_refused(empty: Path, address: str) -> None:
    done = circumspect("serve", "--home", empty, "--http", address)

    assert is_one_plain_sentence(done)
    assert "--http is HOST:PORT" in done.errors


def test_a_data_folder_that_cannot_be_written_is_refused(empty: Path) -> None:
    for path in (empty / "data", *(empty / "data").iterdir()):
        path.chmod(0o500 if path.is_dir() else 0o400)
    lost = "-dac_override,-dac_read_search,-fowner"
    wrapper = ("setpriv", f"--bounding-set={lost}") if os.geteuid() == 0 else ()

    done = circumspect("serve", "--home", empty, "--http", f"127.0.0.1:{free_port()}", wrapper=wrapper)

    assert is_one_plain_sentence(done)
    assert "cannot be written" in done.errors


def test_wrong_usage_is_code_2_and_names_the_option() -> None:
    for words in (["backup"], ["import", "cards", "x.csv"], ["init"], ["nonsense"]):
        done = circumspect(*words)
        assert done.code == 2
        assert "Usage:" in done.errors
        assert "Traceback" not in done.errors
