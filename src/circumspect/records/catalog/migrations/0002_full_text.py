"""The full-text index of titles, in the form each database has for it, kept by the database itself.

SQLite: an FTS5 table without content of its own, and three triggers. A later migration that makes
Django rebuild ``catalog_title`` (altering or removing a column) drops the triggers: run ``make_index``
of this module again after it.

PostgreSQL: a generated, weighted vector with a GIN index. The "simple" configuration, since the
``find_*`` columns are folded words already.
"""

from typing import Any

from django.db import migrations

SQLITE = [
    """CREATE VIRTUAL TABLE IF NOT EXISTS catalog_title_fts USING fts5(
           find_title, find_author, find_subject,
           content='catalog_title', content_rowid='id', prefix='2 3',
           tokenize="unicode61 remove_diacritics 0")""",
    """CREATE TRIGGER catalog_title_fts_insert AFTER INSERT ON catalog_title BEGIN
           INSERT INTO catalog_title_fts(rowid, find_title, find_author, find_subject)
           VALUES (new.id, new.find_title, new.find_author, new.find_subject);
       END""",
    """CREATE TRIGGER catalog_title_fts_delete AFTER DELETE ON catalog_title BEGIN
           INSERT INTO catalog_title_fts(catalog_title_fts, rowid, find_title, find_author, find_subject)
           VALUES ('delete', old.id, old.find_title, old.find_author, old.find_subject);
       END""",
    """CREATE TRIGGER catalog_title_fts_update AFTER UPDATE ON catalog_title BEGIN
           INSERT INTO catalog_title_fts(catalog_title_fts, rowid, find_title, find_author, find_subject)
           VALUES ('delete', old.id, old.find_title, old.find_author, old.find_subject);
           INSERT INTO catalog_title_fts(rowid, find_title, find_author, find_subject)
           VALUES (new.id, new.find_title, new.find_author, new.find_subject);
       END""",
    "INSERT INTO catalog_title_fts(catalog_title_fts) VALUES ('rebuild')",
]
POSTGRESQL = [
    """ALTER TABLE catalog_title ADD COLUMN find_vector tsvector GENERATED ALWAYS AS (
           setweight(to_tsvector('simple', find_title), 'A') ||
           setweight(to_tsvector('simple', find_author), 'B') ||
           setweight(to_tsvector('simple', find_subject), 'C')) STORED""",
    "CREATE INDEX catalog_title_find_vector ON catalog_title USING GIN (find_vector)",
]
UNDO = {
    "sqlite": [
        "DROP TRIGGER IF EXISTS catalog_title_fts_insert",
        "DROP TRIGGER IF EXISTS catalog_title_fts_delete",
        "DROP TRIGGER IF EXISTS catalog_title_fts_update",
        "DROP TABLE IF EXISTS catalog_title_fts",
    ],
    "postgresql": ["ALTER TABLE catalog_title DROP COLUMN find_vector"],
}


def make_index(_apps: Any, schema_editor: Any) -> None:
    """Make the index, and fill it from the titles there are."""
    vendor = schema_editor.connection.vendor
    for statement in SQLITE if vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop_index(_apps: Any, schema_editor: Any) -> None:
    """Take the index away; the titles stay."""
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunPython(make_index, drop_index)]
