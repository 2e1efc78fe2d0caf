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
    pairs = [part.strip().partition(" ") for part in text.split(",") if part.strip()]
    return frozenset((action, series) for action, _, series in pairs)


def _address(kind: Kind, methods: str, acts: str = "") -> Way:
    return Way(kind, _acts(acts), frozenset(methods.split()))


def _opens(acts: str) -> Way:
    return Way(Kind.OPENS, _acts(acts))


# What an act on the open patron shows again: the panel.
_PANEL = "view registration, use registration, view loans, view notes"
# The sheet of what the open patron waits for.
_SHEET = "view holds, view ill"
# What the house seals of a record that a new request names, and shows to nobody.
_GUARDED = (
    "preserve preserved, preserve registration, preserve cards, preserve notes, preserve loans, preserve holds,"
    " preserve ill, preserve fees, preserve computers, preserve reading, preserve permissions, preserve notices"
)
# All that is held about the patron who asks.
_OWN = (
    "view registration, view cards, view notes, view loans, view holds, view ill, view fees, view computers, view reading,"
    " view permissions, view passkeys, view notices"
)
_PAGE, _FORM, _READ = "GET HEAD POST", "POST", "GET HEAD"

ROUTES: Mapping[str, Way] = {
    # Lending uses the standing; taking an item back is a permitted change of the loan that opens nothing.
    "desk": _address(Kind.OPENS, _PAGE, f"{_PANEL}, change loans, change holds"),
    "next": _address(Kind.STAFF, _FORM),
    "open": _address(Kind.OPENS, _FORM, _PANEL),
    "renew": _address(Kind.OPENS, _FORM, _PANEL),
    "override": _address(Kind.OPENS, _FORM, _PANEL),
    # Sets the day on the page's own slip; the loans that follow ask for it.
    "due-day": _address(Kind.OPENS, _FORM, _PANEL),
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
    "remove-passkeys": _address(Kind.OPENS, _FORM, f"{_PANEL}, erase passkeys"),
    "permissions": _address(Kind.OPENS, _FORM, f"{_PANEL}, view permissions"),
    "add-note": _address(Kind.OPENS, _FORM, f"{_PANEL}, change notes"),
    "remove-note": _address(Kind.OPENS, _FORM, f"{_PANEL}, change notes"),
    "set-block": _address(Kind.OPENS, _FORM, f"{_PANEL}, change registration"),
    "lift-block": _address(Kind.OPENS, _FORM, f"{_PANEL}, change registration"),
    "renew-registration": _address(Kind.OPENS, _FORM, f"{_PANEL}, change registration"),
    "merge": _address(
        Kind.OPENS,
        _FORM,
        f"{_PANEL}, change loans, change cards, change notes, change holds, change ill, change fees, change registration,"
        " erase registration, erase pins",
    ),
    "complete-card": _address(Kind.OPENS, _FORM, f"{_PANEL}, change registration"),
    # Writes a new record of what was typed, and reads none.
    "join": _address(Kind.OPENS, _PAGE, "change registration"),
    # Taking back opens nothing; a late or damaged item is charged to whoever had it.
    "check-in": _address(Kind.OPENS, _PAGE, "change loans, change holds, change fees"),
    "check-in-slip": _address(Kind.STAFF, _FORM),
    "loan-claimed": _address(Kind.OPENS, _FORM, f"{_PANEL}, change loans"),
    "loan-lost": _address(Kind.OPENS, _FORM, f"{_PANEL}, change loans, change fees"),
    "loan-damaged": _address(Kind.OPENS, _FORM, f"{_PANEL}, change loans, change holds"),
    "lists": _address(Kind.STAFF, _READ),
    "lists-late": _address(Kind.OPENS, _FORM, "view loans, view registration"),
    "lists-cards": _address(Kind.OPENS, _FORM, "view registration"),
    "lists-work": _address(Kind.OPENS, _FORM, "change loans, change holds"),
    "rules": _address(Kind.STAFF, _READ),
    "rules-edit": _address(Kind.STAFF, _PAGE),
    "rules-remove": _address(Kind.STAFF, _FORM),
    "rules-try": _address(Kind.STAFF, _READ),
    "hours": _address(Kind.STAFF, _PAGE),
    "hold-rules": _address(Kind.STAFF, _PAGE),
    "slip": _address(Kind.OPENS, _FORM, "view loans, view registration"),
    # The sheet is shown again after each act on it; the deposit is a field of the registration.
    "fees": _address(Kind.OPENS, _FORM, f"{_PANEL}, view fees"),
    "fees-pay": _address(Kind.OPENS, _FORM, f"{_PANEL}, view fees, change fees, change registration"),
    "fees-let-go": _address(Kind.OPENS, _FORM, f"{_PANEL}, view fees, erase fees"),
    "fees-refund": _address(Kind.OPENS, _FORM, f"{_PANEL}, view fees, erase fees, change registration"),
    "fees-charge": _address(Kind.OPENS, _FORM, f"{_PANEL}, view fees, change fees"),
    "fees-deposit": _address(
        Kind.OPENS, _FORM, f"{_PANEL}, view fees, change registration, erase registration"
    ),
    # Amounts and kinds that the same page had just shown, and sums by day with nobody in them.
    "fees-receipt": _address(Kind.STAFF, _FORM),
    "fees-day": _address(Kind.STAFF, _READ),
    "fees-close": _address(Kind.STAFF, _FORM),
    # Finance: without a name and without an item.
    "fees-card": _address(Kind.OPENS, _FORM, "view fees, view registration"),
    "fees-write-off": _address(Kind.OPENS, _FORM, "view fees, view registration, erase fees"),
    # Counts, and nobody in them; then letters and calls, asked for in the clerk's name: whom, and what they say.
    "notices": _address(Kind.STAFF, _READ),
    "notices-letters": _address(Kind.OPENS, _FORM, "view registration, view loans"),
    "notices-printed": _address(Kind.STAFF, _FORM),
    "notices-calls": _address(Kind.OPENS, _FORM, "view registration, view loans"),
    "notices-called": _address(Kind.OPENS, _FORM, "view registration, view loans"),
    "notices-sent": _address(Kind.OPENS, _FORM, "view notices, view registration"),
    # The sheet is shown again after each act on it; the lists and the shelf have nobody on them.
    "holds": _address(Kind.OPENS, _FORM, f"{_PANEL}, {_SHEET}"),
    "holds-place": _address(Kind.OPENS, _FORM, f"{_PANEL}, {_SHEET}, change holds"),
    "holds-change": _address(Kind.OPENS, _FORM, f"{_PANEL}, {_SHEET}, change holds, erase holds"),
    "holds-pull": _address(Kind.OPENS, _PAGE, "change holds"),
    "holds-shelf": _address(Kind.OPENS, _PAGE, "change holds, erase holds"),
    # Requests by their number; the form that goes to the other library shows what is asked for, and not for whom.
    "ill": _address(Kind.OPENS, _PAGE, "change ill, erase ill, change loans, change holds"),
    "ill-form": _address(Kind.OPENS, _FORM, "view ill, change ill"),
    "ill-ask": _address(Kind.OPENS, _FORM, f"{_PANEL}, {_SHEET}, change ill"),
    "ill-cancel": _address(Kind.OPENS, _FORM, f"{_PANEL}, {_SHEET}, erase ill"),
    # Counts, rules, days; the act on the open patron reads what is owed and on the card, and erases.
    "retention": _address(Kind.STAFF, _READ),
    "retention-schedule": _address(Kind.STAFF, _PAGE),
    "retention-disposals": _address(Kind.STAFF, _PAGE),
    "retention-disposals-csv": _address(Kind.STAFF, _READ),
    "retention-disposals-pdf": _address(Kind.STAFF, _READ),
    "retention-media": _address(Kind.STAFF, _PAGE),
    "promises": _address(Kind.STAFF, _READ),
    "promises-pdf": _address(Kind.STAFF, _READ),
    "forget-patron": _address(Kind.OPENS, _FORM, f"{_PANEL}, erase registration"),
    # Without a name: made of a token of what was just done.
    "forget-certificate": _address(Kind.STAFF, _FORM),
    # Published tables: counts, and nobody in them.
    "site-statistics": _address(Kind.PUBLIC, _READ),
    # Signed tree heads, one a day: a size and a hash.
    "site-foia": _address(Kind.PUBLIC, _READ),
    "site-denials": _address(Kind.PUBLIC, _READ),
    "site-transparency": _address(Kind.PUBLIC, _READ),
    "site-transparency-quarter": _address(Kind.PUBLIC, _READ),
    "site-transparency-file": _address(Kind.PUBLIC, _READ),
    "ledger-checkpoints": _address(Kind.PUBLIC, _READ),
    "ledger-checkpoints-file": _address(Kind.PUBLIC, _READ),
    "site-statistics-dictionary": _address(Kind.PUBLIC, _READ),
    "site-statistics-table": _address(Kind.PUBLIC, _READ),
    "site-statistics-file": _address(Kind.PUBLIC, _READ),
    # Counts: nobody is in them.
    "counts-visits": _address(Kind.STAFF, _READ),
    "counts-visits-csv": _address(Kind.STAFF, _READ),
    "counts-figures": _address(Kind.STAFF, _READ),
    "counts-figures-csv": _address(Kind.STAFF, _READ),
    "counts-typed": _address(Kind.STAFF, _PAGE),
    "counts-reference": _address(Kind.STAFF, _PAGE),
    "counts-tables": _address(Kind.STAFF, _READ),
    "counts-publish": _address(Kind.STAFF, _FORM),
    "sign-in": _address(Kind.PUBLIC, _PAGE),
    "passkey-options": _address(Kind.PUBLIC, _FORM),
    "sign-out": _address(Kind.PUBLIC, _FORM),
    "lock": _address(Kind.PUBLIC, _FORM),
    # Gives back what the same browser had typed when the lock came, and nothing that it had not.
    "unlock": _address(Kind.PUBLIC, _FORM),
    # Gives back what the same window had sent a moment ago, and nothing that it had not.
    "step-up": _address(Kind.STAFF, _PAGE),
    "step-up-passkey": _address(Kind.STAFF, _FORM),
    # Colleagues, designations, trainings and the board: no patron is in any of these tables.
    "people": _address(Kind.STAFF, _PAGE),
    "people-designations": _address(Kind.STAFF, _READ),
    "people-appoint": _address(Kind.STAFF, _FORM),
    "people-roster": _address(Kind.STAFF, _FORM),
    "people-trainings": _address(Kind.STAFF, _PAGE),
    "people-trustees": _address(Kind.STAFF, _PAGE),
    "people-certificate": _address(Kind.STAFF, _FORM),
    "people-card": _address(Kind.STAFF, _READ),
    "people-own-card": _address(Kind.STAFF, _PAGE),
    # Who looked, when, and at which kinds of field; whose record it was is opened by itself.
    "review": _address(Kind.OPENS, _READ, "view ledger"),
    "review-note": _address(Kind.OPENS, _FORM, "view ledger"),
    "review-whose": _address(Kind.OPENS, _FORM, "view ledger, view registration"),
    "review-decoys": _address(Kind.STAFF, _FORM),
    # Reports of behaviour: the list opens nothing; from one of them an account is reached with its card in hand.
    "incidents": _address(Kind.STAFF, _READ),
    "incidents-report": _address(Kind.OPENS, _PAGE, "change incidents"),
    "incidents-open": _address(Kind.OPENS, _FORM, "view incidents"),
    "incidents-decide": _address(
        Kind.OPENS, _FORM, "view incidents, change incidents, change registration, view registration"
    ),
    "awake": _address(Kind.STAFF, _FORM),
    "own": _address(Kind.STAFF, _PAGE),
    "policy": _address(Kind.STAFF, _PAGE),
    "clause": _address(Kind.PUBLIC, _READ),
    "keys": _address(Kind.PUBLIC, _READ),
    "office": _address(Kind.STAFF, _READ),
    # Requests about patrons. Taking one in opens nothing, and is permitted to everybody.
    "case-intake": _address(Kind.OPENS, _PAGE, "change cases, " + _GUARDED),
    "cases": _address(Kind.OPENS, _READ, "view cases"),
    # Whose record is meant is found by few details; a packet is read where the case's own steps have led there.
    "case": _address(
        Kind.OPENS,
        _PAGE,
        "view cases, use cases, change cases, disclose cases, view registration, disclose registration, disclose cards,"
        " disclose notes, disclose loans, disclose holds, disclose ill, disclose fees, disclose computers, disclose notices",
    ),
    # Requests for public records: their own register, and a search that reaches public mail alone.
    "foia": _address(Kind.OPENS, _PAGE, "view records requests, change records requests"),
    "foia-request": _address(
        Kind.OPENS,
        _PAGE,
        "view records requests, change records requests, use public mail, view public mail",
    ),
    "foia-denials": _address(Kind.STAFF, _READ),
    # A copy opens on checked process alone; a certificate says what went and names nobody; letters by fifty people.
    "case-preserved": _address(
        Kind.OPENS, _FORM, "view cases, use cases, disclose cases, disclose preserved"
    ),
    "case-certificate": _address(Kind.OPENS, _FORM, "view cases"),
    "case-letters": _address(Kind.OPENS, _FORM, "view cases, view registration"),
    "case-file": _address(Kind.OPENS, _FORM, "view cases"),
    "case-print": _address(Kind.OPENS, _FORM, "view cases, disclose cases"),
    "case-deadlines": _address(Kind.OPENS, _PAGE, "view cases, change cases, change records requests"),
    # A blank form, the library's wording, counts in bands; and days without a word, for whoever has a secret address.
    "case-form": _address(Kind.STAFF, _READ),
    "case-wording": _address(Kind.STAFF, _PAGE),
    "case-counts": _address(Kind.STAFF, _READ),
    "case-calendar": _address(Kind.PUBLIC, _READ),
    "offline": _address(Kind.PUBLIC, _READ),
    "offline-worker": _address(Kind.PUBLIC, _READ),
    "offline-box": _address(Kind.STAFF, _FORM),
    "offline-emptied": _address(Kind.STAFF, _FORM),
    # What was scanned comes in sealed; lending uses the standing, and a late return writes its fee.
    "offline-take": _address(Kind.OPENS, _FORM, "change loans, use registration, change holds"),
    # The items of what waits, some of them on loan to somebody.
    "offline-report": _address(Kind.OPENS, _READ, "change loans, view loans"),
    "offline-settle": _address(Kind.OPENS, _FORM, "change loans, use registration, change holds, view loans"),
    "offline-open": _address(Kind.OPENS, _FORM, f"{_PANEL}, change loans"),
    # What the library says in public: nothing of a patron is on these pages.
    "publishing": _address(Kind.STAFF, _PAGE),
    "publishing-entry": _address(Kind.STAFF, _PAGE),
    "publishing-policies": _address(Kind.STAFF, _PAGE),
    "publishing-policy": _address(Kind.STAFF, _PAGE),
    "publishing-outside": _address(Kind.STAFF, _PAGE),
    "publishing-site": _address(Kind.STAFF, _PAGE),
    # The library's website: news, hours, titles and where copies stand; no cookie is looked at.
    # The patron's own pages. Whoever has not signed in there is led to the sign-in page, staff too: what a patron is shown
    # is held against the ledger in test_own_pages.
    "portal-sign-in": _address(Kind.OPENS, _PAGE, "use pins, use passkeys"),
    # A challenge, the same for everybody.
    "portal-sign-in-passkey": _address(Kind.PUBLIC, _FORM),
    "portal-passkeys": _address(Kind.OPENS, _PAGE, "view passkeys, change passkeys, erase passkeys"),
    "portal-passkey-options": _address(Kind.OPENS, _FORM, "use passkeys, use pins"),
    "portal-sign-out": _address(Kind.PUBLIC, _FORM),
    "portal-ended": _address(Kind.PUBLIC, _READ),
    "portal-home": _address(Kind.OPENS, _PAGE, "view registration, view loans, view holds, view fees"),
    "portal-loans": _address(Kind.OPENS, _PAGE, "view loans, use registration, change loans, change fees"),
    "portal-holds": _address(Kind.OPENS, _PAGE, "view holds, change holds, erase holds"),
    "portal-place": _address(Kind.OPENS, _PAGE, "use registration, change holds"),
    "portal-letters": _address(
        Kind.OPENS,
        _PAGE,
        "view inquiries, view public mail, change inquiries, change public mail",
    ),
    "portal-letter-form": _address(Kind.OPENS, _PAGE, "change inquiries, change public mail"),
    "portal-requests": _address(Kind.OPENS, _PAGE, "view ill, use registration, change ill, erase ill"),
    "portal-fees": _address(Kind.OPENS, _PAGE, "view fees, view registration"),
    "portal-computers": _address(
        Kind.OPENS, _PAGE, "view computers, use registration, change computers, erase computers"
    ),
    "portal-card": _address(
        Kind.OPENS,
        _PAGE,
        "view cards, change cards, view registration, use registration, change registration",
    ),
    "portal-settings": _address(
        Kind.OPENS,
        _PAGE,
        "view registration, use registration, change registration, use pins, change pins, change reading",
    ),
    "portal-history": _address(
        Kind.OPENS,
        _PAGE,
        "view reading, change reading, erase reading, use registration, change registration, use pins, use passkeys",
    ),
    "portal-permissions": _address(
        Kind.OPENS, _PAGE, "view permissions, change permissions, erase permissions"
    ),
    "portal-held": _address(
        Kind.OPENS,
        _PAGE,
        _OWN + ", view inquiries, view public mail, use pins, use registration, erase registration",
    ),
    "portal-held-json": _address(Kind.OPENS, _PAGE, _OWN + ", view ledger, view inquiries, view public mail"),
    "portal-held-pdf": _address(Kind.OPENS, _PAGE, _OWN + ", view ledger, view inquiries, view public mail"),
    "portal-looks": _address(Kind.OPENS, _PAGE, "view ledger"),
    # A service asks whether somebody is valid: their own standing is used, after they said yes.
    "portal-connect-description": _address(Kind.PUBLIC, _READ),
    "portal-connect-keys": _address(Kind.PUBLIC, _READ),
    "portal-connect-authorize": _address(Kind.PUBLIC, _READ),
    "portal-connect-token": _address(Kind.PUBLIC, _FORM),
    "portal-connect": _address(Kind.OPENS, _PAGE, "use registration"),
    "portal-looks-proof": _address(Kind.OPENS, _PAGE, "view ledger"),
    # Anybody writes: what is sent is sealed, and nothing is read. The stamp of a form needs no session.
    "forms-home": _address(Kind.PUBLIC, _READ),
    "forms-letter": _address(Kind.OPENS, _PAGE, "change inquiries"),
    "forms-made": _address(Kind.OPENS, _PAGE, "change inquiries"),
    "forms-sent": _address(Kind.PUBLIC, _READ),
    "forms-newsletter": _address(Kind.OPENS, _PAGE, "change newsletter"),
    # Says yes to a mail, by its code: nothing is opened. Leaving erases the address.
    "forms-confirm": _address(Kind.PUBLIC, _PAGE),
    "forms-leave": _address(Kind.OPENS, _PAGE, "erase newsletter"),
    # Letters: the list, one of them, an act on it and then the letter again.
    "letters": _address(Kind.OPENS, _READ, "view inquiries, view public mail"),
    "letters-open": _address(Kind.OPENS, _FORM, "view inquiries, view public mail"),
    "letters-act": _address(
        Kind.OPENS, _FORM, "view inquiries, view public mail, change inquiries, change public mail"
    ),
    "letters-file": _address(Kind.OPENS, _FORM, "view inquiries, view public mail"),
    "letters-public": _address(Kind.OPENS, _PAGE, "use public mail, view public mail"),
    # The library's own words; the right to write them is asked all the same.
    "letters-forms": _address(Kind.OPENS, _PAGE, "change forms"),
    "letters-form": _address(Kind.OPENS, _PAGE, "change forms"),
    "letters-news": _address(Kind.OPENS, _PAGE, "change newsletter"),
    "letters-readers": _address(Kind.OPENS, _FORM, "view newsletter"),
    "site-home": _address(Kind.PUBLIC, _READ),
    "site-hours": _address(Kind.PUBLIC, _READ),
    "site-catalogue": _address(Kind.PUBLIC, _READ),
    "site-title": _address(Kind.PUBLIC, _READ),
    "site-news": _address(Kind.PUBLIC, _READ),
    "site-news-feed": _address(Kind.PUBLIC, _READ),
    "site-news-entry": _address(Kind.PUBLIC, _READ),
    "site-events": _address(Kind.PUBLIC, _READ),
    "site-events-feed": _address(Kind.PUBLIC, _READ),
    "site-events-calendar": _address(Kind.PUBLIC, _READ),
    "site-events-entry": _address(Kind.PUBLIC, _READ),
    "site-events-file": _address(Kind.PUBLIC, _READ),
    "site-lists": _address(Kind.PUBLIC, _READ),
    "site-lists-feed": _address(Kind.PUBLIC, _READ),
    "site-lists-entry": _address(Kind.PUBLIC, _READ),
    "site-services": _address(Kind.PUBLIC, _READ),
    "site-services-entry": _address(Kind.PUBLIC, _READ),
    "site-resources": _address(Kind.PUBLIC, _READ),
    "site-leaving": _address(Kind.PUBLIC, _READ),
    "site-social": _address(Kind.PUBLIC, _READ),
    "site-policy": _address(Kind.PUBLIC, _READ),
    "site-policies": _address(Kind.PUBLIC, _READ),
    "site-policy-named": _address(Kind.PUBLIC, _READ),
    "site-policy-versions": _address(Kind.PUBLIC, _READ),
    "site-policy-version": _address(Kind.PUBLIC, _READ),
    "site-policy-differences": _address(Kind.PUBLIC, _READ),
    "site-policy-poster": _address(Kind.PUBLIC, _READ),
    "site-promises": _address(Kind.PUBLIC, _READ),
    "site-kept": _address(Kind.PUBLIC, _READ),
    "site-kept-short": _address(Kind.PUBLIC, _READ),
    "site-kept-children": _address(Kind.PUBLIC, _READ),
    "site-cookies": _address(Kind.PUBLIC, _READ),
    "site-wireless": _address(Kind.PUBLIC, _READ),
    "site-wireless-splash": _address(Kind.PUBLIC, _READ),
    "site-wireless-slip": _address(Kind.PUBLIC, _READ),
    "site-access": _address(Kind.PUBLIC, _READ),
    "security-txt": _address(Kind.PUBLIC, _READ),
    "gpc-json": _address(Kind.PUBLIC, _READ),
    "robots-txt": _address(Kind.PUBLIC, _READ),
    # Public computers: seats and moments, never whose. What follows on the panel goes by its permission.
    "computers": _address(Kind.OPENS, _PAGE, "change computers"),
    "computers-live": _address(Kind.STAFF, _READ),
    "computers-ticket": _address(Kind.STAFF, _FORM),
    "computers-pass": _address(Kind.STAFF, _FORM),
    "computers-book": _address(Kind.OPENS, _PAGE, "use registration, change computers"),
    "computers-aside": _address(Kind.OPENS, _PAGE, "preserve computers, change computers"),
    "computers-queue": _address(Kind.PUBLIC, _READ),
    # Without a seat's own key each of these refuses, whoever asks; with one, "terminal:seat" asks, see ACTORS.
    "seat-started": _address(Kind.STAFF, _FORM),
    "seat-status": _address(Kind.STAFF, _FORM),
    "seat-sign-in": _address(Kind.STAFF, _FORM),
    "seat-extend": _address(Kind.STAFF, _FORM),
    "seat-end": _address(Kind.STAFF, _FORM),
    "seat-wiped": _address(Kind.STAFF, _FORM),
    "seat-pay": _address(Kind.STAFF, _FORM),
}

