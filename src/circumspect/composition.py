"""Put the house together for a process: the one place that knows every floor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import ModuleType

from django.conf import settings

from circumspect.home import Home, HomeError
from circumspect.offices.importing import runs
from circumspect.offices.notices import gathered as notices
from circumspect.offices.notices import running as notices_running
from circumspect.offices.notices import staffmail
from circumspect.offices.privacydesk import access, calling, copies, foia, guarding, sparing
from circumspect.offices.privacydesk import ending as cases_ending
from circumspect.offices.privacydesk import promises as privacy_promises
from circumspect.offices.publishing import policies, reading
from circumspect.offices.retention import deciding, disposing
from circumspect.offices.retention import promises as kept
from circumspect.offices.retention.disposing import CertificateSeries, Due
from circumspect.offices.review import promises as review_promises
from circumspect.offices.review.cards import own_cards
from circumspect.offices.staff import accounts, duty, leaving, signoff
from circumspect.offices.staff import promises as staff_promises
from circumspect.offices.staff.models import StaffMember
from circumspect.offices.statistics import showing
from circumspect.records import gathering
from circumspect.records.holdings import Collector
from circumspect.records.inquiries import publicrecords
from circumspect.records.inquiries import tending as letters
from circumspect.records.promises import Look, Promise
from circumspect.records.textrules import words
from circumspect.trust.door.house import House, build_house
from circumspect.trust.ledger.store import LedgerEntry
from circumspect.trust.policy.request import Actor


@lru_cache(maxsize=1)
def the_house() -> House:
    """The house of the home that this process serves.

    Raises:
        HomeError: No home is named.
        KeyringError: Its keys cannot be used.
    """
    home: Home | None = settings.HOME
    if home is None:
        raise HomeError("no library home is named: use --home, or set CIRCUMSPECT_HOME")
    return build_house(home, signoff.number_in_force, decided=deciding.decisions, own_cards=own_cards)


def machines() -> ModuleType:
    """How machines that speak SIP2 are served, for whoever starts a process: see ``faces.sip2.starting``."""
    from circumspect.faces.sip2 import starting

    return starting


def mail() -> ModuleType:
    """How mail comes in, for whoever starts a process: see ``faces.mail.starting``."""
    from circumspect.faces.mail import starting

    return starting


def collectors() -> Mapping[str, Collector]:
    """Who collects what is held about one patron, by series: the records' own and what offices keep. For ``gathering``."""
    return {**gathering.COLLECTORS, **notices.COLLECTORS}


def public_sources() -> Mapping[str, foia.Source]:
    """Where a search for public records looks: letters that are public records, and all that was published."""

    def letters_found(house: House, actor: Actor, terms: str) -> list[foia.Found]:
        return [
            foia.Found(
                "letters",
                str(each.id),
                f"Letter of {each.received_on.isoformat()}",
                "\n\n".join(text for _author, text in each.texts),
            )
            for each in publicrecords.search_public_records(house, actor, terms)
        ]

    return {
        "letters": letters_found,
        "policies": _holding(_published_policies),
        "website": _holding(_published_entries),
        "statistics": _holding(_published_tables),
    }


def _holding(published: Callable[[House], Iterable[foia.Found]]) -> foia.Source:
    """A source of what everybody may read already: of it, whatever holds every word."""

    def found(house: House, _actor: Actor, terms: str) -> list[foia.Found]:
        wanted = set(words(terms))
        return [each for each in published(house) if wanted <= set(words(f"{each.title} {each.text}"))]

    return found


def _published_policies(house: House) -> Iterator[foia.Found]:
    for policy in policies.all_in_force(house.clock()):
        for row in policies.versions(policy.policy):
            text = policies.text_in(row, "en")[0]
            yield foia.Found("policies", f"{row.policy}:{row.version}", text["title"], text["body"])


def _published_entries(house: House) -> Iterator[foia.Found]:
    """News, events, services and lists, every version that was ever shown."""
    for row in reading.published(house.clock()):
        text = row.texts["en"]
        parts = (text.get(name, "") for name in ("summary", "body"))
        yield foia.Found(
            "website",
            f"{row.entry.kind}/{row.entry.slug}:{row.number}",
            text["title"],
            "\n\n".join(part for part in parts if part),
        )


