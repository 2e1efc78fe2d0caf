"""A library's home: one folder that holds its settings, its data and (until moved elsewhere) its keys.

    HOME/config.toml      what this library has chosen
    HOME/data/            records and ledger; a thief who takes it alone reads nothing
    HOME/keys/            key-encryption keys, the key store and the ledger's signing key

``[keys] folder`` in ``config.toml`` says where the keys are; a real library names a folder on
another disk or one that its service manager fills. A relative path counts from HOME.

This module knows folders, modes and settings. It opens no database and holds no key. It never
repairs a wrong mode or a missing key by itself: it refuses, and says which.

Source: ARCHITECTURE.md, "Where it grows"; guarantee 1.
"""

from __future__ import annotations

import fcntl
import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CONFIG_NAME = "config.toml"
# When backups were made, a line each: day and kinds, nothing of what is in them.
BACKUPS = "backups.jsonl"
HOME_VARIABLE = "CIRCUMSPECT_HOME"

CONFIG_TEMPLATE = """\
# {name}: the choices of this library. `circumspect doctor` explains what is missing or weak.

[library]
name = "{name}"
institution = "{institution}"       # digits 2 to 5 of every barcode this library prints
timezone = "America/Chicago"
languages = ["en", "es", "pl"]
sample = {sample}                     # a sample library says so on every page

[keys]
folder = "keys"                      # move it to another disk, and name its path here

[database]                           # empty: SQLite files in data/ and in the key folder
records = ""                         # or postgresql://user:password@host/database
keys = ""
ledger = ""

[web]
hosts = ["127.0.0.1", "localhost"]
https = false                        # true behind TLS: cookies are then sent over https alone
proxy_header = ""                    # such as "X-Forwarded-For", which your own proxy writes: tries are counted by it
idle_seconds = 180                   # the desk locks itself after this long without a key pressed
clear_seconds = 90                   # and takes the open patron off the screen after this long

[staff]
second_factor = "{second_factor}"          # "required", or "optional" (a sample library only)

[join]                               # the page at /join/ on which people make a temporary card for themselves
on = false
networks = ["127.0.0.1", "::1"]      # the kiosk's address, such as "10.0.5.17", or its network, "10.0.5.0/24"
branch = "main"                      # where those cards belong to
days = 14                            # how long they live; whoever does not come to the desk is then forgotten
most_an_hour = 20

[backup]
age = []                             # public keys (age1...) that backups are encrypted to: circumspect backup-key FILE

[fields]
on = []                              # fields that ship off: "driver_licence", "sex"

[public_records]                     # the website's page on asking for public records: /library/records/
officer = "{foia_officer}"              # who answers, with a title
address = ""
email = ""
phone = ""
free_pages = 50                      # black and white, letter or legal paper; the law's least
cents_a_page = 15                    # for each further one; the law's most

[circulation]                        # from which count on a block is in effect; 0 is never
owes_cents = 1000
overdue_items = 10
lost_items = 1
claims = 5                           # items said to be returned
long_overdue_days = 28               # past due; a loan rule may say otherwise
lost_days = 42                       # then an item is given up as lost, and billed
claim_days = 180                     # past due; an open claim is granted then, and nobody tied to it any more
renew_days_before = 2                # where a loan rule renews by itself
"""


# Settings that may be added to the template's, by section. None: any name, such as a category's code.
_FURTHER: Mapping[str, frozenset[str] | None] = {
    "computers": frozenset({"minutes_a_day", "minutes"}),
    "holds": frozenset({"wish_days"}),
    "ill": frozenset({"most"}),
    "privacy_desk": frozenset(
        {
            "second_person",
            "call_minutes",
            "guard_days",
            # Periods and the calendar of preservation, the tipline, public-records requests and breaches.
            "preserve_days",
            "warn_days",
            "tipline_days",
            "gag_review_days",
            "foia_business_days",
            "foia_extension_business_days",
            "foia_commercial_business_days",
            "foia_recurrent_business_days",
            "foia_voluminous_business_days",
            "breach_threshold",
            "breach_notice_days",
            "late_is_next_day",
            "closes_at",
            "closed_days",
            "open_days",
        }
    ),
    "portal": frozenset({"renew_days_ahead", "address_good_days"}),
    "mail": frozenset(
        {
            "mailbox",
            "site",
            "smtp",
            "smtp_networks",
            "certificate",
            "key",
            "imap",
            "imap_user",
            "imap_password_file",
            "imap_ca_file",
            "imap_folder",
            "imap_tls",
            "every_minutes",
        }
    ),
    # The public side: its own address, and where weaknesses may be reported (an address of the web or of mail).
    "publishing": frozenset({"address", "security"}),
    "social": None,  # by an account's name, its address
    "notices": frozenset(
        {
            "on",
            "almost_due_days",
            "overdue_days",
            "bill_days",
            "card_expiring_days",
            "balance_on_day",
            "balance_from_cents",
            "send_from",
            "send_until",
            "default_channel",
            "post",
            "paper",
            "phone",
            "phones",
            "email",
            "sms",
        }
    ),
    "statistics": frozenset({"smallest", "round_to", "year_begins", "children", "engine"}),
    "visits": frozenset(
        {"on", "start", "database", "proxy_header", "keep_addresses_hours", "keep_addresses_decision"}
    ),
    "categories": None,
    "media_types": None,  # by item type
}


