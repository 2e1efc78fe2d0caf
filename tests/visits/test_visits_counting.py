"""What is counted of the website, and what is cut off before it is."""

from __future__ import annotations

import datetime as dt

import pytest
from visits_support import CHROME, FIREFOX, GOOGLEBOT, IPHONE, at, counted, look, total

from circumspect.visits.counting import Counting
from circumspect.visits.recent import Recent
from circumspect.visits.reducing import UNTOLD, Devices, area_of, language_of, page_of
from circumspect.visits.tables import (
    ADDRESS,
    AREA,
    DEVICE,
    HOUR,
    LANGUAGE,
    LEFT_OUT,
    PAGE,
    PATH,
    REFERRER,
    TABLES,
    columns,
)  # fmt: skip
from circumspect.visits.telling import look_at


def told(path: str = "", cookies: dict[str, str] | None = None, **headers: str):
    spelled = {name.replace("_", "-"): value for name, value in headers.items()}
    return look_at(
        path, cookies=cookies or {}, headers=spelled, address="", own_hosts=frozenset({"library.example"})
    )


@pytest.mark.clause("TH-2.3", "TH-2.5")
def test_the_annex_stores_a_closed_list_of_columns():
    """No visitor, no session, no time finer than a day; hours only as sums over a month."""
    assert columns() == {
        "visits.Area": ["day", "area", "views", "visits"],
        "visits.Page": ["day", "area", "page", "views"],
        "visits.Path": ["day", "from_area", "to_area", "times"],
        "visits.Referrer": ["day", "host", "visits"],
        "visits.Language": ["day", "language", "visits"],
        "visits.Device": ["day", "device", "visits"],
        "visits.Hour": ["month", "weekday", "hour", "views", "visits"],
        "visits.LeftOut": ["day", "why", "times"],
        "visits.Address": ["hour", "address", "views"],
    }


def test_two_pages_within_half_an_hour_are_one_visit():
    sums = counted((look("events"), at(9)), (look("events/film"), at(9, 29)), (look("news"), at(9, 58)))

    assert total(sums, AREA, "visits") == 1
    assert total(sums, AREA, "views") == 3
    assert sums[PATH] == {("2026-11-23", "events", "news"): [1]}


def test_after_half_an_hour_of_quiet_a_visit_is_a_new_one():
    assert total(counted((look(), at(9)), (look(), at(9, 30))), AREA, "visits") == 2


def test_two_browsers_behind_one_address_are_two_visits():
    assert total(counted((look(), at(9)), (look(browser=CHROME), at(9, 1))), AREA, "visits") == 2


def test_a_day_begins_with_nobody_known():
    """A visit over midnight counts on both days: the price of forgetting."""
    sums = counted((look(), at(23, 55)), (look(), at(0, 5, day=24)))

    assert {key[0] for key in sums[AREA]} == {"2026-11-23", "2026-11-24"}
    assert total(sums, AREA, "visits") == 2


@pytest.mark.clause("TH-2.5")
def test_hours_are_summed_over_the_same_days_of_a_month():
    """Two Mondays at ten are one row: no day's hour stands by itself."""
    sums = counted((look(), at(10, day=16)), (look(), at(10, 50, day=23)))

    assert sums[HOUR] == {("2026-11", 0, 10): [2, 2]}


def test_language_device_and_site_are_counted_once_a_visit():
    sums = counted(
        (look(host="example.org", language="pl", browser=IPHONE), at(9)),
        (look("news", host="example.org", language="pl", browser=IPHONE), at(9, 5)),
    )

    assert sums[LANGUAGE] == {("2026-11-23", "pl"): [1]}
    assert sums[DEVICE] == {("2026-11-23", "phone"): [1]}
    assert sums[REFERRER] == {("2026-11-23", "example.org"): [1]}


def test_programs_are_left_out_and_their_number_is_said():
    sums = counted(
        *((look(browser=browser), at(9)) for browser in (GOOGLEBOT, "curl/8.5.0", "", "python-requests/2.32"))
    )

    assert AREA not in sums
    assert sums[LEFT_OUT] == {("2026-11-23", "bot"): [4]}


@pytest.mark.parametrize(
    ("browser", "kind"),
    [
        (FIREFOX, "computer"),
        (CHROME, "computer"),
        (IPHONE, "phone"),
        (
            "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 Version/16.6 Mobile/15E148 Safari/604.1",
            "tablet",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126 Mobile Safari/537.36",
            "phone",
        ),
        ("Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 Chrome/126 Safari/537.36", "tablet"),
        ("Mozilla/5.0 (PlayStation 5 8.0) AppleWebKit/605.1.15", "other"),
        (UNTOLD, "other"),
    ],
    ids=["linux", "windows", "iphone", "ipad", "android-phone", "android-tablet", "console", "untold"],
)
def test_a_device_is_one_of_four_kinds(browser: str, kind: str):
    assert Devices().kind_of(browser) == kind


@pytest.mark.clause("TH-2.6")
@pytest.mark.parametrize(
    "path",
    [
        "catalog?q=divorce",
        "catalog/?q=divorce&page=2",
        "catalog#divorce",
        "catalog;divorce",
        "catalog/?divorce",
    ],
)
def test_what_somebody_searched_for_is_cut_off(path: str):
    """Before it leaves the website's own process."""
    assert told(path).page == "catalog"
    assert "divorce" not in repr(told(path))