def _published_tables(_house: House) -> Iterator[foia.Found]:
    for year in showing.years():
        for table in showing.tables(year):
            lines = "\n".join(", ".join(each[3:9]) for each in showing.lines(table))
            head = ", ".join(showing.COLUMNS[3:9])
            yield foia.Found(
                "statistics", f"{table.plan.code}:{year}", f"{table.plan.title}, {year}", f"{head}\n{lines}"
            )


def guard(house: House, case: int, patron: int) -> None:
    """Set aside for a few days what is held of somebody whom a new request names."""
    guarding.guard(house, case, patron, collectors())


def spared_letters(house: House) -> set[int]:
    """Letters that a request to preserve names: they are not forgotten while it stands."""
    return sparing.spared(house, sparing.LETTERS)


def spared_incidents(house: House) -> set[int]:
    """Reports of behaviour that a request to preserve names."""
    return sparing.spared(house, sparing.INCIDENTS)


def certificate_series() -> Mapping[str, CertificateSeries]:
    """The series that wait for an approved certificate, with how each ends."""
    return {
        "public mail": CertificateSeries(_due_mail, _dispose_mail),
        "cases": CertificateSeries(_due_cases, cases_ending.dispose),
        leaving.SERIES: CertificateSeries(_due_sign_offs, leaving.dispose),
        foia.SERIES: CertificateSeries(_due_records_requests, foia.dispose),
    }


def carry_out_disposals(house: House) -> int:
    """Propose what waits for a certificate, and dispose of what has one; how many records went."""
    return disposing.carry_out(house, certificate_series())


def _due_mail(house: House) -> Due | None:
    span = letters.days_of_public(letters.due_public(house))
    return Due(*span) if span else None


def _dispose_mail(house: House, last: dt.date) -> int:
    return letters.dispose(house, letters.due_public(house, until=last))


def _due_sign_offs(house: House) -> Due | None:
    span = leaving.due(house)
    return Due(*span) if span else None


def _due_records_requests(house: House) -> Due | None:
    span = foia.due_for_disposal(house)
    return Due(*span) if span else None


def _due_cases(house: House) -> Due | None:
    span = cases_ending.due(house)
    return Due(*span) if span else None


def overdue_elsewhere() -> Mapping[str, Callable[[House], int]]:
    """What offices keep past its rule, by series, for ``offices.retention.overdue``."""
    return {
        "imports": lambda house: runs.old_runs(
            house.clock() - dt.timedelta(days=house.schedule().item("imports").days)
        ).count(),
        "notices": lambda house: notices_running.count_old(house),
        "preserved": copies.count_over,
    }


def callers(house: House) -> calling.Ways:
    """Whom the privacy desk tells of a request, and how: the duty roster and the library's mail server."""

    def callees(members: Sequence[StaffMember]) -> list[calling.Callee]:
        return [
            calling.Callee(
                each.pk,
                each.display_name,
                accounts.work_email_of(each, house.vault.secrets),
                accounts.work_phone_of(each, house.vault.secrets),
            )
            for each in members
        ]

    return calling.Ways(
        lambda: callees(duty.directors_now()),
        lambda: callees(duty.call_order(house.clock())),
        lambda addresses, subject, body: staffmail.write_to(house, addresses, subject, body),
    )


def gagged_looks(house: House) -> Callable[[Sequence[LedgerEntry]], set[int]]:
    """Of entries of the ledger, the places of those that a court forbids to tell of now. For the patron's own page.

    Every entry is asked about, whether anything is hidden or not.
    """
    is_hidden = access.hidden_from_patrons(house)
    return lambda entries: {entry.index for entry in entries if is_hidden(entry.index, entry.body)}


def promises() -> tuple[Look, ...]:
    """A look at each promise, in the order in which they are shown."""
    return (
        lambda house: kept.nothing_past_its_rule(house, overdue_elsewhere()),
        kept.swept,
        kept.schedule_is_referenced,
        staff_promises.unsigned_open_nothing,
        staff_promises.policy_is_in_force,
        staff_promises.designated_are_ready,
        review_promises.looks_are_looked_into,
        kept.aside_ends,
        privacy_promises.copies_end,
        kept.ledger_is_signed,
        kept.ledger_is_witnessed,
        kept.drilled,
        kept.backed_up,
        kept.media_are_ended,
        kept.clauses_are_kept,
    )


def attested(house: House) -> list[Promise]:
    """Every promise, looked at now."""
    return [look(house) for look in promises()]
