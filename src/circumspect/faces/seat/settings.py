"""What a seat's client is told when it starts: where the server is, what to wipe, what to launch.

Rules:
- The seat's key comes from a file that nobody but its owner can read.
- The server is spoken to over TLS. Plain HTTP is for this very machine, or where somebody says so.
- A folder that is wiped is named in full, and is not one whose loss would take the machine along.

No value is repeated in an error: a mistake in a setting names the setting.
"""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# A folder with fewer parts than this is a system's, or everybody's home: /, /home, /home/guest.
_FEWEST_PARTS = 4


class SettingsError(Exception):
    """The client cannot start so. The message names the setting and what to do."""


@dataclass(frozen=True)
class Settings:
    """A seat's settings.

    Attributes:
        host, port, tls: The server.
        key: The seat's key. Never shown.
        page_port: Where the lock screen is served, on this machine alone; 0 for any free port.
        poll_seconds: How often the server is asked how things stand.
        lost_seconds: How long it may be silent before the session here is closed.
        wipe_folders: What a session may have written to; emptied after each.
        lock_command: Launches a full-screen browser on the lock screen; ``{page}`` is its address.
        session_command: Launches what somebody who signed in works with; stopped when the session ends.
        wipe_command: One more thing to do when wiping, such as restoring the machine; it must end with 0.
    """

    host: str
    port: int
    tls: bool
    key: str = field(repr=False)
    ca_file: str = ""
    page_port: int = 8631
    poll_seconds: float = 5.0
    lost_seconds: float = 60.0
    wipe_folders: tuple[Path, ...] = ()
    lock_command: tuple[str, ...] = ()
    session_command: tuple[str, ...] = ()
    wipe_command: tuple[str, ...] = ()


def read_settings(
    server: str, key_file: Path, config_file: Path | None = None, *, insecure_ok: bool = False
) -> Settings:
    """Read the settings.

    Args:
        server: Such as ``https://library.example:443``.
        config_file: A TOML file with the tables ``[seat]``, ``[wipe]`` and ``[commands]``.
        insecure_ok: Plain HTTP to another machine is meant: a test on a closed network.

    Raises:
        SettingsError: One of them does not do.
    """
    host, port, tls = _server(server, insecure_ok=insecure_ok)
    config = _config(config_file)
    seat, wipe, commands = (_table(config, name) for name in ("seat", "wipe", "commands"))
    return Settings(
        host,
        port,
        tls,
        _key(key_file),
        ca_file=_text(seat, "ca_file", ""),
        page_port=int(_number(seat, "page_port", 8631, 0, 65535)),
        poll_seconds=_number(seat, "poll_seconds", 5, 0.05, 60),
        lost_seconds=_number(seat, "lost_seconds", 60, 0, 600),
        wipe_folders=tuple(_folder(each) for each in _texts(wipe, "folders")),
        lock_command=_texts(commands, "lock"),
        session_command=_texts(commands, "session"),
        wipe_command=_texts(commands, "wipe"),
    )


def _server(text: str, *, insecure_ok: bool) -> tuple[str, int, bool]:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise SettingsError("--server is an address such as https://library.example") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise SettingsError("--server is an address such as https://library.example")
    tls = parts.scheme == "https"
    if not tls and parts.hostname not in _LOOPBACK and not insecure_ok:
        raise SettingsError(
            "--server: cards and PINs go over this line; use https, or add --insecure-ok for a test"
        )
    return parts.hostname, port or (443 if tls else 80), tls


def _key(path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"--seat-key-file: {path} cannot be read") from None
    if mode & 0o077:
        raise SettingsError(f"--seat-key-file: others can read {path}; run: chmod 600 {path}")
    if not key.startswith("seat-") or len(key) > 100:
        raise SettingsError(f"--seat-key-file: {path} does not hold a seat's key")
    return key


def _config(path: Path | None) -> Mapping[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"--config: {path} cannot be read") from None
    except tomllib.TOMLDecodeError:
        raise SettingsError(f"--config: {path} is not TOML") from None


def _table(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = config.get(name, {})
    if not isinstance(table, dict):
        raise SettingsError(f"[{name}] is not a table")
    return table


def _text(table: Mapping[str, Any], name: str, default: str) -> str:
    value = table.get(name, default)
    if not isinstance(value, str):
        raise SettingsError(f"{name} is not a text")
    return value


def _texts(table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = table.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise SettingsError(f"{name} is not a list of texts")
    return tuple(value)


def _number(table: Mapping[str, Any], name: str, default: float, least: float, most: float) -> float:
    value = table.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise SettingsError(f"{name} is a number from {least} to {most}")
    return value


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute() or ".." in path.parts or len(path.parts) < _FEWEST_PARTS:
        raise SettingsError("[wipe] folders: name each in full, such as /home/guest/profile")
    return path
