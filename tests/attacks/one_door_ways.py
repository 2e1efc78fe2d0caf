"""Every way into the house, listed from its code, beside what each is known to do.

The lists are read from the running program: addresses from the resolver, commands from the command
line's own tree, unattended work from the source. The tables were written by people who looked. A way
that no table names convicts, and so does a table's row for a way that is not there: whoever adds a page
has to say here what it opens, and the crawl then holds them to it.

Source: guarantee 2, "an unclassified new route fails"; clause MP-3.1.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parents[2] / "src" / "circumspect"

Act = tuple[str, str]  # what is done, to which series: ("view", "loans")


class Kind(StrEnum):
    """What a way has to do with patrons."""

    PUBLIC = "open to everybody, and holds nothing of a patron"
    STAFF = "for staff, or for whoever runs the machine, and opens nothing of a patron"
    OPENS = "opens or changes something of a patron, through the door"


@dataclass(frozen=True, slots=True)
class Way:
    """One way in.

    Attributes:
        acts: The most that the door may have allowed on this way.
        methods: Of an address: those it answers.
    """

    kind: Kind
    acts: frozenset[Act] = frozenset()
    methods: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        assert bool(self.acts) == (self.kind is Kind.OPENS), "only a way that opens has acts, and it has some"


def _acts(text: str) -> frozenset[Act]:
    """``view registration, use registration`` as pairs."""
    pairs = [part.split() for part in text.split(",") if part.strip()]
    return frozenset((action, series) for action, series in pairs)


def _address(kind: Kind, methods: str, acts: str = "") -> Way:
    return Way(kind, _acts(acts), frozenset(methods.split()))


def _opens(acts: str) -> Way:
    return Way(Kind.OPENS, _acts(acts))


# What an act on the open patron shows again: the panel.
_PANEL = "view registration, use registration, view loans, view notes"
_PAGE, _FORM, _READ = "GET HEAD POST", "POST", "GET HEAD"

ROUTES: Mapping[str, Way] = {
    # Lending uses the standing; taking an item back is a permitted change of the loan that opens nothing.
    "desk": _address(Kind.OPENS, _PAGE, f"{_PANEL}, change loans"),
    "next": _address(Kind.STAFF, _FORM),
    "open": _address(Kind.OPENS, _FORM, _PANEL),
    "renew": _address(Kind.OPENS, _FORM, _PANEL),
    "override": _address(Kind.OPENS, _FORM, _PANEL),
    # Of somebody just registered there are no notes.
    "register": _address(
        Kind.OPENS, _PAGE, "view registration, use registration, view loans, change registration"
    ),
    # Shown the form; whoever may not have it is shown what reference staff see.
    "edit": _address(Kind.OPENS, _FORM, "view registration"),
    "save": _address(Kind.OPENS, _FORM, f"{_PANEL}, change registration"),
    "issue-card": _address(Kind.OPENS, _FORM, f"{_PANEL}, change cards"),
    "report-lost": _address(Kind.OPENS, _FORM, f"{_PANEL}, change cards"),
    "print-card": _address(Kind.OPENS, _FORM, f"{_PANEL}, view cards"),
    "set-pin": _address(Kind.OPENS, _FORM, f"{_PANEL}, change pins"),
    "add-note": _address(Kind.OPENS, _FORM, f"{_PANEL}, change notes"),
    "remove-note": _address(Kind.OPENS, _FORM, f"{_PANEL}, change notes"),
    "set-block": _address(Kind.OPENS, _FORM, f"{_PANEL}, change registration"),
    "lift-block": _address(Kind.OPENS, _FORM, f"{_PANEL}, change registration"),
    "renew-registration": _address(Kind.OPENS, _FORM, f"{_PANEL}, change registration"),
    "merge": _address(Kind.OPENS, _FORM, f"{_PANEL}, change loans, change cards, change notes"),
    "slip": _address(Kind.OPENS, _FORM, "view loans, view registration"),
    "sign-in": _address(Kind.PUBLIC, _PAGE),
    "passkey-options": _address(Kind.PUBLIC, _FORM),
    "sign-out": _address(Kind.PUBLIC, _FORM),
    "lock": _address(Kind.PUBLIC, _FORM),
    # Gives back what the same browser had typed when the lock came, and nothing that it had not.
    "unlock": _address(Kind.PUBLIC, _FORM),
    "awake": _address(Kind.STAFF, _FORM),
    "own": _address(Kind.STAFF, _PAGE),
    "policy": _address(Kind.STAFF, _PAGE),
    "clause": _address(Kind.PUBLIC, _READ),
    "keys": _address(Kind.PUBLIC, _READ),
    "offline": _address(Kind.PUBLIC, _READ),
    "offline-worker": _address(Kind.PUBLIC, _READ),
    "offline-box": _address(Kind.STAFF, _FORM),
    "offline-emptied": _address(Kind.STAFF, _FORM),
    # What was scanned comes in sealed; lending uses the standing, and a late return writes its fee.
    "offline-take": _address(
        Kind.OPENS, _FORM, "change loans, use registration, change holds, change fees"
    ),
    "offline-report": _address(Kind.OPENS, _READ, "view loans, view cards"),
    "offline-settle": _address(
        Kind.OPENS,
        _FORM,
        "change loans, use registration, change holds, change fees, view loans, view cards",
    ),
    "offline-open": _address(Kind.OPENS, _FORM, f"{_PANEL}, change loans, view cards"),
}

# What may answer a request before any address does, and why that shows nothing of a patron.
MIDDLEWARE: Mapping[str, str] = {
    "django.middleware.security.SecurityMiddleware": "headers",
    "whitenoise.middleware.WhiteNoiseMiddleware": "the program's own files, by name",
    "django.contrib.sessions.middleware.SessionMiddleware": "a cookie that names a session",
    "django.middleware.common.CommonMiddleware": "adds a slash to an address",
    "django.middleware.csrf.CsrfViewMiddleware": "refuses a post that is not the page's own",
    "django.contrib.auth.middleware.AuthenticationMiddleware": "nothing unless asked",
    "circumspect.faces.desk.middleware.DeskMiddleware": "lock, sign-in, refusals",
}

COMMANDS: Mapping[str, Way] = {
    # Registers invented people and lends to them.
    "init": _opens("change registration, use registration"),
    "serve": Way(Kind.STAFF),
    "import": _opens("change registration"),
    "doctor": Way(Kind.STAFF),
    "backup": Way(Kind.STAFF),
    "backup-key": Way(Kind.PUBLIC),
    "restore": Way(Kind.STAFF),
    "replay": Way(Kind.STAFF),
    # Works on copies, in processes of their own, with an invented patron.
    "drill": Way(Kind.STAFF),
    "staff add": Way(Kind.STAFF),
    "staff list": Way(Kind.STAFF),
    "staff disable": Way(Kind.STAFF),
    "staff enable": Way(Kind.STAFF),
    "staff reset-password": Way(Kind.STAFF),
    "staff reset-second-factors": Way(Kind.STAFF),
    "policy check": Way(Kind.PUBLIC),
    "policy show": Way(Kind.PUBLIC),
    "policy publish": Way(Kind.STAFF),
    "ledger verify": Way(Kind.STAFF),
    "ledger checkpoint": Way(Kind.STAFF),
    "ledger export": Way(Kind.STAFF),
    "ledger witness": Way(Kind.STAFF),
    "ledger request": Way(Kind.STAFF),
    "ledger cosigned": Way(Kind.STAFF),
    # A witness has no home and no patrons: it sees sizes and hashes.
    "witness init": Way(Kind.PUBLIC),
    "witness trust": Way(Kind.PUBLIC),
    "witness status": Way(Kind.PUBLIC),
    "witness sign": Way(Kind.PUBLIC),
    "witness serve": Way(Kind.PUBLIC),
    "keys status": Way(Kind.STAFF),
    # With --index: the indexed fields are read once more, by the machine alone.
    "keys rotate": _opens("use registration, use cards"),
    # Nothing is long overdue in the library of this attack: then nobody is billed, and nobody asked about.
    "circulation run": _opens("change loans"),
}

# Who may ask without being a person: module and name of each such actor, with what it may do.
ACTORS: Mapping[str, Way] = {
    # Ties to today's epoch what is still needed, such as the loans that are out, so that the old one can die.
    "records/patrons/relinking.py:forget": _opens("erase loans"),
    # Gives up and bills what is long overdue, ends old claims, renews where the rule says so.
    "records/circulation/ladders.py:circulation": _opens("change loans, change fees, use registration"),
    "records/patrons/upkeep.py:rotate-keys": _opens("use registration, use cards"),
    "faces/cli/sampling.py:import": _opens("change registration"),
    # Enters that the house is awake. It names no field and no record.
    "trust/door/door.py:heartbeat": Way(Kind.STAFF),
    # The asker without a name, for the memory of decisions. It never comes to the door.
    "trust/policy/policy.py:": Way(Kind.STAFF),
}

# The rounds that are made while the library is open.
JOBS: Mapping[str, Way] = {
    "loans tied to a new epoch": _opens("erase loans"),
    "epochs ended": Way(Kind.STAFF),
    "lost items settled": _opens("change loans"),
    "old claims ended": _opens("change loans"),
    "loans renewed by themselves": _opens("use registration, change loans"),
    "late items given up": _opens("change loans, change fees"),
    "notes ended": Way(Kind.STAFF),
    "cards forgotten": Way(Kind.STAFF),
    "letterboxes ended": Way(Kind.STAFF),
    "sessions cleared": Way(Kind.STAFF),
    "forgettings finished": Way(Kind.STAFF),
    "heartbeats entered": Way(Kind.STAFF),
    "ledger entries signed": Way(Kind.STAFF),
    "ledger entries witnessed": Way(Kind.STAFF),
}

# Modules that can be run as programs of their own.
PROGRAMS: Mapping[str, str] = {
    "trust/ledger/verifier.py": "judges a ledger; imports nothing of the application and holds no key",
}


# the lists, from the code


def routes() -> dict[str, str]:
    """Every address: its name, or its pattern where it has none, and the pattern."""
    from django.urls import get_resolver

    return dict(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[Any], before: str) -> Iterator[tuple[str, str]]:
    for each in patterns:
        pattern = before + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from _walk(each.url_patterns, pattern)
        else:
            yield each.name or pattern, pattern


def commands(tree: Any = None, before: str = "") -> dict[str, Any]:
    """Every command of the command line, by the words that call it."""
    if tree is None:
        from circumspect.faces.cli.main import circumspect as tree
    found: dict[str, Any] = {}
    for name, command in tree.commands.items():
        if hasattr(command, "commands"):
            found |= commands(command, f"{before}{name} ")
        else:
            found[before + name] = command
    return found


def management_commands() -> list[str]:
    """Commands of Django's own kind that our apps would bring. There are to be none."""
    from django.core.management import get_commands

    return sorted(name for name, app in get_commands().items() if str(app).startswith("circumspect"))