# What may answer a request before any address does, and why that shows nothing of a patron.
MIDDLEWARE: Mapping[str, str] = {
    "django.middleware.security.SecurityMiddleware": "headers",
    "whitenoise.middleware.WhiteNoiseMiddleware": "the program's own files, by name",
    "circumspect.faces.public.middleware.PublicMiddleware": "the public's language and headers; throws cookies away",
    "circumspect.faces.desk.middleware.StaffSessionMiddleware": "a cookie that names a session",
    "django.middleware.common.CommonMiddleware": "adds a slash to an address",
    "django.middleware.csrf.CsrfViewMiddleware": "refuses a post that is not the page's own",
    "django.contrib.auth.middleware.AuthenticationMiddleware": "nothing unless asked",
    "circumspect.faces.desk.middleware.DeskMiddleware": "lock, sign-in, refusals",
    "circumspect.faces.site.counting.CountingMiddleware": "nothing: it tells the annex that a page of the website left",
}

COMMANDS: Mapping[str, Way] = {
    # Registers invented people, lends to them, and clears the computers.
    "init": _opens("change registration, use registration, change computers"),
    "serve": Way(Kind.STAFF),
    "import": _opens("change registration"),
    "doctor": Way(Kind.STAFF),
    "attest": Way(Kind.STAFF),
    # Ties anew what is still needed, and lets go of the rest: nobody has run out or is long gone in this library.
    # In a library as young as the attack's; what has grown old is asked for as the rounds' rows say.
    "forget": _opens("use registration, erase registration, erase computers"),
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
    "terminal add": Way(Kind.STAFF),
    "terminal list": Way(Kind.STAFF),
    "terminal revoke": Way(Kind.STAFF),
    # Without --card it uses a card nobody has. With it, what the machine is told is masked.
    "terminal test": _opens("use pins, use loans, view registration, view loans, view holds, view fees"),
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
    "seat area": Way(Kind.STAFF),
    "seat add": Way(Kind.STAFF),
    "seat list": Way(Kind.STAFF),
    "seat new-key": Way(Kind.STAFF),
    "seat revoke": Way(Kind.STAFF),
    # Word that a hold ended: how its reader wants to be reached. There is no mail server, so nothing leaves.
    "statistics borrowers": _opens("use registration"),
    "statistics release": Way(Kind.STAFF),
    # Sums, in a process and a database that know no patron.
    "visits serve": Way(Kind.STAFF),
    "visits import": Way(Kind.STAFF),
    "notices run": _opens("use registration"),
    "notices status": Way(Kind.STAFF),
    "notices preview": Way(Kind.STAFF),
    "notices bounce": Way(Kind.STAFF),
}

