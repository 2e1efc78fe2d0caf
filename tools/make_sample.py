#!/usr/bin/env python3
"""Make the sample library's items, patrons and loans, the same bytes at every run.

Rules:
- ``titles.csv``, the three TOML files and the tables below are written by hand: facts about real
  works, invented people. This program multiplies them; it invents no title and no ISBN.
- No birth date, card or address is a real person's: telephone numbers are 555-0100 to 555-0199,
  e-mail addresses are at example.org, example.net and example.com, streets and towns are invented.
- Nothing here knows the day it runs on. Expiry and due dates are written as days from the day
  of import (``+365``, ``-40``); the loader resolves them with ``circumspect.sample.day_of``.
- Chance comes from ``Dice``, which uses only what Python promises to keep between versions.

``tools/make_sample.py`` writes into the package; ``--out FOLDER`` writes elsewhere.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from circumspect.records.barcodes import BarcodeKind, new_barcode  # noqa: E402
from circumspect.sample import folder  # noqa: E402

T = TypeVar("T")
INSTITUTION = "1234"
PATRONS = 520


@dataclass(frozen=True)
class Title:
    """One row of ``titles.csv``."""

    title: str
    author: str
    isbn: str
    year: str
    language: str
    subjects: str
    material: str
    publisher: str


@dataclass(frozen=True)
class Item:
    """One row of ``items.csv``."""

    barcode: str
    title: str
    author: str
    isbn: str
    item_type: str
    branch: str
    collection: str
    call_number: str


@dataclass(frozen=True)
class Patron:
    """One row of ``patrons.csv``."""

    card_number: str
    category: str
    given_name: str
    family_name: str
    street: str = ""
    city: str = ""
    postcode: str = ""
    phone: str = ""
    email: str = ""
    birth_date: str = ""
    language: str = "en"
    expires_on: str = ""
    note: str = ""
    adult_name: str = ""
    adult_contact: str = ""


@dataclass(frozen=True)
class Loan:
    """One row of ``loans.csv``."""

    card_number: str
    item_barcode: str
    lent_days_ago: int
    due_in_days: int


class Dice:
    """Chance that falls the same way on every Python: built on ``random()`` alone."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def upto(self, count: int) -> int:
        """A whole number from 0 to ``count`` - 1."""
        return int(self._random.random() * count)

    def between(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return least + self.upto(most - least + 1)

    def one_of(self, things: Sequence[T]) -> T:
        """Any of them, each as likely."""
        return things[self.upto(len(things))]

    def weighted(self, things: Mapping[T, int]) -> T:
        """Any of the keys, as likely as its weight says."""
        point = self.upto(sum(things.values()))
        for thing, weight in things.items():
            point -= weight
            if point < 0:
                return thing
        raise AssertionError("weights ran out")

    def early(self, things: Sequence[T]) -> T:
        """One of a list ordered by frequency: the first is about five times as likely as the last."""
        return self.weighted({thing: 10 - 8 * place // len(things) for place, thing in enumerate(things)})

    def chance(self, percent: int) -> bool:
        """True in about ``percent`` of a hundred."""
        return self.upto(100) < percent

    def shuffled(self, things: Iterable[T]) -> list[T]:
        """All of them, in any order."""
        return [thing for _, _, thing in sorted((self._random.random(), n, t) for n, t in enumerate(things))]


# --- items -----------------------------------------------------------------------------------------------

# First subject of a title -> (collection, classmark). Dewey numbers stop at three or four digits.
SHELVES = {
    "Fiction": ("Adult Fiction", "FIC"),
    "Historical fiction": ("Adult Fiction", "FIC"),
    "Short stories": ("Adult Fiction", "FIC"),
    "Horror fiction": ("Adult Fiction", "FIC"),
    "Mystery fiction": ("Mystery", "MYS"),
    "Science fiction": ("Science Fiction and Fantasy", "SF"),
    "Fantasy fiction": ("Science Fiction and Fantasy", "SF"),
    "Young adult fiction": ("Young Adult", "YA"),
    "Children's fiction": ("Children's Fiction", "J"),
    "Children's nonfiction": ("Children's Nonfiction", "J 500"),
    "Children's poetry": ("Children's Nonfiction", "J 811"),
    "Picture books": ("Picture Books", "E"),
    "Graphic novels": ("Graphic Novels", "GN"),
    "Biography": ("Biography", "BIO"),
    "Serials": ("Periodicals", "PER"),
    "Reference": ("Reference", "REF"),
    "Equipment": ("Library of Things", "LOT"),
    "Feature films": ("Films", "DVD"),
    "Animated films": ("Films", "DVD"),
    "Documentary films": ("Films", "DVD"),
    "Jazz": ("Music", "CD JAZZ"),
    "Rock music": ("Music", "CD ROCK"),
    "Soul music": ("Music", "CD SOUL"),
    "Rap (Music)": ("Music", "CD RAP"),
    "Popular music": ("Music", "CD POP"),
    "Classical music": ("Music", "CD CLASSICAL"),
    "American poetry": ("Adult Nonfiction", "811"),
    "English poetry": ("Adult Nonfiction", "821"),
    "Greek poetry": ("Adult Nonfiction", "883"),
    "Lithuanian poetry": ("Adult Nonfiction", "891.92"),
    "Polish poetry": ("Adult Nonfiction", "891.85"),
    "Spanish American poetry": ("Adult Nonfiction", "861"),
    "Spanish poetry": ("Adult Nonfiction", "861"),
    "Ukrainian poetry": ("Adult Nonfiction", "891.79"),
    "Vietnamese poetry": ("Adult Nonfiction", "895.92"),
    "Drama": ("Adult Nonfiction", "808.82"),
    "Rhetoric": ("Adult Nonfiction", "808"),
    "Art": ("Adult Nonfiction", "709"),
    "Astronomy": ("Adult Nonfiction", "520"),
    "Biology": ("Adult Nonfiction", "576"),
    "Business": ("Adult Nonfiction", "650"),
    "Computer programming": ("Adult Nonfiction", "005.1"),
    "Computers and society": ("Adult Nonfiction", "303.48"),
    "Cooking": ("Adult Nonfiction", "641.5"),
    "Criminal justice": ("Adult Nonfiction", "364"),
    "Ecology": ("Adult Nonfiction", "577"),
    "Economics": ("Adult Nonfiction", "330"),
    "English language": ("Adult Nonfiction", "428"),
    "Home economics": ("Adult Nonfiction", "648"),
    "Illinois -- History": ("Adult Nonfiction", "977.3"),
    "Law": ("Adult Nonfiction", "340"),
    "Libraries": ("Adult Nonfiction", "027"),
    "Mathematics": ("Adult Nonfiction", "510"),
    "Medicine": ("Adult Nonfiction", "610"),
    "Military science": ("Adult Nonfiction", "355"),
    "Philosophy": ("Adult Nonfiction", "100"),
    "Photography": ("Adult Nonfiction", "770"),
    "Physics": ("Adult Nonfiction", "530"),
    "Psychology": ("Adult Nonfiction", "150"),
    "Race relations": ("Adult Nonfiction", "305.8"),
    "Social problems": ("Adult Nonfiction", "361"),
    "Sports": ("Adult Nonfiction", "796"),
    "Travel": ("Adult Nonfiction", "910"),
    "True crime": ("Adult Nonfiction", "364.15"),
    "United States -- History": ("Adult Nonfiction", "973"),
    "World history": ("Adult Nonfiction", "909"),
}
SHELF_OF_TYPE = {
    "large_print": ("Large Print", "LP"),
    "audiobook": ("Audiobooks", "AB"),
}
NEW_SINCE = 2020
COPIES = {
    "book": {1: 25, 2: 40, 3: 25, 4: 10},
    "picture_book": {2: 40, 3: 40, 4: 20},
    "dvd": {1: 30, 2: 60, 3: 10},
    "magazine": {6: 1},
    "reference": {1: 70, 2: 30},
    "equipment": {3: 50, 4: 50},
}


def read_titles(source: Path) -> list[Title]:
    """The rows of ``titles.csv``, in their order."""
    with (source / "titles.csv").open(encoding="utf-8", newline="") as rows:
        return [Title(**row) for row in csv.DictReader(rows)]


def first_letters(title: Title) -> str:
    """Three letters for the spine, from the author or else the title, without their accents."""
    name = title.author or title.title
    apart = unicodedata.normalize("NFKD", name).replace("Ł", "L").replace("ł", "l")
    return "".join(sign for sign in apart if sign.isalnum())[:3].upper()


def shelf_of(title: Title) -> tuple[str, str]:
    """Collection and call number of every copy of a title."""
    first = title.subjects.split("; ")[0]
    collection, mark = SHELF_OF_TYPE.get(title.material, SHELVES[first])
    if title.language not in ("", "eng", "zxx") and title.material in ("book", "picture_book", "large_print"):
        collection, mark = f"World Languages {title.language.upper()}", f"{title.language.upper()} {mark}"
    return collection, f"{mark} {first_letters(title)}"


def make_items(titles: Sequence[Title], dice: Dice) -> list[Item]:
    """Copies of each title over the two branches; of recent books, the first copy is a new book."""
    items: list[Item] = []
    for title in titles:
        collection, call_number = shelf_of(title)
        for copy in range(dice.weighted(COPIES.get(title.material, {1: 40, 2: 60}))):
            is_new = title.material == "book" and title.year >= str(NEW_SINCE) and copy == 0
            items.append(
                Item(
                    barcode=new_barcode(BarcodeKind.ITEM, INSTITUTION, 1001 + len(items)),
                    title=title.title,
                    author=title.author,
                    isbn=title.isbn,
                    item_type="new_book" if is_new else title.material,
                    branch="main" if dice.chance(64) else "east",
                    collection=collection,
                    call_number=f"{call_number} no. {copy + 1}"
                    if title.material == "magazine"
                    else call_number,
                )
            )
    # Real shelves have gaps: a copy never given a call number, another never given a collection.
    items[7] = replace(items[7], call_number="")
    items[11] = replace(items[11], collection="")
    return items


# --- people ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NameStock:
    """Where a household's names come from. ``women`` and ``men`` and ``families`` by frequency.

    Attributes:
        families: Surnames; a pair where women's and men's differ, as "Kowalska/Kowalski".
        languages: Preferred language of notices, with weights.
        two_surnames: The second surname is the mother's first.
    """

    women: Sequence[str]
    men: Sequence[str]
    families: Sequence[str]
    languages: Mapping[str, int]
    two_surnames: bool = False


def listed(names: str) -> list[str]:
    """The names of a text with commas between."""
    return [" ".join(name.split()) for name in names.split(",")]


ENGLISH = NameStock(
    listed(
        "Mary, Jennifer, Patricia, Linda, Elizabeth, Susan, Jessica, Karen, Sarah, Nancy, Emily, "
        "Ashley, Olivia, Emma, Ava, Charlotte, Amelia, Harper, Evelyn, Abigail, Ella, Grace, Lily, "
        "Hannah, Zoë, Chloe, Ruth, Denise, Latoya, Imani, Aaliyah, Keisha, Beverly, Doris, Maureen, "
        "Bridget, Siobhán, Renée, Joy, Willa"
    ),
    listed(
        "James, Robert, John, Michael, David, William, Richard, Joseph, Thomas, Daniel, Matthew, "
        "Anthony, Mark, Liam, Noah, Oliver, Elijah, Lucas, Mason, Logan, Ethan, Henry, Owen, Jack, "
        "Samuel, Darnell, Malik, Jamal, Tyrone, Isaiah, Walter, Raymond, Eugene, Clarence, Patrick, "
        "Seán, Declan, Wendell, Amos, Ezra"
    ),
    listed(
        "Smith, Johnson, Williams, Brown, Jones, Miller, Davis, Wilson, Anderson, Taylor, Thomas, "
        "Moore, Jackson, Martin, White, Harris, Thompson, Clark, Lewis, Robinson, Walker, Young, "
        "Allen, King, Wright, Hill, Scott, Green, Adams, Baker, Nelson, Carter, Mitchell, Roberts, "
        "Turner, Phillips, Campbell, Parker, Evans, Edwards, Schmidt, Meyer, Hoffman, Olson, Larson, "
        "Murphy, Kelly, O’Brien, O’Connor, McCarthy, Fitzgerald, Sullivan, Washington, Jefferson, "
        "Booker, Freeman, Tate, Whitfield, Van Dyke, St. Clair"
    ),
    {"en": 1},
)
SPANISH = NameStock(
    listed(
        "María, Guadalupe, Ana, Sofía, Isabella, Valentina, Camila, Lucía, Rosa, Carmen, Verónica, "
        "Leticia, Yolanda, Gabriela, Daniela, Ximena, Alejandra, Mónica, Inés, Begoña, Xóchitl, "
        "Itzel, María José, María de los Ángeles, Concepción"
    ),
    listed(
        "José, Juan, Luis, Carlos, Jesús, Miguel, Ángel, Santiago, Mateo, Diego, Sebastián, "
        "Alejandro, Fernando, Raúl, Héctor, Andrés, Joaquín, Íñigo, Óscar, Rubén, José Luis, Juan "
        "Pablo, Francisco Javier, Ramón, Efraín"
    ),
    listed(
        "García, Hernández, Martínez, López, González, Rodríguez, Pérez, Sánchez, Ramírez, Cruz, "
        "Flores, Gómez, Morales, Vázquez, Reyes, Jiménez, Torres, Díaz, Gutiérrez, Mendoza, Ruiz, "
        "Aguilar, Ortiz, Castillo, Muñoz, Núñez, Ibáñez, Peña, Zúñiga, Güemes, de la Cruz, de León, "
        "Del Toro, Villaseñor, Castañeda"
    ),
    {"es": 7, "en": 3},
    two_surnames=True,
)
POLISH = NameStock(
    listed(
        "Anna, Katarzyna, Małgorzata, Agnieszka, Barbara, Ewa, Krystyna, Zofia, Julia, Hanna, Maja, "
        "Zuzanna, Oliwia, Elżbieta, Bożena, Grażyna, Łucja, Wisława, Jadwiga, Stanisława, Żaneta, "
        "Danuta"
    ),
    listed(
        "Piotr, Krzysztof, Andrzej, Tomasz, Paweł, Jan, Marek, Michał, Grzegorz, Łukasz, Antoni, "
        "Jakub, Szymon, Franciszek, Stanisław, Wojciech, Zbigniew, Zdzisław, Bartłomiej, Mieczysław, "
        "Kazimierz, Jerzy"
    ),
    listed(
        "Nowak, Kowalska/Kowalski, Wiśniewska/Wiśniewski, Wójcik, Kowalczyk, Kamińska/Kamiński, "
        "Lewandowska/Lewandowski, Zielińska/Zieliński, Szymańska/Szymański, Woźniak, "
        "Dąbrowska/Dąbrowski, Kozłowska/Kozłowski, Jankowska/Jankowski, Mazur, Krawczyk, "
        "Piotrowska/Piotrowski, Grabowska/Grabowski, Pawłowska/Pawłowski, Michalska/Michalski, Król, "
        "Wieczorek, Jabłońska/Jabłoński, Wróbel, Stępień, Górska/Górski, Pająk, Gąsior, Żak, Święs, "
        "Brzęczyszczykiewicz"
    ),
    {"pl": 6, "en": 4},
)
OTHERS = (
    NameStock(
        listed("Fatima, Aisha, Mariam, Noor, Layla"),
        listed("Omar, Yusuf, Ibrahim, Ahmad, Khalid"),
        listed("Haddad, Al-Masri, Khoury, El-Sayed, Abdulrahman"),
        {"en": 1},
    ),
    NameStock(
        listed("Linh, Mai, Thị Hương, Ngọc"),
        listed("Minh, Tuấn, Văn Hùng, Đức"),
        listed("Nguyễn, Trần, Lê, Phạm, Đặng"),
        {"en": 1},
    ),
    NameStock(
        listed("Priya, Ananya, Lakshmi, Meera"),
        listed("Arjun, Rohan, Venkatesh, Imran"),
        listed("Patel, Sharma, Krishnamurthy, Reddy, Venkataraman"),
        {"en": 1},
    ),
    NameStock(
        listed("Oksana, Olena, Iryna, Daryna"),
        listed("Andriy, Bohdan, Taras, Yuriy"),
        listed("Shevchenko, Kovalenko, Melnyk, Bondar"),
        {"en": 1},
    ),
    NameStock(
        listed("Wei, Xiaoling, Mei-Ling, Jia"),
        listed("Jun, Hao, Guo-Qiang, Ming"),
        listed("Wang, Li, Zhang, Chen, Ou Yang, Lü"),
        {"en": 1},
    ),
    NameStock(
        listed("Maria Cristina, Rosario, Althea"),
        listed("Jericho, Benigno, Paolo"),
        listed("dela Cruz, Santos, Bautista, Macaraeg"),
        {"en": 1},
    ),
    NameStock(
        listed("Jūratė, Rasa, Eglė"),
        listed("Jonas, Žygimantas, Tadas"),
        listed("Kazlauskienė/Kazlauskas, Petrauskienė/Petrauskas, Žukienė/Žukas"),
        {"en": 1},
    ),
)
STOCKS: dict[str, int] = {"english": 50, "spanish": 24, "polish": 16, "other": 10}

STREETS = listed(
    "Bluestem Lane, Cottonwood Street, Old Grain Road, Switchgrass Court, Main Street, Depot Street, "
    "Killdeer Avenue, Meadowlark Drive, North Elevator Road, Sandbar Street, Catalpa Avenue, Burr Oak "
    "Boulevard, Milkweed Way, Heron Bend, East Levee Road, Goldenrod Terrace, Harvester Street, "
    "Coneflower Circle, Mill Race Road, Shagbark Lane, St. Casimir Street, Calle Primavera, Prairie "
    "Bend Road, Osage Orange Trail"
)
AT_HOME = {("Prairie Bend", "62190"): 60, ("Prairie Bend", "62191"): 25, ("Larkspur Grove", "62192"): 15}
AWAY = (
    ("Teasel Creek", "62194"),
    ("Marais Station", "62195"),
    ("Harrow Junction", "62196"),
    ("Sedge", "62197"),
)
AREA_CODES = ("217", "309", "618", "779", "815")
DOMAINS = ("example.org", "example.net", "example.com")


@dataclass(frozen=True)
class Home:
    """What a household shares."""

    street: str
    city: str
    postcode: str
    phone: str


@dataclass
class Register:
    """The patrons made so far, with the means to make more."""

    dice: Dice
    rows: list[Patron]
    phones: list[str]
    mail_names: Counter[str]
    serial: int = 100

    def card(self) -> str:
        """The next card number."""
        self.serial += 1
        return new_barcode(BarcodeKind.PATRON, INSTITUTION, self.serial)

    def home(self, places: Mapping[tuple[str, str], int] | None = None) -> Home:
        """An address with a telephone number of its own."""
        city, postcode = self.dice.weighted(places or AT_HOME)
        street = f"{self.dice.between(1, 1899)} {self.dice.one_of(STREETS)}"
        if self.dice.chance(12):
            street += f", Apt {self.dice.between(1, 24)}{self.dice.one_of(('', 'A', 'B', 'C'))}"
        return Home(street, city, postcode, self.phones.pop())

    def mail(self, given: str, family: str) -> str:
        """An e-mail address nobody else has, or "" for the one in six who gave none."""
        if self.dice.chance(16):
            return ""
        name = (
            f"{plain(given.split()[0])}.{plain(family)}" if self.dice.chance(70) else plain(given[0] + family)
        )
        self.mail_names[name] += 1
        number = "" if self.mail_names[name] == 1 else str(self.mail_names[name])
        return f"{name}{number}@{self.dice.one_of(DOMAINS)}"

    def add(self, patron: Patron) -> Patron:
        """Enter a patron."""
        self.rows.append(patron)
        return patron


def plain(name: str) -> str:
    """Latin letters of a name, small, for an e-mail address; "reader" where there are none."""
    apart = unicodedata.normalize("NFKD", name.translate(str.maketrans("łŁđĐ", "lLdD"))).lower()
    return "".join(sign for sign in apart if sign.isascii() and sign.isalpha()) or "reader"


def stock_for(dice: Dice) -> NameStock:
    """The names of one household."""
    named = {"english": ENGLISH, "spanish": SPANISH, "polish": POLISH}
    chosen = dice.weighted(STOCKS)
    return named.get(chosen) or dice.one_of(OTHERS)


def surname(pair: str, *, woman: bool) -> str:
    """A surname in the form a woman or a man bears."""
    forms = pair.split("/")
    return forms[0] if woman else forms[-1]


def expiry(dice: Dice, most: int) -> str:
    """Days to a registration's end: some over, some over soon, most neither."""
    roll = dice.upto(100)
    if roll < 9:
        days = -dice.between(1, 900)
    elif roll < 16:
        days = dice.between(0, 30)
    else:
        days = dice.between(31, most)
    return f"{days:+d}"


def born(dice: Dice, first_year: int, last_year: int) -> str:
    """A day in those years."""
    first = date(first_year, 1, 1)
    return (first + timedelta(days=dice.upto((date(last_year, 12, 31) - first).days + 1))).isoformat()


@dataclass(frozen=True)
class Adult:
    """A grown-up of a household, with what the children take from them."""

    row: Patron
    first_surname: str


def add_adult(register: Register, stock: NameStock, pair: str, home: Home, category: str, most: int) -> Adult:
    """Enter one adult of a household."""
    dice = register.dice
    woman = dice.chance(53)
    given = dice.early(stock.women if woman else stock.men)
    first = surname(pair, woman=woman)
    family = f"{first} {dice.early(stock.families)}" if stock.two_surnames and dice.chance(60) else first
    if not stock.two_surnames and dice.chance(5):
        family = f"{first}-{surname(dice.early(stock.families), woman=woman)}"
    patron = Patron(
        card_number=register.card(),
        category=category,
        given_name=given,
        family_name=family,
        street=home.street,
        city=home.city,
        postcode=home.postcode,
        phone=home.phone if dice.chance(92) else "",
        email=register.mail(given, first),
        birth_date=born(dice, 1936, 2005) if dice.chance(90) else "",
        language=dice.weighted(stock.languages),
        expires_on=expiry(dice, most),
    )
    return Adult(register.add(patron), first)


def add_child(
    register: Register, stock: NameStock, parents: Sequence[Adult], home: Home, category: str, most: int
) -> Patron:
    """Enter one child, with the responsible adult's name and how to reach them."""
    dice = register.dice
    woman = dice.chance(50)
    adult = parents[0].row
    if stock.two_surnames:
        family = " ".join(dict.fromkeys(parent.first_surname for parent in reversed(parents)))
    else:
        pair = next((each for each in stock.families if parents[0].first_surname in each.split("/")), "")
        family = surname(pair, woman=woman) if pair else parents[0].first_surname
    return register.add(
        Patron(
            card_number=register.card(),
            category=category,
            given_name=dice.early(stock.women if woman else stock.men),
            family_name=family,
            street=home.street,
            city=home.city,
            postcode=home.postcode,
            phone=home.phone,
            email=adult.email if dice.chance(30) else "",
            birth_date=born(dice, 2012, 2021),
            language=adult.language,
            expires_on=expiry(dice, most),
            adult_name=f"{adult.given_name} {adult.family_name}",
            adult_contact=adult.phone or adult.email or home.phone,
        )
    )


def add_household(register: Register) -> None:
    """One or two adults at one address, sometimes with children."""
    dice = register.dice
    stock = stock_for(dice)
    home = register.home()
    pair = dice.early(stock.families)
    parents = [add_adult(register, stock, pair, home, "resident_adult", 1095)]
    if dice.chance(38):
        other = dice.early(stock.families) if stock.two_surnames else pair
        parents.append(add_adult(register, stock, other, home, "resident_adult", 1095))
    for _ in range(dice.weighted({0: 62, 1: 16, 2: 14, 3: 6, 4: 2})):
        add_child(register, stock, parents, home, "resident_juvenile", 1095)


# Category -> (how many, longest expiry in days, whether they live in town).
SINGLES = {
    "non_resident": (18, 365, False),
    "veteran_non_resident": (6, 365, False),
    "reciprocal": (30, 365, False),
    "digital_only": (15, 365, True),
    "homebound": (12, 1095, True),
    "temporary": (13, 60, True),
}
INSTITUTIONS = listed(
    "Prairie Bend Elementary School, St. Casimir Parish School, Larkspur Grove Head Start, Bend Manor "
    "Senior Living, Prairie Bend High School English Department, Polska Szkoła Sobotnia im. M. "
    "Kopernika, Centro Comunitario La Pradera, Little Bluestem Montessori, Larkspur Adult Day Center, "
    "Prairie Bend Park District"
)
ILL_LIBRARIES = listed(
    "Teasel Creek Public Library District, Marais Station Township Library, Harrow Junction Memorial "
    "Library, Sedge Free Public Library, Upper Prairie Regional Library System, Tallgrass Community "
    "College Library, Great Bend Consortium Depository, Larkspur County Law Library"
)


def add_singles(register: Register) -> None:
    """Patrons of the categories that are not households of residents."""
    dice = register.dice
    away = dict.fromkeys(AWAY, 1)
    for category, (count, most, in_town) in SINGLES.items():
        for _ in range(count):
            stock = stock_for(dice)
            home = register.home(None if in_town else away)
            add_adult(register, stock, dice.early(stock.families), home, category, most)
    for _ in range(6):  # two children each, who live outside the district
        stock = stock_for(dice)
        home = register.home(away)
        pair = dice.early(stock.families)
        parent = add_adult(register, stock, pair, home, "non_resident", 365)
        add_child(register, stock, [parent], home, "cards_for_kids", 365)
        add_child(register, stock, [parent], home, "cards_for_kids", 365)


def add_bodies(register: Register) -> None:
    """Schools and other libraries: one name, no birth date."""
    dice = register.dice
    for category, names in (("institution", INSTITUTIONS), ("ill_library", ILL_LIBRARIES)):
        for number, name in enumerate(names, 1):
            home = register.home() if category == "institution" else register.home(dict.fromkeys(AWAY, 1))
            register.add(
                Patron(
                    card_number=register.card(),
                    category=category,
                    given_name="",
                    family_name=name,
                    street=home.street,
                    city=home.city,
                    postcode=home.postcode,
                    phone=home.phone,
                    email=f"{category.split('_', maxsplit=1)[0]}{number}@example.org",
                    expires_on=f"+{dice.between(40, 365)}" if category == "institution" else "",
                )
            )


# Card serials 1 to 12 are those of the people in staff.toml.
STAFF = (
    ("Marguerite", "Okafor-Lindqvist"),
    ("Tadeusz", "Wróblewski"),
    ("Rosalind", "Achterberg"),
    ("Guadalupe", "Sandoval"),
    ("Dwight", "Pettibone"),
    ("Agnieszka", "Zając"),
    ("Noor", "Haddad"),
    ("Camille", "Thibodeaux"),
    ("Franklin", "Osei"),
    ("Beatriz", "Quiñones"),
    ("Ilya", "Brandvold"),
    ("Hollis", "Merriweather"),
)


def home_of(patron: Patron) -> Home:
    """The household a patron already belongs to."""
    return Home(patron.street, patron.city, patron.postcode, patron.phone)


def add_staff(register: Register, others: Sequence[Patron]) -> None:
    """The library cards of people who work here; who shares a surname with a patron lives with them."""
    for serial, (given, family) in enumerate(STAFF, 1):
        kin = next((each for each in others if each.family_name == family and each.phone), None)
        home = home_of(kin) if kin else register.home()
        register.add(
            Patron(
                card_number=new_barcode(BarcodeKind.PATRON, INSTITUTION, serial),
                category="staff",
                given_name=given,
                family_name=family,
                street=home.street,
                city=home.city,
                postcode=home.postcode,
                phone=home.phone,
                email=register.mail(given, family),
                birth_date=born(register.dice, 1959, 2001),
                expires_on=f"+{register.dice.between(200, 1095)}",
            )
        )


LONG_GIVEN = "Maria Antónia Francisca Xavier de Paula Josefa Rafaela"
LONG_FAMILY = "de Vasconcelos e Albuquerque de Mascarenhas Figueiredo Castelo-Branco e Silva"
# What real registers hold and programs trip over. Keys left out are filled in by ``add_awkward``.
AWKWARD: tuple[dict[str, str], ...] = (
    # Names.
    {"given_name": "فاطمة", "family_name": "الحداد", "email": "reader.alhaddad@example.org"},
    {"given_name": "نور الدين", "family_name": "بن يوسف"},
    {"given_name": "נועה", "family_name": "בן־שחר", "email": "noa.bs@example.net"},
    {"given_name": "יעקב", "family_name": "ז׳בוטינסקי"},
    {"given_name": "秀英", "family_name": "王"},
    {"given_name": "浩然", "family_name": "欧阳"},
    {"given_name": "지우", "family_name": "김"},
    {"given_name": "Оксана", "family_name": "Гринчишин"},
    {"given_name": "Ελένη", "family_name": "Παπαδοπούλου"},
    {"given_name": "प्रिया", "family_name": "शर्मा"},
    {"given_name": "Thị Minh Khai", "family_name": "Nguyễn"},
    {"given_name": "Jose\u0301", "family_name": "Nu\u0301n\u0303ez"},  # letters and accents apart (NFD)
    {"given_name": "José", "family_name": "Núñez"},  # the same name, composed: another person
    {"given_name": "Aoife", "family_name": "O’Shaughnessy"},
    {"given_name": "D'Andre", "family_name": "O'Shaughnessy"},  # the typewriter's apostrophe
    {"given_name": "Jean-Luc", "family_name": "Saint-Amand-Desrosiers"},
    {"given_name": "", "family_name": "Suharti"},  # one name only
    {"given_name": "Björk", "family_name": ""},  # and on the other side
    {"given_name": LONG_GIVEN, "family_name": LONG_FAMILY},
    {"given_name": "Xi", "family_name": "U"},
    {"given_name": "Null", "family_name": "Null"},
    {"given_name": "True", "family_name": "Nan"},
    {"given_name": "e. lynn", "family_name": "hooks"},  # small letters, and meant so
    {"given_name": "MARGARET", "family_name": "MACALLISTER"},
    {"given_name": "William Henry", "family_name": "Castellanos, Jr."},
    {"given_name": "Þórdís", "family_name": "Sæmundsdóttir"},
    {"given_name": "Łucja", "family_name": "Świątek-Żółć", "language": "pl"},
    {"given_name": "İpek", "family_name": "Yıldız"},  # dotted and dotless i
    {"given_name": "Ng", "family_name": "Ng"},
    {"given_name": "  Dolores  ", "family_name": "Haze-Whitcomb "},  # blanks around
    # Kin of people who work here, at one address with them (see add_staff).
    {"given_name": "Lorna", "family_name": "Pettibone"},
    {"given_name": "Preston", "family_name": "Achterberg", "email": "Preston.A+Library@Example.COM"},
    # Contact.
    {"given_name": "Orville", "family_name": "Tibbets", "phone": "(309) 555-0188", "email": ""},
    {"given_name": "Velma", "family_name": "Tibbets", "phone": "309.555.0189"},
    {"given_name": "Cornelius", "family_name": "Vandermolen", "phone": "+1 815 555 0190"},
    {"given_name": "Idell", "family_name": "Crump", "phone": "", "email": ""},  # neither phone nor mail
    {"given_name": "Wilma", "family_name": "Dusek", "street": "General Delivery", "phone": ""},
    {
        "given_name": "Otis",
        "family_name": "Farwell",
        "street": "",
        "city": "",
        "postcode": "",
    },  # no fixed address
    {"given_name": "Lupe", "family_name": "Cárdenas", "street": "1420½ Depot Street, rear"},
    {"given_name": "Nell", "family_name": "Draper", "postcode": "62190-0142"},  # nine digits, and no SSN
    {"given_name": "Harlan", "family_name": "Draper", "postcode": "62190-0142"},
    # Dates.
    {"given_name": "Geraldine", "family_name": "Ostrander", "birth_date": "1919-02-28"},
    {"given_name": "Leap", "family_name": "Applewhite", "birth_date": "1996-02-29"},
    {"given_name": "Mort", "family_name": "Zabriskie", "expires_on": "+0"},  # the last day
    {"given_name": "Sylvia", "family_name": "Zabriskie", "expires_on": "-1"},  # the day after it
    {"given_name": "Hubert", "family_name": "Kinnick", "expires_on": "-2190"},  # six years gone
    {"given_name": "Delphine", "family_name": "Rousseau", "expires_on": ""},  # nobody wrote it down
    {
        "given_name": "Ned",
        "family_name": "Larrabee",
        "birth_date": "2007-01-15",
        "category": "resident_juvenile",
    },
    {"given_name": "Trudy", "family_name": "Bell", "category": "temporary", "expires_on": "+1"},
    {
        "given_name": "Vernon",
        "family_name": "Sprague",
        "category": "digital_only",
        "phone": "",
        "expires_on": "+9",
    },
    # Two people of one name, born on one day; and a Senior and a Junior.
    {"given_name": "Maria", "family_name": "Garcia", "birth_date": "1984-06-12", "language": "es"},
    {"given_name": "Maria", "family_name": "Garcia", "birth_date": "1984-06-12", "language": "en"},
    {"given_name": "Edward", "family_name": "Plunkett", "birth_date": "1951-03-03"},
    {"given_name": "Edward", "family_name": "Plunkett", "birth_date": "1979-11-21"},
    # A card nobody uses, of a name people would be curious about: good for a decoy patron.
    {"given_name": "Sterling", "family_name": "Vance-Hollister", "phone": "", "email": "svh@example.net"},
)


def add_awkward(register: Register) -> None:
    """The hand-written patrons."""
    for written in AWKWARD:
        home = register.home()
        filled = {
            "card_number": register.card(),
            "category": "resident_adult",
            "street": home.street,
            "city": home.city,
            "postcode": home.postcode,
            "phone": home.phone,
            "birth_date": born(register.dice, 1940, 2000),
            "expires_on": f"+{register.dice.between(60, 1000)}",
        }
        patron = Patron(**(filled | written))
        if patron.category == "resident_juvenile":  # grown up since; the card was never changed
            patron = replace(patron, adult_name="Ruth Larrabee", adult_contact=home.phone)
        register.add(patron)


def add_twins(register: Register) -> None:
    """Two pairs of twins: one told apart by the given name, one by an initial."""
    for first, second, family, day in (
        ("Zofia", "Maja", "Mazur", "2016-05-04"),
        ("Daniel A.", "Daniel E.", "Ruiz Peña", "2014-12-31"),
    ):
        home = register.home()
        adult = f"Teresa {family}"
        for given in (first, second):
            register.add(
                Patron(
                    card_number=register.card(),
                    category="resident_juvenile",
                    given_name=given,
                    family_name=family,
                    street=home.street,
                    city=home.city,
                    postcode=home.postcode,
                    phone=home.phone,
                    birth_date=day,
                    language="pl" if family == "Mazur" else "es",
                    expires_on="+400",
                    adult_name=adult,
                    adult_contact=home.phone,
                )
            )


# "kind: text", kinds and the length they may have as in the patron records. Never about behaviour.
NOTES = (
    "card: Found in the book drop; kept at the main desk until claimed.",
    "card: Replaced twice this year; the fee for the third was explained.",
    "card: Old number from before the barcodes still on the key tag.",
    "card: New name, papers seen at the desk. The old name is not to be used on mail.",
    "contact: Mail came back. Ask for the address at the next visit.",
    "contact: Notices by post only, please; the telephone is shared.",
    "contact: Llamar después de las 5 de la tarde. Prefiere español.",
    "contact: Proszę dzwonić po polsku, wieczorem po 18.",
    "contact: Prefers a text message to a call.",
    "contact: E-mail bounced; telephone works.",
    "contact: Moving at the end of the school year, new address to follow.",
    "pickup: Neighbour picks up, written permission of the patron on file.",
    "pickup: Delivered by the van on the second Tuesday.",
    "pickup: Daughter picks up; permission renewed with the card.",
    "pickup: Leave with the front office, Mrs. Tillery, not with the caretaker.",
    "payment: Owes $14.50; pays $5 a month by agreement with the circulation lead.",
    "payment: Non-resident fee paid in two parts; the second is due with the spring tax bill.",
    'payment: Check returned by the bank; "cash or card only" until cleared.',
    "payment: $2.00 replacement fee waived, card was damaged by the kiosk.",
    "payment: Paid by the school district; send the invoice to its office, not to the teacher.",
    "material: Says a disc was returned; shelves to be checked on both branches.",
    "material: One case came back empty. Patron will look at home.",
    "material: Damaged by water before lending, nothing owed.",
    "material: Claimed as returned\ntwice checked on the shelf\nlast check by the lead.",
    "card: "
    + "Issued while the system was down, from the paper form, which was shredded after entry. " * 3
    + "Verified.",
    "No kind was given for this one, as in many an older system.",
)


def add_notes(register: Register) -> None:
    """Give the notes to grown people anywhere in the register."""
    grown = [
        place for place, row in enumerate(register.rows) if row.category in ("resident_adult", "homebound")
    ]
    places = register.dice.shuffled(grown)[: len(NOTES)]
    for place, note in zip(sorted(places), NOTES, strict=True):
        register.rows[place] = replace(register.rows[place], note=note)


def make_patrons(dice: Dice) -> list[Patron]:
    """Exactly ``PATRONS`` patrons, staff first, then in no order that means anything."""
    numbers = [f"{area}-555-01{last:02d}" for area in AREA_CODES for last in range(100)]
    register = Register(dice, [], dice.shuffled(numbers), Counter())
    add_singles(register)
    add_bodies(register)
    add_awkward(register)
    add_twins(register)
    fixed = len(STAFF)
    while len(register.rows) < PATRONS - fixed:
        add_household(register)
    del register.rows[PATRONS - fixed :]
    add_notes(register)
    mixed = dice.shuffled(register.rows)
    register.rows = []
    add_staff(register, mixed)
    return register.rows + mixed


# --- loans -----------------------------------------------------------------------------------------------

PERIODS = {"new_book": 14, "dvd": 7, "cd": 14, "audiobook": 21, "magazine": 7, "equipment": 7, "reference": 1}
ORDINARY_LOANS = 100


@dataclass
class Shelf:
    """Items still in, and the loans made of the others."""

    dice: Dice
    free: list[Item]
    loans: list[Loan]

    def take(self, *types: str, title: str = "") -> Item:
        """The next free item of these types (any lendable book without) or of this title."""
        wanted = types or ("book", "picture_book", "large_print")
        for place, item in enumerate(self.free):
            if item.title == title or (not title and item.item_type in wanted):
                return self.free.pop(place)
        raise AssertionError("the shelf is empty")

    def lend(self, patron: Patron, item: Item, days_ago: int, period: int = 0) -> None:
        """Enter a loan; the period is the item type's where none is given."""
        days = period or PERIODS.get(item.item_type, 21)
        self.loans.append(Loan(patron.card_number, item.barcode, days_ago, days - days_ago))


def named(patrons: Sequence[Patron], family: str, given: str = "") -> Patron:
    """The first patron of that name."""
    return next(each for each in patrons if each.family_name == family and given in each.given_name)


def lend_awkward(shelf: Shelf, patrons: Sequence[Patron]) -> set[str]:
    """The loans that rules, notices and screens are likely to trip over. Returns the cards used."""
    school = named(patrons, "Prairie Bend Elementary School")
    for number in range(40):  # a classroom's worth on one card
        shelf.lend(school, shelf.take("picture_book", "book"), 3 + number % 5, 42)
    gone = named(patrons, "Kinnick")  # the card ran out six years ago, and the books are still out
    for days_ago in (2240, 2240, 2215):
        shelf.lend(gone, shelf.take(), days_ago)
    yesterday = named(patrons, "Zabriskie", "Sylvia")  # ran out yesterday, nothing late yet
    shelf.lend(yesterday, shelf.take(), 5)
    shelf.lend(yesterday, shelf.take("dvd"), 2)
    for given in ("Zofia", "Maja"):  # twins with the same book
        shelf.lend(named(patrons, "Mazur", given), shelf.take(title="Charlotte's Web"), 6)
    lost = named(patrons, "Tibbets", "Orville")  # long enough overdue to be billed as lost
    shelf.lend(lost, shelf.take("book"), 116)
    shelf.lend(lost, shelf.take("equipment"), 90)
    today = named(patrons, "Zabriskie", "Mort")
    shelf.lend(today, shelf.take(), 21)  # due today
    shelf.lend(today, shelf.take(), 22)  # due yesterday
    shelf.lend(today, shelf.take(), 20)  # due tomorrow
    shelf.lend(today, shelf.take("magazine"), 0)  # lent this very day
    shelf.lend(named(patrons, "Larrabee", "Ned"), shelf.take("dvd"), 30)
    shelf.lend(named(patrons, "Pettibone"), shelf.take("reference"), 0)  # overridden for a display
    for family, given in (("الحداد", ""), ("王", ""), ("Suharti", ""), (LONG_FAMILY, ""), ("", "Björk")):
        shelf.lend(named(patrons, family, given), shelf.take(), shelf.dice.between(0, 30))
    shelf.lend(named(patrons, "בן־שחר"), shelf.take(title="איה פלוטו"), 4)
    long_title = next(item.title for item in shelf.free if len(item.title) > 250)
    shelf.lend(named(patrons, "U", "Xi"), shelf.take(title=long_title), 19)
    for patron in [each for each in patrons if each.category == "temporary"][:2]:
        for _ in range(3):  # as many as a temporary card may have
            shelf.lend(patron, shelf.take(), 4, 14)
    for patron in [each for each in patrons if each.category == "ill_library"][:3]:
        shelf.lend(patron, shelf.take("book"), shelf.dice.between(1, 60), 42)
    child = next(
        each for each in patrons if each.category == "resident_juvenile" and each.expires_on > "+100"
    )
    for days_ago in range(0, 40, 4):  # a child's shelf: some due, some late
        shelf.lend(child, shelf.take("picture_book"), days_ago)
    return {loan.card_number for loan in shelf.loans}


def make_loans(patrons: Sequence[Patron], items: Sequence[Item], dice: Dice) -> list[Loan]:
    """The awkward loans, then ordinary ones of people who may borrow."""
    shelf = Shelf(dice, dice.shuffled(items), [])
    used = lend_awkward(shelf, patrons)
    quiet = {"digital_only", "ill_library", "institution", "temporary"}
    may = [
        each
        for each in patrons
        if each.category not in quiet and each.expires_on.startswith("+") and each.card_number not in used
    ]
    may = [each for each in may if each.family_name != "Vance-Hollister"]  # a decoy borrows nothing
    goal = len(shelf.loans) + ORDINARY_LOANS
    for patron in dice.shuffled(may):
        for _ in range(min(dice.weighted({1: 5, 2: 4, 3: 2, 5: 1}), goal - len(shelf.loans))):
            item = shelf.take(dice.weighted({"book": 9, "picture_book": 3, "dvd": 3, "new_book": 2, "cd": 1}))
            period = PERIODS.get(item.item_type, 21)
            shelf.lend(patron, item, dice.between(0, period + (25 if dice.chance(20) else -1)))
    return shelf.loans


# --- files -----------------------------------------------------------------------------------------------


def write(path: Path, rows: Sequence[Item] | Sequence[Patron] | Sequence[Loan]) -> None:
    """Write rows as UTF-8 CSV with line feeds."""
    with path.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(field.name for field in fields(rows[0]))
        lines.writerows(astuple(row) for row in rows)


def make(source: Path, target: Path) -> None:
    """Write the three files into ``target`` from the hand-written ones in ``source``."""
    items = make_items(read_titles(source), Dice(20260401))
    patrons = make_patrons(Dice(20260402))
    write(target / "items.csv", items)
    write(target / "patrons.csv", patrons)
    write(target / "loans.csv", make_loans(patrons, items, Dice(20260403)))


def main() -> None:
    """Read the command line and write the files."""
    parser = argparse.ArgumentParser(description="Make the sample library's items, patrons and loans.")
    parser.add_argument("--out", type=Path, default=folder(), help="where to write (the package)")
    make(folder(), parser.parse_args().out)


if __name__ == "__main__":
    main()