def actors(source: Path = SOURCE) -> set[str]:
    """Every actor made in the source that is not a member of staff."""
    found = set()
    for path, tree in modules(source):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _last_name(node.func) == "Actor":
                kinds = [
                    each for each in [*node.args, *(word.value for word in node.keywords)] if _kind(each)
                ]
                if not kinds or _kind(kinds[0]) != "STAFF":
                    names = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
                    found.add(f"{path}:{names[0] if names else '?'}")
    return found


def _kind(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute) and _last_name(node.value) == "ActorKind":
        return node.attr
    return ""


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def jobs(source: Path = SOURCE) -> set[str]:
    """Every piece of work of the rounds that are made while the library is open."""
    found = set()
    tending = next(tree for path, tree in modules(source) if path == "faces/cli/tending.py")
    for node in ast.walk(tending):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and _last_name(target.value) == "parts":
                    found.add(ast.literal_eval(target.slice))
        elif isinstance(node, ast.AnnAssign) and _last_name(node.target) == "parts":
            assert isinstance(node.value, ast.Dict), "the rounds are not written as a list any more"
            found |= {ast.literal_eval(key) for key in node.value.keys if key}
    return found


def threads(source: Path = SOURCE) -> set[str]:
    """Modules that begin a thread or a process of their own: work could hide there."""
    begins = {"Thread", "Timer", "ThreadPoolExecutor", "ProcessPoolExecutor", "Process", "Popen", "fork"}
    return {
        path
        for path, tree in modules(source)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Name, ast.Attribute)) and _last_name(node) in begins
    }