# Who may ask without being a person: module and name of each such actor, with what it may do.
ACTORS: Mapping[str, Way] = {
    # Ends what was set aside, and opens nothing of it.
    "offices/privacydesk/copies.py:keeping": _opens("erase preserved"),
    # What a new request names is copied under a seal for a few days, and shown to nobody.
    "offices/privacydesk/guarding.py:guarding": _opens(_GUARDED),
    # Ties to today's epoch what is still needed, such as the loans that are out, so that the old one can die.
    # And lets registrations go that have run out.
    "records/patrons/relinking.py:forget": _opens(
        "erase loans, erase fees, erase holds, erase ill, erase inquiries, use registration, erase registration"
    ),
    # Gives up and bills what is long overdue, ends old claims, renews where the rule says so.
    "records/circulation/ladders.py:circulation": _opens("change loans, change fees, use registration"),
    "records/patrons/upkeep.py:rotate-keys": _opens("use registration, use cards"),
    # The page at the door: writes what somebody types of themselves.
    "records/patrons/provisional.py:join": _opens("change registration"),
    "faces/cli/sampling.py:import": _opens("change registration"),
    # Registers somebody invented, in a copy of the library.
    "faces/cli/drilling.py:import": _opens("change registration"),
    # A machine that speaks SIP2, whose profile is its role: what each is told is swept in tests/faces/sip2.
    "offices/terminals/accounts.py:?": _opens(
        "use pins, use registration, use loans, use fees, view registration, view loans, view holds, view fees,"
        " change loans, change holds, change fees, change cards, erase holds"
    ),
    # Whoever is signed in on their own pages, and whoever tries to be: their own record, and nobody else's.
    "faces/portal/sessions.py:?": _opens(
        "view registration, view cards, view notes, view loans, view holds, view ill, view fees, view computers,"
        " view reading, view permissions, view notices, view ledger, use registration, use pins, change registration,"
        " view passkeys, use passkeys, change passkeys, erase passkeys,"
        " change cards, change pins, change loans, change fees, change holds, change ill, change computers,"
        " change reading, change permissions, erase registration, erase holds, erase ill, erase computers,"
        " erase reading, erase permissions"
    ),
    "faces/portal/signing.py:?": _opens("use pins, use passkeys"),
    # Enters that the house is awake. It names no field and no record.
    "trust/door/door.py:heartbeat": Way(Kind.STAFF),
    # The asker without a name, for the memory of decisions. It never comes to the door.
    "trust/policy/policy.py:": Way(Kind.STAFF),
    # Every public computer asks under this one name: the ledger is not to say where somebody sat.
    "records/computers/asking.py:seat": _opens(
        "use pins, use registration, change registration, change computers"
    ),
    # Counts cards in force by category, and keeps numbers.
    "offices/statistics/borrowers.py:count": _opens("use registration"),
    "records/computers/asking.py:computers": _opens("erase computers"),
    # Finds out whom to write to, and writes; each way of reaching somebody opens its own details only.
    "offices/notices/planning.py:notify": _opens("use registration, use loans, use holds, use fees"),
    # Compares name, home and age of records that were looked at with the staff's own.
    "offices/review/running.py:review": _opens("use registration"),
    "offices/notices/running.py:forget-notices": _opens("erase notices"),
    # Writes down what the public sends: by the forms of the site, by mail.
    "records/inquiries/shelves.py:forms": _opens("change inquiries, change public mail"),
    "records/inquiries/shelves.py:mailbox": _opens("change inquiries, change public mail"),
    # The patron who is signed in, as the one whom a letter belongs to.
    "records/inquiries/own.py:?": _opens(
        "view inquiries, change inquiries, view public mail, change public mail"
    ),
    "records/inquiries/mailout.py:send-answers": _opens("use inquiries, use public mail"),
    "records/inquiries/tending.py:forget-letters": _opens("erase inquiries, erase public mail"),
    "records/communications/newsletter.py:newsletter": _opens("change newsletter, erase newsletter"),
    "records/communications/newsletter.py:send-newsletter": _opens("use newsletter"),
    "records/communications/newsletter.py:forget-newsletter": _opens("erase newsletter"),
}

