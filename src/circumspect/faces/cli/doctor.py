"""Say in plain words what is misconfigured, weak or overdue in a home, and what to do about it.

Three grades: *wrong* breaks a promise or soon will; *weak* is worse than it need be; a *note* is for
knowing. A sample library may be weak where a real one would be wrong: its people are invented.

Each check is a small function that yields findings. One that cannot be made is itself a finding: a
doctor who falls ill at the sight of the patient is no help.

Source: the founding issue, section 4; guarantees 1, 6, 7; clauses TH-1.5, MP-7.10, MP-7.16.
"""

from __future__ import annotations

import datetime as dt
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import parse_qs, urlparse
from zoneinfo import ZoneInfo

from django.db import connections

from circumspect.faces.cli import building, drilling, making
from circumspect.faces.cli.archives import key_files
from circumspect.faces.cli.console import say, say_json
from circumspect.faces.cli.homes import ALIASES
from circumspect.faces.cli.keyrounds import unfinished
from circumspect.faces.cli.problems import FOUND_WRONG, OK, free_bytes, in_one_sentence
from circumspect.faces.cli.serving import is_loopback
from circumspect.faces.cli.witnessing import signer
from circumspect.home import Home, HomeError, known_settings
from circumspect.offices.notices.kinds import NoticeSettings
from circumspect.offices.privacydesk import foia_public
from circumspect.offices.publishing import outside, policies
from circumspect.offices.retention import deciding, sweeping
from circumspect.offices.review import promises as reviewing
from circumspect.offices.staff import accounts, coverage, duelist, duty, signoff
from circumspect.records.circulation import rulebook
from circumspect.records.inquiries.mailsettings import MailSettings, place
from circumspect.trust.door.house import local_day, utc_now
from circumspect.trust.ledger.store import Ledger
from circumspect.trust.policy.fields import Fields
from circumspect.trust.policy.policy import Policy
from circumspect.trust.policy.schedule import Schedule
from circumspect.trust.vault.keyring import Keyring
from circumspect.trust.vault.keystore import KeyStore
from circumspect.trust.vault.vault import INDEX, Vault

