"""The website as anybody meets it: each page, and the catalogue among half a million titles.

    python -m bench.site [--titles 500000] [--times 200]

Through Django's whole chain of middleware, answers packed as a browser asks for them; without the web server's own share,
which is below a millisecond. One thread.
"""

from __future__ import annotations

import argparse
import random
import time
from typing import Any

from bench.common import figures, machine, make_home, make_house, on_its_own_core

PAGES = (
    "/library/",
    "/library/pl/",
    "/library/news/",
    "/library/events/",
    "/library/hours/",
    "/library/policy/",
    "/library/policies/privacy/differences/",
    "/library/what-we-keep/",
    "/library/promises/",
    "/library/cookies/",
    "/library/elsewhere/",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--titles", type=int, default=500_000)
    parser.add_argument("--times", type=int, default=200)
    arguments = parser.parse_args()
    house = make_house(make_home())
    words = fill(house, arguments.titles)
    from django.conf import settings
    from django.test import Client

    from circumspect.faces.public.house import served_by

    settings.ALLOWED_HOSTS = ["testserver"]
    browser = Client(headers={"Accept-Encoding": "gzip"})
    print(machine())
    with served_by(house):
        for path in PAGES:
            browser.get(path)
            spent, size = [], 0
            with on_its_own_core(arguments.times):
                for _ in range(arguments.times):
                    begin = time.perf_counter()
                    answer = browser.get(path)
                    spent.append(time.perf_counter() - begin)
                    assert answer.status_code == 200, path
                    size = len(answer.content)
                figures(f"{path} ({size / 1000:.1f} kB)", spent)
        search(browser, words, arguments.titles, arguments.times)


def fill(house: Any, titles: int) -> list[str]:
    """Branches, the sample's entries and policies, and many titles with a copy each; the words that titles are made of."""
    from circumspect.faces.cli import sitemaking
    from circumspect.records.barcodes import BarcodeKind, new_barcode
    from circumspect.records.catalog.facts import BranchFacts, ItemFacts, ItemTypeFacts, TitleFacts
    from circumspect.records.catalog.usecases import put_branch, put_item_type, upsert_items, upsert_titles

    chance = random.Random(11)
    week = (*[(("09:00", "17:00"),)] * 7,)
    for code in ("main", "east", "west"):
        put_branch(BranchFacts(code, code.title(), "1 Street", hours=week))
    put_item_type(ItemTypeFacts("book", "Book"))
    words = [
        "".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(chance.randint(2, 4)))
        for _ in range(20_000)
    ]
    begin = time.perf_counter()
    for start in range(0, titles, 2000):
        batch = [
            TitleFacts(
                f"b:{at}",
                # Few words are common and most are rare, as in real titles.
                " ".join(words[int(len(words) * chance.random() ** 3)] for _ in range(chance.randint(2, 7))),
                author=f"{chance.choice(words).title()}, {chance.choice(words).title()}",
                subjects=(chance.choice(words),),
                year=chance.randint(1900, 2026),
                material="book",
            )
            for at in range(start, min(titles, start + 2000))
        ]
        ids = upsert_titles(batch).ids
        upsert_items(
            [
                ItemFacts(
                    new_barcode(BarcodeKind.ITEM, "1234", start + at),
                    key,
                    "book",
                    "main" if at % 2 else "east",
                )
                for at, key in enumerate(ids.values())
            ]
        )
    listed = ("9780451524935", "9780061120084", "9780141439518")
    upsert_titles([TitleFacts(f"l:{isbn}", f"Listed {isbn}", isbns=(isbn,)) for isbn in listed])
    sitemaking.fill_sample(house, 1)
    print(f"{titles:,} titles in {time.perf_counter() - begin:.0f} s")
    return words


def search(browser: Any, words: list[str], titles: int, times: int) -> None:
    """Searches that differ each time: one common word, two words, the beginning of one, an author, nothing found."""
    chance = random.Random(12)

    def word() -> str:
        return words[int(len(words) * chance.random() ** 3)]

    sorts = {
        "one word": lambda: f"q={word()}",
        "two words": lambda: f"q={word()}+{word()}",
        "the beginning of a word": lambda: f"q={word()[:3]}",
        "the commonest word of all": lambda: f"q={words[0]}",
        "an author": lambda: f"q={chance.choice(words)}&in=author",
        "one word at a branch": lambda: f"q={word()}&at=east",
        "the commonest word of all at a branch": lambda: f"q={words[0]}&at=east",
        "the commonest word at a branch that has nothing": lambda: f"q={words[0]}&at=west",
        "the first letter of a word": lambda: f"q={word()[:1]}",
        "the fifth page": lambda: f"q={words[0]}&page=5",
        "nothing found": lambda: "q=xqxqxqx",
    }
    print(f"\ncatalogue search among {titles:,} titles, as a page")
    for name, asked in sorts.items():
        spent = []
        with on_its_own_core(times):
            for _ in range(times):
                begin = time.perf_counter()
                answer = browser.get(f"/library/catalogue/?{asked()}")
                spent.append(time.perf_counter() - begin)
                assert answer.status_code == 200
            figures(name, spent)


if __name__ == "__main__":
    main()