def programs(source: Path = SOURCE) -> set[str]:
    """Modules that do something when they are run."""
    return {
        path
        for path, tree in modules(source)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value == "__main__"
    } | {path for path, _ in modules(source) if path.endswith("__main__.py")}


@cache
def modules(source: Path = SOURCE) -> tuple[tuple[str, ast.Module], ...]:
    """Every module of the program: its path within the package, and what it says."""
    return tuple(
        (path.relative_to(source).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(source.rglob("*.py"))
    )


def unlike(listed: set[str], table: Mapping[str, object], what: str) -> list[str]:
    """What stands in one of the two and not in the other."""
    return [f"{what} {name!r} is not classified" for name in sorted(listed - set(table))] + [
        f"{what} {name!r} is classified, and is not there" for name in sorted(set(table) - listed)
    ]


def unclassified(
    *, source: Path = SOURCE, tree: Any = None, listed_routes: Callable[[], dict[str, str]] = routes
) -> list[str]:
    """Every way in that no table names, and every row without a way."""
    from django.conf import settings

    return [
        *unlike(set(listed_routes()), ROUTES, "address"),
        *unlike(set(settings.MIDDLEWARE), MIDDLEWARE, "middleware"),
        *unlike(set(commands(tree)), COMMANDS, "command"),
        *unlike(actors(source), ACTORS, "actor"),
        *unlike(jobs(source), JOBS, "job"),
        *unlike(threads(source), {"faces/cli/tending.py": "the rounds"}, "module with a thread"),
        *unlike(programs(source), PROGRAMS, "program"),
        *unlike(set(management_commands()), {}, "management command"),
    ]