WRONG = "wrong"
WEAK = "weak"
NOTE = "note"
_FULL_SOON_BYTES = 1 << 30
_FULL_NOW_BYTES = 100 << 20
_SIGNED_WITHIN = dt.timedelta(days=1)
_DRILLED_WITHIN = dt.timedelta(days=100)
# When this program was made: a clock before it is wrong.
_MADE = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
_DATABASES = ("records", "keys", "ledger")
_TLS_MODES = ("require", "verify-ca", "verify-full")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a library should know of itself.

    Attributes:
        grade: WRONG, WEAK or NOTE.
        about: Which part, in a word or two.
        text: What is so.
        remedy: What to do.
    """

    grade: str
    about: str
    text: str
    remedy: str


def examine(home: Home) -> list[Finding]:
    """Every finding, the worst first."""
    found: list[Finding] = []
    for check in _CHECKS:
        try:
            found.extend(check(home))
        except Exception as problem:  # noqa: BLE001 - a check that cannot be made is a finding, and the others go on
            sentence = (
                in_one_sentence(problem, home) or f"this could not be looked at ({type(problem).__name__})"
            )
            found.append(
                Finding(WRONG, check.__name__.strip("_").replace("_", " "), sentence, "Mend this first.")
            )
    grades = (WRONG, WEAK, NOTE)
    return sorted(found, key=lambda finding: grades.index(finding.grade))


def report(home: Home, *, as_json: bool) -> int:
    """Print the findings; FOUND_WRONG where one of them is wrong."""
    found = examine(home)
    code = FOUND_WRONG if any(finding.grade == WRONG for finding in found) else OK
    if as_json:
        say_json({"ok": code == OK, "findings": [asdict(finding) for finding in found]})
        return code
    for finding in found:
        say(f"{finding.grade.upper():<6}{finding.about}: {finding.text}")
        say(f"      {finding.remedy}")
    counted = ", ".join(
        f"{sum(each.grade == grade for each in found)} {grade}" for grade in (WRONG, WEAK, NOTE)
    )
    say(f"{home.setting('library', 'name', 'The library')}: {counted}.")
    return code


def _worse_if_real(home: Home) -> str:
    return WEAK if home.is_sample else WRONG


# where things lie


def _settings(home: Home) -> Iterator[Finding]:
    known = known_settings()
    for section in sorted(set(home.config) - set(known)):
        yield Finding(
            WEAK, "settings", f"nothing here reads the section [{section}]", "Correct its name, or remove it."
        )
    for section, names in known.items():
        said = home.config.get(section, {})
        if not isinstance(said, dict):
            yield Finding(WRONG, "settings", f"{section} is no section", f"Write it as [{section}].")
        elif names is not None:
            for name in sorted(set(said) - names):
                yield Finding(
                    WEAK,
                    "settings",
                    f"nothing here reads {name} in [{section}]",
                    "Correct its name, or remove it.",
                )
    optional = {field for series in Fields.load().series.values() for field in series.optional}
    for number, field in enumerate(sorted(home.fields_on), start=1):
        if field not in optional:
            yield Finding(
                WRONG,
                "settings",
                f"[fields] on: entry {number} is no optional field",
                f"Choose from {sorted(optional)}.",
            )


def _library(home: Home) -> Iterator[Finding]:
    if not building.is_institution(str(home.setting("library", "institution", ""))):
        yield Finding(
            WRONG,
            "library",
            "[library] institution is not four digits: no card gets a number from here",
            "Write digits 2 to 5 of the library's barcodes.",
        )
    try:
        rulebook.refuse_bad_settings(home)
    except HomeError as problem:
        yield Finding(WRONG, "library", str(problem), "Correct it: the server does not start so.")


def _key_folder(home: Home) -> Iterator[Finding]:
    keys, grade = home.keys.resolve(), _worse_if_real(home)
    if keys.is_relative_to(home.root):
        yield Finding(
            grade,
            "key folder",
            "the keys lie inside the home: whoever copies the home has records and keys",
            "Move the folder to another disk, and name its path in [keys] folder.",
        )
    elif keys.stat().st_dev == home.data.stat().st_dev:
        yield Finding(
            WEAK,
            "key folder",
            "the keys lie on the same disk as the data",
            "Use another disk, or your service manager's credentials.",
        )


def _modes(home: Home) -> Iterator[Finding]:
    for folder in (home.keys, home.data):
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & 0o077:
            yield Finding(
                WRONG,
                "modes",
                f"{folder} is open to other users (mode {mode:04o})",
                f"Run: chmod 700 {folder}",
            )
    files = [home.keys / name for name in key_files(home)] + [home.root / "config.toml"]
    for path in files:
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.name != "config.toml" and mode & 0o077:
            yield Finding(
                WRONG, "modes", f"{path} can be read by others (mode {mode:04o})", f"Run: chmod 600 {path}"
            )
        if path.name == "config.toml" and mode & 0o007 and _names_passwords(home):
            yield Finding(
                WRONG,
                "modes",
                f"{path} holds a database password and can be read by others",
                f"Run: chmod 600 {path}",
            )
    if os.geteuid() == 0:
        yield Finding(
            WEAK,
            "account",
            "this runs as root",
            "Give the library an account of its own, and the home to that account.",
        )


def _names_passwords(home: Home) -> bool:
    return any(urlparse(str(url)).password for url in home.config.get("database", {}).values())


def _disk(home: Home) -> Iterator[Finding]:
    for folder in dict.fromkeys((home.data, home.keys)):
        free = free_bytes(folder)
        if free < _FULL_SOON_BYTES:
            grade = WRONG if free < _FULL_NOW_BYTES else WEAK
            yield Finding(
                grade,
                "disk",
                f"{free >> 20} MB are free where {folder} lies",
                "Make room: on a full disk nothing opens.",
            )


# databases


def _databases(home: Home) -> Iterator[Finding]:
    for alias in making.databases_behind():
        yield Finding(
            WEAK,
            "databases",
            f"{alias} has an older shape",
            "The next start of the server brings it up to date.",
        )
    for alias in ALIASES:
        if connections[alias].vendor == "sqlite":
            yield from _pragmas(alias)
        else:
            yield from _tls(home, alias)


def _pragmas(alias: str) -> Iterator[Finding]:
    wanted = {"journal_mode": ("wal",), "synchronous": (2, 3), "secure_delete": (1,), "foreign_keys": (1,)}
    with connections[alias].cursor() as cursor:
        for name, good in wanted.items():
            cursor.execute(f"PRAGMA {name}")
            if cursor.fetchone()[0] not in good:
                yield Finding(
                    WRONG,
                    "databases",
                    f"{alias} does not have {name} as it must be",
                    "Restore the program's own settings.",
                )
        cursor.execute("PRAGMA quick_check(1)")
        if cursor.fetchone()[0] != "ok":
            yield Finding(WRONG, "databases", f"{alias} is damaged", "Stop the server, and restore a backup.")


def _tls(home: Home, alias: str) -> Iterator[Finding]:
    url = urlparse(str(home.setting("database", "records" if alias == "default" else alias, "")))
    told = parse_qs(url.query)
    host = url.hostname or told.get("host", [""])[0]
    if (
        host
        and not host.startswith("/")
        and not is_loopback(host)
        and told.get("sslmode", [""])[0] not in _TLS_MODES
    ):
        yield Finding(
            WRONG,
            "databases",
            f"{alias} is reached over the network without asking for TLS",
            "Add ?sslmode=verify-full to its address in [database].",
        )


def _clock(_home: Home) -> Iterator[Finding]:
    now, ledger = utc_now(), Ledger()
    last = ledger.entries(ledger.size() - 1, ledger.size()) if ledger.size() else []
    said = dt.datetime.fromisoformat(last[0].body["at"]) if last else _MADE
    if now < _MADE or now + dt.timedelta(minutes=5) < said:
        yield Finding(
            WRONG,
            "clock",
            "this machine's clock is behind: the ledger holds later times",
            "Set the clock and keep it set: keys die by the calendar.",
        )


# keys, ledger, schedule


def _keys(home: Home) -> Iterator[Finding]:
    keyring = Keyring.from_home(home)
    Vault.open(home, {}, lambda: local_day(home, utc_now()))
    store = KeyStore(keyring)
    for name in unfinished(home, keyring.versions, sorted(store.named_keys(INDEX))):
        index = " --index" if name == "index keys" else ""
        yield Finding(
            WRONG,
            "keys",
            f"the change of the {name} is unfinished",
            f"Stop the server, and run: circumspect keys rotate{index}",
        )
    due = store.due_epochs(local_day(home, utc_now()))
    if due:
        yield Finding(
            WRONG,
            "keys",
            f"{len(due)} epochs are over and their keys not yet destroyed",
            "Start the server: it does so within minutes. The keys open nothing meanwhile.",
        )


def _ledger(home: Home) -> Iterator[Finding]:
    ledger = Ledger(signer(home))
    ledger.refuse_another_key()
    last, size = ledger.latest_checkpoint(), ledger.size()
    if size and (last is None or (last.size < size and utc_now() - last.at > _SIGNED_WITHIN)):
        covered = last.size if last else 0
        yield Finding(
            WRONG if last else WEAK,
            "ledger",
            f"{size - covered} of {size} entries are not signed",
            "Start the server, or run: circumspect ledger checkpoint",
        )


def _schedule(_home: Home) -> Iterator[Finding]:
    missing = Schedule.load().in_force(deciding.decisions()).missing_references()
    if missing:
        yield Finding(
            WEAK,
            "retention",
            f"{len(missing)} series have no number of an approved schedule: {', '.join(missing)}",
            "Enter the numbers when the schedule is approved (TH-1.5).",
        )


def _sweep(home: Home) -> Iterator[Finding]:
    last = sweeping.last_sweep()
    if last is None:
        yield Finding(
            _worse_if_real(home),
            "retention",
            "nothing past its rule has been swept away yet",
            "Start the server, or run: circumspect forget",
        )
    elif last.failed:
        yield Finding(
            WRONG,
            "retention",
            f"parts of the last sweep failed: {', '.join(last.failed)}",
            "The log says why. Run: circumspect forget",
        )
    elif utc_now() - last.ended_at > sweeping.LATE:
        yield Finding(
            WRONG,
            "retention",
            f"no sweep since {last.day}: what is past its rule opens nothing, but its rows lie there",
            "Start the server, or run: circumspect forget",
        )


def _policy(home: Home) -> Iterator[Finding]:
    version = signoff.version_in_force(utc_now())
    if version is None:
        yield Finding(
            WRONG, "policy", "no policy version is in force: the door opens for nobody", "Publish one."
        )
    elif version.policy_hash != Policy.load(home.fields_on).hash:
        yield Finding(
            WRONG,
            "policy",
            f"the rules this program decides by are not those of version {version.number}, which staff have signed",
            "Publish a new version: circumspect policy publish",
        )


# people and the web


def _staff(home: Home) -> Iterator[Finding]:
    if home.setting("staff", "second_factor", "required") != "required":
        yield Finding(
            _worse_if_real(home),
            "staff",
            "a password alone signs staff in",
            'Set [staff] second_factor = "required".',
        )
    members = accounts.list_members(active_only=True)
    if not any("executive_director" in member.roles or "system" in member.roles for member in members):
        yield Finding(
            WRONG, "staff", "no active account may look after the others", "Run: circumspect staff add"
        )
    unsigned = [member.username for member in signoff.unsigned_members()]
    if unsigned:
        yield Finding(
            WEAK,
            "staff",
            f"have not signed the policy in force: {', '.join(unsigned)}",
            "The door stays shut for them until they do.",
        )
    waiting = [member.username for member in members if member.must_change_password]
    if waiting:
        yield Finding(
            WEAK,
            "staff",
            f"still have a printed password: {', '.join(waiting)}",
            "It is replaced at their first sign-in.",
        )


def _people(home: Home) -> Iterator[Finding]:
    """Those who may authorise a disclosure: whose term ends, which hours nobody covers, what of their duties is overdue."""
    now = utc_now()
    ending = duelist.ending_soon(now)
    if ending:
        yield Finding(
            WEAK,
            "people",
            "designations end within a month: " + _some([f"{each.who} on {each.due_on}" for each in ending]),
            "The Executive Director names them anew, or others: the desk's Office, Designations and duty.",
        )
    gaps = coverage.gaps(ZoneInfo(str(home.setting("library", "timezone", "America/Chicago"))), now)
    if gaps:
        yield Finding(
            WEAK,
            "people",
            "nobody designated is on duty: "
            + _some([f"{each.branch}, {each.day}, {each.hours}" for each in gaps]),
            "Put somebody on the roster: the desk's Office, Designations and duty.",
        )
    unreached = [
        each.display_name
        for each in duty.call_order(now)
        if not (each.sealed_work_email or each.sealed_work_phone)
    ]
    if unreached:
        yield Finding(
            WEAK,
            "people",
            "no work e-mail and no telephone, so that an urgent request does not reach them: "
            + _some(unreached),
            "Enter them: the desk's Office, Designations and duty.",
        )
    late = duelist.overdue_duties(now)
    if late:
        yield Finding(
            WEAK,
            "people",
            "overdue: " + _some([": ".join(filter(None, (each.who, each.what))) for each in late]),
            "The desk's Office, Who is due, has all of it.",
        )


def _some(words: list[str], most: int = 4) -> str:
    more = f"; and {len(words) - most} more" if len(words) > most else ""
    return "; ".join(words[:most]) + more


def _review(_home: Home) -> Iterator[Finding]:
    now = utc_now()
    since = reviewing.not_reviewed_since(Ledger(), now)
    if since is not None:
        yield Finding(
            WRONG,
            "review",
            f"looks since {since} have not been gone through",
            "Start the server: it reviews once a day.",
        )
    waiting = reviewing.waiting_too_long(now)
    if waiting:
        yield Finding(
            WEAK,
            "review",
            f"{waiting} looks that stand out have waited more than {reviewing.LOOKED_INTO_WITHIN.days} days",
            "Note what came of them: the desk's Office, Looks to look into.",
        )


def _public(home: Home) -> Iterator[Finding]:
    """What the website lacks: a policy, a review in time, links that lead somewhere, an address of its own."""
    now = utc_now()
    if policies.in_force(policies.PRIVACY, now) is None:
        yield Finding(
            WRONG,
            "website",
            "no privacy policy is published",
            "Publish one: the desk's Office, Published policies.",
        )
    for review in policies.overdue(local_day(home, now)):
        yield Finding(
            WEAK,
            "website",
            f"the review of the policy {review.policy} was due {review.due_on}",
            "Write down what it came to.",
        )
    for site, words in outside.flagged():
        yield Finding(
            NOTE,
            "website",
            f"the outside site {site.slug} {words}",
            "Put it right: the desk's Office, Sites that are not ours.",
        )
    if not home.setting("publishing", "address", ""):
        yield Finding(
            NOTE,
            "website",
            "[publishing] address is not set",
            "Name the website's own address, for feeds, posts and sign-ons.",
        )
    if not home.setting("publishing", "security", ""):
        yield Finding(
            NOTE,
            "website",
            "[publishing] security is not set",
            "Name where weaknesses may be reported, for security.txt.",
        )


def _public_records(home: Home) -> Iterator[Finding]:
    if not foia_public.asking(home).officer:
        yield Finding(
            NOTE,
            "website",
            "[public_records] officer is not set: the page on public records names nobody to ask",
            "Name who answers requests, with a title and an address: docs/foia.md.",
        )


def _web(home: Home) -> Iterator[Finding]:
    others = [host for host in home.setting("web", "hosts", []) if not is_loopback(str(host))]
    if others and not home.setting("web", "https", False):
        yield Finding(
            WRONG,
            "web",
            f"[web] hosts names {', '.join(map(str, others))}, and https is false: everything would travel readable",
            "Put a TLS proxy before the server, and set [web] https = true.",
        )
    if "*" in home.setting("web", "hosts", []):
        yield Finding(
            WRONG, "web", '[web] hosts holds "*": the server answers to any name', "Name the hosts."
        )
    if home.setting("web", "https", False) and not home.proxy_header:
        yield Finding(
            WEAK,
            "web",
            "[web] https is true and proxy_header is empty: behind a proxy all the world has one address, and one guesser"
            " keeps everybody from signing in",
            'Name the header that your proxy writes, such as "X-Forwarded-For", in [web] proxy_header.',
        )
    idle = home.setting("web", "idle_seconds", 180)
    if not isinstance(idle, int) or not 30 <= idle <= 900:
        yield Finding(
            WRONG,
            "web",
            "[web] idle_seconds is not between 30 and 900",
            "Choose 180 or less for a public desk.",
        )


def _join(home: Home) -> Iterator[Finding]:
    if home.setting("join", "on", False) is not True or not home.setting("web", "https", False):
        return
    # Behind a proxy on this machine every address is this machine's own.
    if any(_holds_this_machine(str(each)) for each in home.setting("join", "networks", ["127.0.0.1"])):
        yield Finding(
            WEAK,
            "join",
            "[join] is on for this machine itself, and [web] https is true: behind a proxy here, everybody"
            " seems to come from this machine, and the page at the door is open to all of them",
            "Name the kiosk's network alone in [join] networks, and let the proxy refuse /join/ from elsewhere.",
        )


def _mail(home: Home) -> Iterator[Finding]:
    try:
        mail = MailSettings.of(home)
        line = NoticeSettings.of(home).mail.host
    except HomeError as problem:
        yield Finding(
            WRONG, "mail", str(problem), "Correct config.toml; docs/inquiries.md tells what each is."
        )
        return
    if mail.mailbox and not mail.takes_mail:
        yield Finding(
            WEAK,
            "mail",
            "[mail] mailbox is named, and no mail is taken in",
            "Name [mail] smtp or [mail] imap, or take the mailbox out.",
        )
    if mail.imap:
        yield from _mail_password(home, mail.imap_password_file)
    if mail.smtp and not mail.certificate and not is_loopback(place("smtp", mail.smtp)[0]):
        yield Finding(
            WRONG,
            "mail",
            "[mail] smtp listens beyond this machine without a certificate: letters would travel readable",
            "Name [mail] certificate and key, or let the mail server in front hand mail on at 127.0.0.1.",
        )
    if mail.takes_mail and not line:
        yield Finding(
            WEAK,
            "mail",
            "mail is taken in, and no answer can leave",
            "Set [notices.email]: answers and the newsletter leave by it.",
        )
    if line and not mail.site:
        yield Finding(
            WEAK,
            "mail",
            "[mail] site is not set: the newsletter is not sent",
            "Name where the public's pages are, such as https://library.org/library/.",
        )


def _mail_password(home: Home, name: str) -> Iterator[Finding]:
    try:
        home.read_key_file(name)
    except HomeError as problem:
        yield Finding(WRONG, "mail", str(problem), "The mailbox's password is one line in the key folder.")


def _holds_this_machine(network: str) -> bool:
    try:
        named = ip_network(network, strict=False)
    except ValueError:
        return False
    return any(ip_address(each) in named for each in ("127.0.0.1", "::1"))


# copies of it all


def _backups(home: Home) -> Iterator[Finding]:
    if not home.is_sample and not home.setting("backup", "age", []):
        yield Finding(
            WEAK,
            "backup",
            "no key is named that backups are encrypted to",
            "Run: circumspect backup-key FILE, on a stick, and name its public key in [backup] age.",
        )


def _drill(home: Home) -> Iterator[Finding]:
    last = drilling.last(home)
    if last is None:
        # What rests in databases of its own cannot be drilled by this program.
        if not home.is_sample and not any(home.setting("database", name, "") for name in _DATABASES):
            yield Finding(
                WEAK, "drill", "nobody has tried yet whether backups forget", "Run: circumspect drill"
            )
        return
    if not last.get("kept"):
        yield Finding(
            WRONG,
            "drill",
            "the last drill found that somebody forgotten came back with a backup",
            "Look at the last line of drills.jsonl; mend it, and run: circumspect drill",
        )
    elif utc_now() - dt.datetime.fromisoformat(str(last["at"])) > _DRILLED_WITHIN:
        yield Finding(
            WEAK,
            "drill",
            f"the last drill was on {str(last['at'])[:10]}, more than {_DRILLED_WITHIN.days} days ago",
            "Run: circumspect drill, once a quarter.",
        )


def _sample(home: Home) -> Iterator[Finding]:
    if home.is_sample:
        yield Finding(
            NOTE,
            "sample",
            "this is a sample library: its passwords are published",
            "Never enter a real person here.",
        )


_CHECKS: tuple[Callable[[Home], Iterator[Finding]], ...] = (
    _settings,
    _library,
    _key_folder,
    _modes,
    _disk,
    _databases,
    _clock,
    _keys,
    _ledger,
    _schedule,
    _sweep,
    _policy,
    _staff,
    _people,
    _review,
    _public,
    _public_records,
    _web,
    _join,
    _mail,
    _backups,
    _drill,
    _sample,
)