# The rounds that are made while the library is open.
JOBS: Mapping[str, Way] = {
    "preserved copies ended": _opens("erase preserved"),
    "loans tied to a new epoch": _opens("erase loans"),
    "fees tied to a new epoch": _opens("erase fees"),
    "holds tied to a new epoch": _opens("erase holds"),
    "requests to libraries tied to a new epoch": _opens("erase ill"),
    "cards in force counted": _opens("use registration"),
    # Links and keys alone, and days; what is forgotten is asked for.
    "letters tied to a new epoch": _opens("erase inquiries"),
    "notes on letters ended": Way(Kind.STAFF),
    "letters that nobody touched closed": Way(Kind.STAFF),
    "letters forgotten": _opens("erase inquiries"),
    "addresses that nobody confirmed forgotten": _opens("erase newsletter"),
    "suppressed addresses forgotten": Way(Kind.STAFF),
    "letters of nobody cut loose": Way(Kind.STAFF),
    "subscriptions without a key swept": Way(Kind.STAFF),
    # There is no mail server in the library of this attack: then nothing leaves, and nothing is opened.
    "letters and newsletters sent": Way(Kind.STAFF),
    "holds run out ended": _opens("erase holds"),
    # Links are worked out from keys; nobody is looked up.
    "holds of nobody swept": Way(Kind.STAFF),
    "requests of nobody swept": Way(Kind.STAFF),
    "epochs ended": Way(Kind.STAFF),
    "settled fees forgotten": Way(Kind.STAFF),
    "lost items settled": _opens("change loans"),
    "old claims ended": _opens("change loans"),
    "loans renewed by themselves": _opens("use registration, change loans"),
    "late items given up": _opens("change loans, change fees"),
    "notes ended": Way(Kind.STAFF),
    "cards forgotten": Way(Kind.STAFF),
    "titles of reading histories ended": Way(Kind.STAFF),
    "permissions ended": Way(Kind.STAFF),
    "letterboxes ended": Way(Kind.STAFF),
    # Reads the ledger's plain parts, and marks by tokens; of idle looks the machine compares name, home and age.
    "looks at decoys reported": Way(Kind.STAFF),
    "looks under review forgotten": Way(Kind.STAFF),
    "looks reviewed": _opens("use registration"),
    # A report's own key goes, and its row; nobody is looked up.
    "reports of behaviour forgotten": Way(Kind.STAFF),
    # Who is called is read from the roster; the message holds a random number.
    "calls made about requests": Way(Kind.STAFF),
    "guards of requests ended": Way(Kind.STAFF),
    "letters and reports no longer spared": Way(Kind.STAFF),
    "hidden looks closed": Way(Kind.STAFF),
    "sessions cleared": Way(Kind.STAFF),
    # Asks sites that are not ours whether they answer. Nobody is in it.
    "outside links tried": Way(Kind.STAFF),
    "cards made at the door forgotten": _opens("use registration, erase registration"),
    "registrations run out forgotten": _opens("use registration, erase registration"),
    "forgettings finished": Way(Kind.STAFF),
    "fees of nobody swept": Way(Kind.STAFF),
    "old notices forgotten": _opens("erase notices"),
    "licence numbers emptied": _opens("use registration, erase registration"),
    "imports forgotten": Way(Kind.STAFF),
    "disposals carried out": _opens("erase public mail"),
    # By the numbers of dead epochs; nobody is looked up.
    "rows of dead epochs swept": Way(Kind.STAFF),
    "heartbeats entered": Way(Kind.STAFF),
    "ledger entries signed": Way(Kind.STAFF),
    "ledger entries witnessed": Way(Kind.STAFF),
    "computers tended": _opens("erase computers"),
    "notices sent": _opens("use registration, use loans, use holds, use fees, erase notices"),
}