_OF_STAFF = frozenset({"step_up_minutes", "lapsed_training_closes", "most_designated", "training_topics"})


def known_settings() -> dict[str, frozenset[str] | None]:
    """Every setting that something here reads, by section of config.toml; None where any name will do."""
    text = CONFIG_TEMPLATE.format(
        name="", institution="", sample="true", second_factor="required", foia_officer=""
    )
    template = {section: frozenset(names) for section, names in tomllib.loads(text).items()}
    staff = template["staff"] | _OF_STAFF
    return {**template, **_FURTHER, "staff": staff}


class HomeError(Exception):
    """A home cannot be used. The message names the file or setting and what to do."""


@dataclass(frozen=True)
class Home:
    """Where a library lives, and what it has chosen.

    Attributes:
        root: The home folder.
        config: The parsed ``config.toml``.
    """

    root: Path
    config: Mapping[str, Any] = field(repr=False)

    @classmethod
    def open(cls, root: Path) -> Home:
        """Read a home's settings.

        Raises:
            HomeError: There is no readable, well-formed ``config.toml``.
        """
        path = root / CONFIG_NAME
        try:
            config = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise HomeError(
                f"{root} is not a library home (no {CONFIG_NAME}). Make one: circumspect init {root}"
            ) from None
        except (OSError, UnicodeDecodeError) as problem:
            raise HomeError(f"{path} cannot be read: {type(problem).__name__}") from problem
        except tomllib.TOMLDecodeError as problem:
            raise HomeError(f"{path} is not valid TOML: {problem}") from problem
        return cls(root.resolve(), config)

    @classmethod
    def create(cls, root: Path, *, name: str, institution: str, sample: bool) -> Home:
        """Make the folders and the settings of a new home; keys and databases come later.

        Raises:
            HomeError: The folder already holds something, or cannot be written.
        """
        if root.exists() and any(root.iterdir()):
            raise HomeError(f"{root} is not empty. Choose a new folder, or serve the home that is there.")
        try:
            for folder in (root, root / "data", root / "keys"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.chmod(0o700)
            text = CONFIG_TEMPLATE.format(
                name=name.replace('"', "'"),
                institution=institution,
                sample="true" if sample else "false",
                second_factor="optional" if sample else "required",
                foia_officer="Priya Raman, FOIA officer" if sample else "",
            )
            (root / CONFIG_NAME).write_text(text, encoding="utf-8")
        except OSError as problem:
            raise HomeError(f"{root} cannot be written: {problem.strerror}") from problem
        return cls.open(root)

    @property
    def data(self) -> Path:
        """The folder of records and ledger."""
        return self.root / "data"

    @property
    def keys(self) -> Path:
        """The folder of keys, which should not be beside the data in a real library."""
        return self.root / str(self.setting("keys", "folder", "keys"))

    def setting(self, section: str, name: str, default: Any) -> Any:
        """One setting, or its default where ``config.toml`` does not name it."""
        return self.config.get(section, {}).get(name, default)

    @property
    def is_sample(self) -> bool:
        """Whether this is the sample library, whose people are invented."""
        return bool(self.setting("library", "sample", False))

    @property
    def fields_on(self) -> frozenset[str]:
        """The optional fields this library has switched on, such as "sex" (TH-1.7, TH-1.14)."""
        return frozenset(self.setting("fields", "on", []))

    @property
    def proxy_header(self) -> str:
        """The header in which the library's own proxy says whose a request is; "" where none stands before the server."""
        return str(self.setting("web", "proxy_header", "") or self.setting("visits", "proxy_header", ""))

    def read_key_file(self, name: str) -> bytes:
        """A key file's bytes.

        Raises:
            HomeError: The file is missing, unreadable, or readable by others.
        """
        path = self.keys / name
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & 0o077:
                raise HomeError(
                    f"key file {path} can be read by others (mode {mode:04o}). Run: chmod 600 {path}"
                )
            return path.read_bytes()
        except FileNotFoundError:
            raise HomeError(
                f"key file {path} is missing. Bring the key folder back, or correct [keys] folder."
            ) from None
        except OSError as problem:
            raise HomeError(f"key file {path} cannot be read: {problem.strerror}") from problem

    def write_key_file(self, name: str, content: bytes) -> None:
        """Write a new key file that only its owner can read, durably. Never overwrites one.

        Raises:
            HomeError: It exists already, or cannot be written.
        """
        path = self.keys / name
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            folder = os.open(self.keys, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except FileExistsError:
            raise HomeError(f"key file {path} is there already; a key is never overwritten") from None
        except OSError as problem:
            raise HomeError(f"key file {path} cannot be written: {problem.strerror}") from problem

    @contextmanager
    def only_server(self) -> Iterator[None]:
        """Hold this home for one server. Two on one home would lend from two clocks.

        Raises:
            HomeError: Another server holds it, or the data folder cannot be written.
        """
        path = self.data / "server.lock"
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            raise HomeError(f"{self.data} cannot be written: {problem.strerror}") from problem
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise HomeError(f"another server is running on {self.root}. Stop it first.") from None
            yield
        finally:
            os.close(handle)


def home_from_environment() -> Home | None:
    """The home that ``CIRCUMSPECT_HOME`` names, or None where it names none.

    Raises:
        HomeError: It names a folder that is not a home.
    """
    root = os.environ.get(HOME_VARIABLE, "")
    return Home.open(Path(root)) if root else None
