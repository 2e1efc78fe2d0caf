"""The way to the library's other rooms: each member is shown the pages that their roles have work on.

A page that is not shown is not thereby closed, and one that is shown not thereby open: each asks for itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from circumspect.trust.policy.request import Role

EVERYBODY = frozenset(Role)
OFFICERS = frozenset({Role.FOIA_OFFICER, Role.EXECUTIVE_DIRECTOR, Role.DEPUTY_DIRECTOR})
DIRECTORS = frozenset({Role.EXECUTIVE_DIRECTOR, Role.DEPUTY_DIRECTOR})
WRITING = DIRECTORS | {Role.COMMUNICATIONS}
PRIVACY = DIRECTORS | {Role.PRIVACY_IN_CHARGE}
KEEPING = PRIVACY | {Role.SYSTEM}
SUPERVISING = PRIVACY | {Role.SUPERVISOR, Role.CIRCULATION_LEAD}
READING_REPORTS = PRIVACY | {Role.SUPERVISOR}
REPORTING = READING_REPORTS | {Role.DESK, Role.CIRCULATION_LEAD, Role.REFERENCE}
WEB = DIRECTORS | {Role.COMMUNICATIONS, Role.SYSTEM}
ASKED = frozenset({Role.REFERENCE, Role.DESK, Role.CIRCULATION_LEAD, Role.SUPERVISOR})
TYPING = DIRECTORS | {Role.CIRCULATION_LEAD, Role.SUPERVISOR, Role.COMMUNICATIONS}
REPORTS = DIRECTORS | {
    Role.CIRCULATION_LEAD,
    Role.SUPERVISOR,
    Role.FINANCE,
    Role.TRUSTEE,
    Role.COMMUNICATIONS,
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the office.

    Attributes:
        name: The address's name.
        title: As on the page itself.
        about: What it is for, in one line.
        roles: Whose work it is.
    """

    name: str
    title: str
    about: str
    roles: frozenset[Role]


# By the rooms they lead to; each room has its own heading.
ROOMS: dict[str, tuple[Page, ...]] = {
    "People": (
        Page(
            "people-card",
            "When somebody asks about a patron",
            "What to say and do, on one page to print",
            EVERYBODY,
        ),
        Page(
            "incidents-report",
            "Report something that happened",
            "Behaviour in the building, apart from every account",
            REPORTING,
        ),
        Page(
            "people-own-card",
            "Your own library card",
            "Tie it to your account, so that the door knows it",
            EVERYBODY,
        ),
        Page(
            "review", "Looks to look into", "Looks at records that stand out, and what came of them", PRIVACY
        ),
        Page("incidents", "Reports of behaviour", "Read them, decide, suspend until a day", READING_REPORTS),
        Page("people", "Who is due", "Policy to sign, talks to confirm, trainings and reviews", SUPERVISING),
        Page(
            "people-designations",
            "Designations and duty",
            "Who may authorise, who is on duty, who is called",
            PRIVACY,
        ),
        Page(
            "people-trainings",
            "Trainings and reviews",
            "What the designated know, and when to look again",
            PRIVACY,
        ),
        Page("people-trustees", "Trustees", "The board, and when each went through the policy", PRIVACY),
    ),
    "Requests about patrons": (
        Page(
            "cases",
            "Requests about patrons",
            "Orders, warrants, officers' requests: from first contact to filed record.",
            PRIVACY,
        ),
        Page(
            "foia",
            "Requests for public records",
            "Write one down; answer it within its business days",
            EVERYBODY,
        ),
        Page("foia-denials", "File of denials", "By exemption; it names nobody", OFFICERS),
        Page("case-deadlines", "Deadlines", "Every day on which something is due", PRIVACY | OFFICERS),
        Page("case-wording", "Wording", "What forms and letters say, and who approved it", PRIVACY),
        Page("case-counts", "Transparency report", "Kinds and outcomes by quarter, in bands", PRIVACY),
    ),
    "Keeping and forgetting": (
        Page("retention", "Forgetting", "What the sweep let go of, and what waits for it", KEEPING),
        Page(
            "retention-schedule", "How long records are kept", "The schedule, and who decided what", KEEPING
        ),
        Page(
            "retention-disposals", "Disposal certificates", "What waits for an approved certificate", KEEPING
        ),
        Page("retention-media", "Disks and machines", "What held records, and how it was ended", KEEPING),
        Page("promises", "The state of our promises", "Kept or not, on the running system", KEEPING),
    ),
    "In public": (
        Page(
            "publishing", "What we say in public", "News, events, services and lists of the website", WRITING
        ),
        Page(
            "publishing-outside",
            "Sites that are not ours",
            "Services, what they set, dead links, signing on",
            WRITING,
        ),
        Page("publishing-policies", "Published policies", "Versions, change notes, reviews", DIRECTORS),
    ),
    "Questions and mail": (
        Page(
            "letters",
            "Letters",
            "Questions, wishes, suggestions, forms and e-mails that wait",
            frozenset({Role.REFERENCE, Role.COMMUNICATIONS}),
        ),
        Page(
            "letters-forms",
            "Forms for the public",
            "Make a form, open it, close it; directors decide its class",
            DIRECTORS | {Role.REFERENCE, Role.COMMUNICATIONS},
        ),
        Page(
            "letters-news",
            "Newsletter",
            "Write an issue, send it, see who gets it",
            frozenset({Role.COMMUNICATIONS}),
        ),
        Page(
            "letters-public",
            "Public records among the letters",
            "Search them for a request under FOIA",
            frozenset({Role.FOIA_OFFICER}),
        ),
    ),
    "Counts": (
        Page("counts-visits", "Visits to the website", "How the site is used, without knowing by whom", WEB),
        Page("counts-reference", "Reference questions", "A button: one more question was answered", ASKED),
        Page(
            "counts-typed", "Figures to type in", "Door, wireless sessions, programmes: once a month", TYPING
        ),
        Page(
            "counts-figures",
            "The yearly report",
            "Figures for the State Library, each with its method",
            REPORTS,
        ),
        Page("counts-tables", "Published tables", "What is out, and the year that can go out", REPORTS),
    ),
}


def rooms_for(roles: frozenset[str]) -> list[tuple[str, list[Page]]]:
    """Headings and pages of somebody with these roles; a room without a page is left out."""
    shown = [(room, [page for page in pages if page.roles & roles]) for room, pages in ROOMS.items()]
    return [(room, pages) for room, pages in shown if pages]


@require_safe
def office(request: HttpRequest) -> HttpResponse:
    """Show the rooms."""
    rooms = rooms_for(frozenset(request.actor.roles))  # type: ignore[attr-defined]
    return render(request, "desk/office.html", {"rooms": rooms})