# Addresses whose whole row the crawl cannot walk, for it brings no patron's sign-in, and no matter that has gone through its
# steps; and the tests that do. Such a row is still the most that the crawl may see there, and any act beyond it convicts.
_PORTAL = (
    "tests/faces/portal walks them, signed in; test_own_pages holds what they show against keys and ledger"
)
_CASES = "test_cases_pages walks a matter to its end; test_disclosed_without_paper walks every kind"
APART: Mapping[str, str] = {
    **{
        f"portal-{name}": _PORTAL
        for name in (
            *(
                "card",
                "computers",
                "connect",
                "fees",
                "held",
                "held-json",
                "held-pdf",
                "history",
                "holds",
                "home",
            ),
            *(
                "letter-form",
                "letters",
                "loans",
                "looks",
                "looks-proof",
                "passkey-options",
                "passkeys",
                "permissions",
                "place",
                "requests",
                "settings",
                "sign-in",
            ),
        )
    },
    **dict.fromkeys(("case", "case-letters", "case-print"), _CASES),
    "case-preserved": "test_keeping_pages opens a copy on process",
    "foia-request": "test_foia takes a request through its steps",
    "incidents-open": "test_incidents_pages reads a report",
    "incidents-decide": "test_incidents_pages and the desk's promises decide on one",
    "review-note": "tests/offices/review notes what came of a look",
    "review-whose": "tests/offices/review opens whose record one was at",
}

# Modules that begin a thread or a process of their own, and what for.
THREADS: Mapping[str, str] = {
    "faces/cli/tending.py": "the rounds",
    "faces/cli/annexing.py": "starts the annex beside the server: it is told its own folder and nothing of the home",
    "faces/mail/looking.py": "looks into the library's mailbox, and writes down what lies there",
    "faces/mail/serving.py": "mail that servers hand on: one after another, written down and answered",
    "faces/sip2/server.py": "machines over SIP2: each line is answered as the machine that sent it",
    "faces/seat/screen.py": "on a public computer: serves its lock screen to itself",
    "faces/seat/launching.py": "on a public computer: launches what people work with there",
}

# Modules that can be run as programs of their own.
PROGRAMS: Mapping[str, str] = {
    "trust/ledger/verifier.py": "judges a ledger; imports nothing of the application and holds no key",
    "faces/seat/__main__.py": "runs on a public computer; imports nothing of the house, and knows one seat's key",
    "visits/__main__.py": "the annex: counts the website's visits; imports nothing of the house and holds no key",
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
        *unlike(threads(source), THREADS, "module with a thread"),
        *unlike(programs(source), PROGRAMS, "program"),
        *unlike(set(management_commands()), {}, "management command"),
    ]
