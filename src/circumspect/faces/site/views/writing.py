"""What communications staff write: news, events, services, lists; with feeds that any reader can follow.

Source: issue "The public side", section 2; clauses TH-2.1, TH-2.2.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event

from circumspect.faces.public import languages
from circumspect.faces.public.house import house
from circumspect.faces.public.markdown import html, plain
from circumspect.faces.public.pages import show
from circumspect.faces.site import catalogue
from circumspect.faces.site.leading import absolute, via
from circumspect.offices.publishing import reading
from circumspect.offices.publishing.rules import Kind
from circumspect.records.catalog.models import Branch
from circumspect.records.circulation.rulebook import zone_of

_MOST_IN_FEED = 30
_A_PAGE = 60
# An event without an end is taken to last this long by calendars.
_USUAL_EVENT = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of entry: its pages, and what they are called."""

    kind: Kind
    name: str
    title: Promise
    about: Promise
    has_feed: bool = True


SECTIONS = {
    Kind.NEWS: Section(
        Kind.NEWS,
        "site-news",
        gettext_lazy("News"),
        gettext_lazy("What is new at the library, the newest first."),
    ),
    Kind.EVENT: Section(
        Kind.EVENT,
        "site-events",
        gettext_lazy("Events"),
        gettext_lazy("What is on, the next first. Everybody may come; nobody is asked who they are."),
    ),
    Kind.LIST: Section(
        Kind.LIST,
        "site-lists",
        gettext_lazy("Reading lists"),
        gettext_lazy("Picked by people who work here, not worked out from what anybody borrows."),
    ),
    Kind.SERVICE: Section(
        Kind.SERVICE,
        "site-services",
        gettext_lazy("Services"),
        gettext_lazy("What you can do here."),
        has_feed=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Card:
    """An entry as pages show it, in the page's language.

    Attributes:
        said_in: The language it is written in, where that is not the page's.
        since: From when it was first shown.
        changed: From when it is shown as it is.
    """

    slug: str
    name: str
    title: str
    summary: str
    body: str
    said_in: str
    since: dt.datetime
    changed: dt.datetime
    starts: dt.datetime | None
    ends: dt.datetime | None
    where: str
    href: str


def card(each: reading.Shown, names: dict[str, str]) -> Card:
    """One entry in the page's language, its moments in the library's time."""
    zone = zone_of(house())
    spoken = languages.current()
    said_in = spoken if spoken in each.texts else languages.SOURCE
    said = each.texts[said_in]
    name = f"{SECTIONS[each.kind].name}-entry"
    return Card(
        slug=each.slug,
        name=name,
        title=said["title"],
        summary=said["summary"],
        body=said["body"],
        said_in="" if said_in == spoken else said_in,
        since=each.first_shown.astimezone(zone),
        changed=each.since.astimezone(zone),
        starts=each.starts_at.astimezone(zone) if each.starts_at else None,
        ends=each.ends_at.astimezone(zone) if each.ends_at else None,
        where=", ".join(part for part in (each.place, names.get(each.branch, "")) if part),
        href=languages.address(name, each.slug),
    )


def cards(kind: Kind, most: int) -> list[Card]:
    """The entries of a kind that are shown now; events by their day."""
    now = house().clock()
    found = reading.to_come(now) if kind is Kind.EVENT else reading.shown(kind, now)
    names = dict(Branch.objects.values_list("code", "name"))
    return [card(each, names) for each in found[:most]]


@require_safe
def listing(request: HttpRequest, kind: Kind) -> HttpResponse:
    """All entries of a kind."""
    section = SECTIONS[kind]
    context = {"section": section, "cards": cards(kind, _A_PAGE), "is_events": kind is Kind.EVENT}
    if section.has_feed:
        context["feed"] = languages.address(f"{section.name}-feed")
    return show(request, "site/listing.html", context)


@require_safe
def entry(request: HttpRequest, kind: Kind, slug: str) -> HttpResponse:
    """One entry."""
    found = _one(kind, slug)
    told = card(found, dict(Branch.objects.values_list("code", "name")))
    titles = catalogue.titles(key for key, _remark in found.titles)
    listed = [(key, *titles[key], remark) for key, remark in found.titles if key in titles]
    context = {
        "section": SECTIONS[kind],
        "card": told,
        "text": html(told.body, via()),
        "listed": listed,
        "is_event": kind is Kind.EVENT,
        "is_over": kind is Kind.EVENT
        and (found.ends_at or found.starts_at or house().clock()) < house().clock(),
        "changed": found.since.astimezone(zone_of(house())) if found.number > 1 else None,
    }
    return show(request, "site/entry.html", context)


@require_safe
def feed(request: HttpRequest, kind: Kind) -> HttpResponse:
    """The newest entries of a kind as an Atom feed. Reading it tells us nothing: there is no number of a reader in it."""
    section = SECTIONS[kind]
    home = house().home
    here = absolute(request, languages.address(section.name))
    made = Atom1Feed(
        title=f"{home.setting('library', 'name', 'Library')}: {section.title}",
        link=here,
        description=str(section.about),
        language=languages.current(),
        feed_url=absolute(request, languages.address(f"{section.name}-feed")),
        feed_guid=here,
    )
    for each in cards(kind, _MOST_IN_FEED):
        link = absolute(request, each.href)
        made.add_item(
            title=each.title,
            link=link,
            # Readers take a summary for HTML: a sign such as "<" would swallow what follows it.
            description=escape(
                "\n\n".join(part for part in (_when(each), each.summary or plain(each.body)) if part)
            ),
            unique_id=link,
            pubdate=each.since,
            updateddate=each.changed,
        )
    return HttpResponse(made.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """All events to come, as a calendar to follow."""
    names = dict(Branch.objects.values_list("code", "name"))
    return _calendar(request, [card(each, names) for each in reading.to_come(house().clock())])


@require_safe
def event_file(request: HttpRequest, slug: str) -> HttpResponse:
    """One event, to put in a calendar of one's own."""
    names = dict(Branch.objects.values_list("code", "name"))
    return _calendar(request, [card(_one(Kind.EVENT, slug), names)])


def _one(kind: Kind, slug: str) -> reading.Shown:
    found = reading.one(kind, slug, house().clock())
    if found is None:
        raise Http404
    return found


def _when(each: Card) -> str:
    return f"{languages.day(each.starts, 'full')}, {languages.clock(each.starts)}" if each.starts else ""


def _calendar(request: HttpRequest, events: list[Card]) -> HttpResponse:
    made: Any = Calendar()
    made.add("prodid", "-//Circumspect//library events//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", f"{house().home.setting('library', 'name', 'Library')}: {_('Events')}")
    for each in events:
        if each.starts is None:
            continue
        event: Any = Event()
        event.add("uid", f"{each.slug}@{request.get_host().partition(':')[0]}")
        # Without a method this is the day of the last change (RFC 5545): by it a calendar tells that an event was moved.
        event.add("dtstamp", each.changed.astimezone(dt.UTC))
        event.add("dtstart", each.starts.astimezone(dt.UTC))
        event.add("dtend", (each.ends or each.starts + _USUAL_EVENT).astimezone(dt.UTC))
        event.add("summary", each.title)
        if each.where:
            event.add("location", each.where)
        event.add("description", each.summary or plain(each.body))
        event.add("url", absolute(request, each.href))
        made.add_component(event)
    return HttpResponse(made.to_ical(), content_type="text/calendar; charset=utf-8")