@pytest.mark.clause("TH-2.7")
@pytest.mark.parametrize(
    ("referrer", "host"),
    [
        ("https://www.Example.org/search?q=my+illness#x", "example.org"),
        ("http://news.example.com:8080/a/b", "news.example.com"),
        ("https://user:secret@example.net/x", "example.net"),
        ("https://library.example/catalog/?q=x", ""),
        ("https://192.0.2.4/router", ""),
        ("https://[2001:db8::1]/", ""),
        ("https://localhost/", ""),
        ("android-app://com.example/", ""),
        ("https://[", ""),
        ("", ""),
    ],
)
def test_of_the_site_somebody_came_from_only_the_name_is_left(referrer: str, host: str):
    assert told(Referer=referrer).host == host


@pytest.mark.parametrize(
    ("accept", "language"),
    [("pl-PL,pl;q=0.9,en;q=0.8", "pl"), ("es", "es"), ("*", ""), ("", ""), ("english", "")],
)
def test_of_languages_the_first_is_taken_without_its_region(accept: str, language: str):
    assert language_of(accept) == language


@pytest.mark.clause("TH-2.8", "TH-3.6")
@pytest.mark.parametrize("cookie", ["circumspect_patron", "circumspect_session"])
def test_whoever_carries_an_accounts_cookie_is_not_measured(cookie: str):
    """Whatever page they look at."""
    assert told("events", {cookie: "x"}) is None
    assert told("events", {"foreign": "x"}) is not None


def test_a_page_fetched_in_advance_is_not_a_look():
    assert told("events", Sec_Purpose="prefetch;prerender") is None


def test_pages_and_areas_are_parts_of_a_path():
    assert (page_of("/events/film-night/?x=1"), area_of("events/film-night")) == (
        "events/film-night",
        "events",
    )
    assert (page_of("/"), area_of("")) == ("", "home")
    assert page_of("/a b\n<script>") == "a_b__script_"


def test_invented_pages_and_sites_fill_other_and_no_memory():
    """Ten thousand names make five thousand rows and one more."""
    counting = Counting()
    for number in range(10_000):
        counting.count(look(f"x{number}/y", host=f"h{number}.example", address=f"a{number}"), at(9))
    sums = counting.take()

    assert len(sums[PAGE]) <= 5000 + 255
    assert len(sums[REFERRER]) == 1001
    assert len(sums[AREA]) == 255
    assert total(sums, PAGE, "views") == total(sums, REFERRER, "visits") == 10_000


@pytest.mark.clause("TH-2.4")
def test_no_address_is_counted_unless_that_was_decided():
    assert ADDRESS not in counted((look(), at(9)))
    kept = counted((look(), at(9)), (look("news"), at(9, 5)), counting=Counting(keep_addresses=True))
    assert kept[ADDRESS] == {("2026-11-23T09", "198.51.100.7"): [2]}


def test_the_recent_are_let_go_within_an_hour():
    """Not by a sweep that could be late: the older of two tables is dropped whole."""
    recent = Recent()
    recent.seen(7, 0, 1)
    assert recent.seen(7, 29, 2) == (1, 2)
    recent.seen(8, 61, 1)
    recent.seen(8, 95, 1)

    held = set(recent._now.keys) | set(recent._before.keys)
    assert 7 not in held


def test_the_recent_find_everybody_again_while_they_grow():
    recent = Recent()
    for key in range(1, 20_001):
        recent.seen(key * 0x9E3779B97F4A7C15 % 2**64, 1, key % 255 + 1)

    assert all(
        recent.seen(key * 0x9E3779B97F4A7C15 % 2**64, 2, 9) == (key % 255 + 1, 2) for key in range(1, 20_001)
    )


def test_a_full_table_begins_anew_and_stays_as_large_as_it_was():
    recent = Recent(most_bits=10)
    for key in range(1, 5000):
        recent.seen(key, 1, 1)

    assert recent._now.bits == 10


def test_sums_are_taken_once():
    counting = Counting()
    counting.count(look(), at(9))

    assert total(counting.take(), AREA, "views") == 1
    assert counting.take() == {}


def test_no_table_has_a_row_for_a_visit():
    """Each table's key is a day or a month and a word; a thousand visits to one page are one row in each."""
    counting = Counting()
    for number in range(1000):
        counting.count(look(address=f"203.0.113.{number}"), at(9) + dt.timedelta(seconds=number))
    sums = counting.take()

    assert {table.name: len(rows) for table, rows in sums.items()} == {
        table.name: 1 for table in TABLES if table not in (PATH, LEFT_OUT, ADDRESS)
    }


def test_one_visit_moves_no_count_by_more_than_two_hundred():
    """A program that calls itself a browser is left out from there on, and that is counted."""
    sums = counted(*((look(f"p{number % 3}"), at(9, number // 10)) for number in range(300)))

    assert total(sums, AREA, "views") == 200
    assert sums[LEFT_OUT] == {("2026-11-23", "too many"): [100]}
