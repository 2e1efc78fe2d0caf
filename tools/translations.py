"""The words of the public's pages in every language: take them out of the source, and make what Django reads.

    python tools/translations.py extract     bring each locale/LANGUAGE/LC_MESSAGES/django.po up to the source
    python tools/translations.py compile     write each django.mo from its .po
    python tools/translations.py missing     print what has no translation yet; exit 1 where anything has not

An app takes part by having a ``locale`` folder with a folder for each language. Its words are what its Python marks with
gettext and its relatives, and what its templates mark with ``translate`` and ``blocktranslate``. Needs no gettext
programs: Django's own lexer reads the templates, Babel's reader the Python, polib reads and writes the files.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
from babel.messages.extract import extract_from_file
from django.template.base import Lexer, TokenType
from django.utils.text import smart_split
from django.utils.translation import trim_whitespace

SOURCE = Path(__file__).resolve().parents[1] / "src" / "circumspect"
PLURALS = {
    "es": "nplurals=2; plural=(n != 1);",
    "pl": "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
}
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "_l": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
Word = tuple[str, str, str]  # context, singular, plural


def apps() -> list[Path]:
    """Every app that has a ``locale`` folder."""
    return sorted(folder.parent for folder in SOURCE.rglob("locale") if folder.is_dir())


def words(app: Path) -> dict[Word, list[str]]:
    """Every text that an app marks, with the files that do."""
    found: dict[Word, list[str]] = {}
    for path in sorted(app.rglob("*.py")):
        for _line, said, _comments, context in extract_from_file("python", path, keywords=KEYWORDS):
            if not said or (not isinstance(said, str) and not said[0]):
                continue  # a text worked out while running: it is marked where it is written
            one, many = (said, "") if isinstance(said, str) else (said[0], said[1] or "")
            found.setdefault((context or "", one, many), []).append(path.relative_to(SOURCE).as_posix())
    for path in sorted([*app.rglob("templates/**/*.html"), *app.rglob("templates/**/*.txt")]):
        for word in in_template(path.read_text(encoding="utf-8")):
            found.setdefault(word, []).append(path.relative_to(SOURCE).as_posix())
    return found


def in_template(text: str) -> Iterator[Word]:
    """Every text that a template marks."""
    block: dict[str, Any] | None = None
    for token in Lexer(text).tokenize():
        bits = list(smart_split(token.contents)) if token.token_type is TokenType.BLOCK else []
        name = bits[0] if bits else ""
        if block is not None:
            if name in ("endblocktranslate", "endblocktrans"):
                yield _of_block(block)
                block = None
            elif name == "plural":
                block["now"] = "many"
            else:
                block[block["now"]].append(_part(token))
        elif name in ("translate", "trans"):
            context = bits[bits.index("context") + 1].strip("\"'") if "context" in bits else ""
            yield context, bits[1][1:-1].replace("%", "%%"), ""
        elif name in ("blocktranslate", "blocktrans"):
            context = bits[bits.index("context") + 1].strip("\"'") if "context" in bits else ""
            block = {"one": [], "many": [], "now": "one", "trimmed": "trimmed" in bits, "context": context}


def _part(token: Any) -> str:
    if token.token_type is TokenType.VAR:
        return f"%({token.contents})s"
    return str(token.contents).replace("%", "%%")


def _of_block(block: dict[str, Any]) -> Word:
    one, many = "".join(block["one"]), "".join(block["many"])
    if block["trimmed"]:
        one, many = trim_whitespace(one), trim_whitespace(many)
    return block["context"], one, many


def files(app: Path) -> dict[str, Path]:
    """An app's .po files, by language."""
    return {language: app / "locale" / language / "LC_MESSAGES" / "django.po" for language in PLURALS}


def key_of(entry: polib.POEntry) -> Word:
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural or ""


def extract() -> None:
    """Bring the .po files up to the source; what is no longer said goes, what is translated stays."""
    for app in apps():
        said = words(app)
        for language, path in files(app).items():
            old = (
                {key_of(entry): entry for entry in polib.pofile(str(path), encoding="utf-8")}
                if path.exists()
                else {}
            )
            new = polib.POFile(wrapwidth=0)
            new.metadata = {
                "Language": language,
                "MIME-Version": "1.0",
                "Content-Type": "text/plain; charset=utf-8",
                "Content-Transfer-Encoding": "8bit",
                "Plural-Forms": PLURALS[language],
            }
            for key, places in said.items():
                entry = old.get(key) or polib.POEntry(
                    msgctxt=key[0] or None, msgid=key[1], msgid_plural=key[2]
                )
                entry.occurrences = [(place, "") for place in sorted(set(places))]
                entry.flags = ["python-format"] if re.search(r"%\(\w+\)s", key[1]) else []
                if key[2] and len(entry.msgstr_plural) != int(PLURALS[language][9]):
                    entry.msgstr_plural = dict.fromkeys(range(int(PLURALS[language][9])), "")
                new.append(entry)
            path.parent.mkdir(parents=True, exist_ok=True)
            new.save(str(path))


def compile_all() -> None:
    """Write the .mo files."""
    for app in apps():
        for path in files(app).values():
            polib.pofile(str(path), encoding="utf-8").save_as_mofile(str(path.with_suffix(".mo")))


def missing(app: Path) -> dict[str, list[Word]]:
    """What an app says that has no translation, by language."""
    out: dict[str, list[Word]] = {}
    for language, path in files(app).items():
        told = (
            {key_of(entry): entry for entry in polib.pofile(str(path), encoding="utf-8")}
            if path.exists()
            else {}
        )
        out[language] = [
            word for word in words(app) if word not in told or not told[word].translated() or told[word].fuzzy
        ]
    return out


def main(asked: list[str]) -> int:
    if asked == ["extract"]:
        extract()
    elif asked == ["compile"]:
        compile_all()
    elif asked == ["missing"]:
        left = [
            (app.name, language, word)
            for app in apps()
            for language, ws in missing(app).items()
            for word in ws
        ]
        for app_name, language, word in left:
            print(f"{app_name} {language}: {word}")
        return 1 if left else 0
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
