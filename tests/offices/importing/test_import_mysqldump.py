"""Dumps as mysqldump writes them, and as they arrive."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circumspect.offices.importing.mysqldump import rows, statements
from circumspect.offices.importing.rows import Problem

TABLES = frozenset({"t"})


@pytest.fixture
def read(tmp_path: Path):
    def reader(content: str | bytes) -> list:
        path = tmp_path / "dump.sql"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return [entry for statement in statements(path, TABLES) for entry in rows(path, statement)]

    return reader


def values(entries: list) -> list[list[str | None]]:
    return [list(entry[1].values()) for entry in entries if not isinstance(entry, Problem)]


DUMP = """-- MySQL dump 10.19; it's a comment
/*!40101 SET NAMES utf8mb4 */;
DROP TABLE IF EXISTS `t`;
CREATE TABLE `t` (
  `id` int(11) NOT NULL AUTO_INCREMENT COMMENT 'a, (b)',
  `name` varchar(80) DEFAULT 'x;y',
  `price` decimal(8,2) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `name` (`name`,`price`)
) ENGINE=InnoDB;
LOCK TABLES `t` WRITE;
/*!40000 ALTER TABLE `t` DISABLE KEYS */;
INSERT INTO `other` VALUES (1,'INSERT INTO `t` VALUES (9,9,9);');
INSERT INTO `t` VALUES (1,'O\\'Reilly; (a), ''b''',NULL),(2,'two\\nlines\\\\',-3.50),
(3,_binary 'x',0xC581);
# the end
INSERT IGNORE INTO db.t (`price`, id) VALUES ('7', +8) ON DUPLICATE KEY UPDATE id=1;
REPLACE INTO t (id) VALUE ("double \\" ""q"" .");
"""


def test_a_dump_is_read_as_mysql_would(read):
    assert values(read(DUMP)) == [
        ["1", "O'Reilly; (a), 'b'", None],
        ["2", "two\nlines\\", "-3.50"],
        ["3", "x", "Ł"],
        ["7", "+8"],
        ['double " "q" .'],
    ]


def test_columns_come_from_the_statement_or_from_the_table(read):
    first, *_, last = read(DUMP)

    assert list(first[1]) == ["id", "name", "price"]
    assert list(last[1]) == ["id"]


def test_each_row_knows_its_line(read):
    assert [entry[0] for entry in read(DUMP)] == [14, 14, 15, 17, 18]


def test_without_any_column_names_a_statement_is_a_problem(read):
    (problem,) = read("INSERT INTO t VALUES (1);\n")

    assert "column names" in problem.reason


@pytest.mark.parametrize(
    ("bad", "kept"),
    [
        (b"(2)", ["1", "3"]),
        (b"(2,'x','y')", ["1", "3"]),
        (b"(2,'Mu\xf1oz')", ["1", "3"]),
        (b"(2,NOW())", ["1", "3"]),
        (b"(2,'" + b"x" * 5_000_000 + b"')", ["1", "3"]),
    ],
)
def test_one_bad_row_costs_one_row(read, bad, kept):
    entries = read(b"INSERT INTO t (id,name) VALUES (1,'a'),\n" + bad + b",\n(3,'c');")

    assert [row[0] for row in values(entries)] == kept
    assert [entry.line for entry in entries if isinstance(entry, Problem)] == [2]


@pytest.mark.parametrize("end", ["(2,'never closed", "(2,'b'", "(2,", "", "(2,'b\\"])
def test_a_torn_dump_keeps_its_whole_rows_and_says_that_it_is_torn(read, end):
    entries = read("INSERT INTO t (id,name) VALUES (1,'a')," + end)

    assert values(entries) == [["1", "a"]]
    assert "torn" in entries[-1].reason


def test_a_torn_row_ends_its_statement_and_not_the_next(read):
    entries = read(
        "INSERT INTO t (id,name) VALUES (1,'a'),(2,'b';\nINSERT INTO t (id,name) VALUES (3,'c');\n"
    )

    assert values(entries) == [["1", "a"], ["3", "c"]]


def test_a_statement_of_another_kind_does_not_hide_the_next(read):
    entries = read("INSERT INTO t SET id=1;\nINSERT INTO t SELECT 1;\nINSERT INTO t (id) VALUES (3);\n")

    assert values(entries) == [["3"]]


def test_a_value_of_40_mb_is_let_go_while_it_is_read(tmp_path):
    path = tmp_path / "huge.sql"
    with path.open("wb") as file:
        file.write(b"INSERT INTO t (id,name) VALUES (1,'")
        for _ in range(40):
            file.write(b"y" * 2**20)
        file.write(b"'),(2,'b');")

    tracemalloc.start()
    entries = [entry for statement in statements(path, TABLES) for entry in rows(path, statement)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert values(entries) == [["2", "b"]]
    assert peak < 16 * 2**20


def quoted(text: str | None, *, doubled: bool) -> str:
    if text is None:
        return "NULL"
    quote = "''" if doubled else "\\'"
    escapes = {"\\": "\\\\", "'": quote, "\x00": "\\0", "\n": "\\n", "\r": "\\r", "\x1a": "\\Z", '"': '\\"'}
    return "'" + "".join(escapes.get(sign, sign) for sign in text) + "'"


cells = st.none() | st.text(st.characters(blacklist_categories=["Cs"]), max_size=30)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6), st.booleans())
def test_whatever_was_written_with_escapes_is_read_back(tmp_path, table, doubled):
    written = ",".join(
        f"({quoted(one, doubled=doubled)},{quoted(two, doubled=doubled)})" for one, two in table
    )
    path = tmp_path / "round.sql"
    path.write_bytes(f"INSERT INTO `t` (`a`,`b`) VALUES {written};".encode())

    entries = [entry for statement in statements(path, TABLES) for entry in rows(path, statement)]

    assert values(entries) == [list(row) for row in table]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_no_bytes_raise(tmp_path, junk):
    path = tmp_path / "junk.sql"
    path.write_bytes(junk + b"INSERT INTO t (a) VALUES (" + junk)

    for statement in statements(path, TABLES):
        list(rows(path, statement))
