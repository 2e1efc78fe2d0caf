"""What the source itself tells: who touches the keys, the ciphers and the right to unseal.

The crawl sees what comes out today. This reads what could come out tomorrow: each rule names one thing
that leads past the door, and the few modules that may have it, each with its reason. A module that is on a
list and does not need it any more convicts too: an allowance nobody uses is a hole that nobody watches.

Source: guarantee 2.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import one_door_ways as ways

PAGE_TOKENS = "circumspect.faces.desk.opened"
Found = Iterator[int]  # line numbers


@dataclass(frozen=True)
class Use:
    """One name in a module, as far as imports say what it means.

    Attributes:
        dotted: Such as "circumspect.trust.vault.crypto.decrypt", or "house.vault.store".
    """

    dotted: str
    line: int
    called: bool
    arguments: int

    @property
    def last(self) -> str:
        """The last part."""
        return self.dotted.rpartition(".")[2]


@dataclass(frozen=True)
class Module:
    """A module, read once."""

    path: str
    tree: ast.Module
    uses: tuple[Use, ...]
    imports: tuple[tuple[str, int], ...]
    texts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Rule:
    """One thing that leads past the door.

    Attributes:
        allowed: Who may have it, and why.
    """

    what: str
    finds: Callable[[Module], Iterable[int]]
    allowed: Mapping[str, str]


def read_module(path: str, tree: ast.Module) -> Module:
    """Find out what every name in a module means."""
    meaning: dict[str, str] = {}
    imports = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [(each.name, node.lineno) for each in node.names]
            for each in node.names:
                top = each.name.partition(".")[0]
                meaning[each.asname or top] = each.name if each.asname else top
        elif isinstance(node, ast.ImportFrom):
            imports += [(f"{node.module}.{each.name}", node.lineno) for each in node.names]
            meaning |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    texts = [
        (node.value, node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return Module(path, tree, tuple(_uses(tree, meaning)), tuple(imports), tuple(texts))


def _uses(tree: ast.Module, meaning: Mapping[str, str]) -> Iterator[Use]:
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Name, ast.Attribute)):
            call = calls.get(id(node))
            count = len(call.args) + len(call.keywords) if call else 0
            yield Use(_dotted(node, meaning), node.lineno, call is not None, count)


def _dotted(node: ast.expr, meaning: Mapping[str, str]) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, meaning)}.{node.attr}"
    if isinstance(node, ast.Name):
        return meaning.get(node.id, node.id)
    return "()"


# what a rule looks for


def _named(*names: str) -> Callable[[Module], Iterable[int]]:
    """Any mention of these names, called or not: what is handed on is called elsewhere."""
    return lambda module: (
        [use.line for use in module.uses if use.last in names]
        + [line for name, line in module.imports if name.rpartition(".")[2] in names]
    )


def _called(*names: str) -> Callable[[Module], Iterable[int]]:
    return lambda module: [use.line for use in module.uses if use.called and use.dotted in names]


def _made(name: str) -> Callable[[Module], Iterable[int]]:
    return lambda module: [use.line for use in module.uses if use.called and use.last == name]


def _imported(*names: str) -> Callable[[Module], Iterable[int]]:
    def finds(module: Module) -> Found:
        for name, line in module.imports:
            if any(name == each or name.startswith(each + ".") for each in names):
                yield line
        for text, line in module.texts:
            if any(text == each or text.startswith(each + ".") for each in names):
                yield line

    return finds


def _unseals(module: Module) -> Found:
    local = module.path == "faces/desk/opened.py"
    for use in module.uses:
        if (
            use.last == "unseal"
            and use.dotted != f"{PAGE_TOKENS}.unseal"
            and not (local and use.dotted == "unseal")
        ):
            yield use.line


def _opens_page_tokens(module: Module) -> Found:
    local = module.path == "faces/desk/opened.py"
    for use in module.uses:
        if (
            use.last == "reveal"
            or use.dotted == f"{PAGE_TOKENS}.unseal"
            or (local and use.dotted == "unseal")
        ):
            yield use.line


def _takes_keys(module: Module) -> Found:
    """``keys`` with something asked for: a dictionary's takes nothing."""
    return (use.line for use in module.uses if use.last == "keys" and "." in use.dotted and use.arguments)


_PRIVATE = {"_unsealer", "_grant", "_cipher", "_ciphers", "_back_cipher", "_keks", "_store"}


def _reaches_in(module: Module) -> Found:
    """Another object's private parts."""
    for use in module.uses:
        owner, _, name = use.dotted.rpartition(".")
        if name in _PRIVATE and owner not in ("", "self", "cls"):
            yield use.line


def _has_the_store(module: Module) -> Found:
    for use in module.uses:
        if use.last == "KeyStore" or (
            use.last == "store" and use.dotted.rpartition(".")[0].endswith("vault")
        ):
            yield use.line


_BY_NAME = ("getattr", "setattr", "delattr")
_INSIDES = ("__dict__", "__getattribute__", "__globals__", "__builtins__", "attrgetter", "methodcaller")


def _dynamic(module: Module) -> Found:
    """A name that is made while the program runs could be any name."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in _INSIDES:
            yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            said = len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
            if node.func.id in ("globals", "locals", *_INSIDES) or (node.func.id in _BY_NAME and not said):
                yield node.lineno


def _other_databases(module: Module) -> Found:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Subscript) and _dotted(node.value, {}) == "connections":
            known = isinstance(node.slice, ast.Constant) and node.slice.value == "default"
            if not known:
                yield node.lineno


def _key_tables(module: Module) -> Found:
    names = ("vault_subject_key", "vault_epoch_key", "vault_index_key")
    return (line for text, line in module.texts if any(name in text for name in names))


_DOOR, _VAULT, _UNSEALING = "trust/door/door.py", "trust/vault/vault.py", "trust/vault/unsealing.py"
_LETTERBOX = "trust/vault/letterbox.py"
_OWNBOX = "trust/vault/ownbox.py"
_STORE, _RING, _CRYPTO = "trust/vault/keystore.py", "trust/vault/keyring.py", "trust/vault/crypto.py"
_THE_DOOR = {_DOOR: "the door"}
_WRAPS = "wraps and unwraps keys under the key-encryption key"

RULES: tuple[Rule, ...] = (
    Rule("unseals a value", _unseals, _THE_DOOR),
    Rule("asks whose a link is", _named("subject_of"), _THE_DOOR),
    Rule("takes patrons' keys", _takes_keys, _THE_DOOR),
    Rule("claims the right to unseal", _named("claim_unsealer"), _THE_DOOR),
    Rule(
        "knows the unsealing room",
        _imported("circumspect.trust.vault.unsealing"),
        {**_THE_DOOR, _VAULT: "makes the one right to unseal, for the door to claim"},
    ),
    Rule("makes an unsealer", _named("Unsealer"), {_DOOR: "types", _VAULT: "makes the one there is"}),
    Rule("makes a grant", _named("Grant"), {_DOOR: "types", _UNSEALING: "makes them, for an entry"}),
    Rule("makes an opening", _made("Opening"), _THE_DOOR),
    Rule(
        "reads a patron's key",
        _named("subject_key", "subject_keys", "make_subject_keys"),
        {_UNSEALING: "for an ask", _VAULT: "for a sealer, which seals and cannot open"},
    ),
    Rule(
        "makes a patron's cipher",
        _named("subject_cipher"),
        {_UNSEALING: "for a grant", _VAULT: "for a sealer, which seals and cannot open"},
    ),
    Rule("opens whose a link is", _named("back_cipher", "back_place"), {
        _UNSEALING: "for the door",
        _VAULT: "seals whose a link is, and hands the cipher to the unsealing room",
        _STORE: "makes it of the epoch's key",
    }),
    Rule(
        "decrypts",
        _named("decrypt"),
        {
            _CRYPTO: "the one place where the cipher is called",
            _UNSEALING: "with a grant",
            _RING: _WRAPS,
            _VAULT: "secrets of the house that are nobody's record",
            _LETTERBOX: "letters of a device without a line, for the door",
            _OWNBOX: "a patron's own letters, with the key that an opening has read",
        },
    ),
    Rule("opens what is in a patron's own box", _named("out_of_box", "unlock_box"), {
        "records/reading/history.py": "with the key that an opening has read, and the PIN where it is locked",
    }),
    Rule("opens letters", _named("open_letter"), {
        "trust/door/letters.py": "after the door has said yes",
    }),
    Rule(
        "has a cipher of its own",
        _imported("cryptography", "nacl", "Crypto", "Cryptodome", "OpenSSL", "jwcrypto", "pyaes"),
        {
            _CRYPTO: "the ciphers",
            _RING: _WRAPS,
            _STORE: "an epoch's cipher",
            "trust/vault/places.py": "a patron's cipher",
            _UNSEALING: "types",
            _VAULT: "secrets of the house",
            _LETTERBOX: "letters of a device without a line",
            _OWNBOX: "what patrons keep for themselves",
            "trust/ledger/checkpoint.py": "signs; Ed25519 opens nothing",
            "trust/ledger/verifier.py": "checks signatures",
            "faces/portal/connect.py": "signs what a service is told; ES256 opens nothing",
        },
    ),
    Rule(
        "uses the vault's own cryptography",
        _imported("circumspect.trust.vault.crypto"),
        {
            _STORE: "makes and wraps keys",
            _RING: _WRAPS,
            _UNSEALING: "with a grant",
            _VAULT: "seals",
            "trust/vault/places.py": "a key for one use",
            _LETTERBOX: "derives a box's private key",
            _OWNBOX: "locks a private key under a secret",
            "faces/desk/opened.py": "the name of one error",
            "offices/privacydesk/access.py": "the name of one error",
        },
    ),
    Rule("unwraps keys", _named("unwrap"), {_STORE: _WRAPS}),
    Rule(
        "has the key store",
        _has_the_store,
        {
            _VAULT: "its own",
            _UNSEALING: "types",
            _LETTERBOX: "keeps the keys of letterboxes",
            "records/patrons/upkeep.py": "makes and destroys index keys, which open nothing",
            "faces/cli/keyrounds.py": "wraps keys anew, and counts them",
            "faces/cli/doctor.py": "counts keys and epochs that are due",
            "faces/cli/restoring.py": "proves that restored keys open their store, before the home is opened",
        },
    ),
    Rule("reads the tables of keys", _named("SubjectKey", "EpochKey", "IndexKey"), {_STORE: "the store"}),
    Rule("names the tables of keys", _key_tables, {_STORE: "its statements", "trust/vault/models.py": "their names"}),
    Rule(
        "speaks to a database other than the records",
        _other_databases,
        {
            _STORE: "keys",
            "trust/vault/wiping.py": "makes a database write over what was deleted",
            "trust/ledger/writing.py": "ledger",
            "trust/ledger/store.py": "ledger",
            "faces/cli/doctor.py": "asks SQLite whether a file is whole",
            "faces/cli/making.py": "which tables are there",
        },
    ),
    Rule("makes a keeper of secrets", _named("SecretKeeper"), {
        _VAULT: "makes it",
        "offices/staff/accounts.py": "types",
        "offices/staff/signin.py": "types",
        "offices/staff/totp.py": "types",
    }),
    Rule(
        "opens a token of a page, or a secret of the house",
        _opens_page_tokens,
        {
            "faces/desk/views/cases.py": "which person of a search was chosen for a case",
            "faces/portal/connect.py": "a sign-on that has just begun: a service's name and a number, which open nothing",
            "offices/privacydesk/access.py": "who may see a case, and what a gag hides: numbers, which open nothing",
            "offices/privacydesk/sparing.py": "which letter or report a request to preserve names: a number, which opens nothing",
            "faces/desk/views/stepping.py": "what the same window had sent a moment before",
            "offices/review/cards.py": "whose card a colleague tied, and which records are decoys: numbers, which open nothing",
            "faces/desk/opened.py": "whose record a page holds open",
            "faces/desk/views/desk.py": "which line of a search was chosen",
            "faces/desk/views/lists.py": "where the page of a list before this one ended",
            "faces/desk/views/fees.py": "the receipt of the payment just taken: kinds, amounts and a day",
            "faces/desk/views/registration.py": "what the edit form had shown, to save only what differs",
            "faces/desk/views/staff.py": "what somebody was typing when the lock came",
            "offices/staff/accounts.py": "where the library writes to a colleague at work",
            "offices/staff/totp.py": "the seed of a colleague's authenticator app",
            "records/reading/history.py": "which box the title of a marked loan goes into",
            "faces/portal/sessions.py": "whose a patron's sign-in is: a number, which opens nothing",
        },
    ),
    Rule("reaches into another object's private parts", _reaches_in, {}),
    Rule("makes names while it runs", _dynamic, {
        "records/catalog/usecases.py": "columns of the catalog, from a list of its own",
        "records/patrons/registration.py": "fields of the form it was given",
        "offices/importing/validation.py": "columns of a row it was given",
        "faces/desk/ruleforms.py": "columns of a loan rule, from lists of its own",
        "faces/desk/views/rules.py": "the three parts of a loan rule's key",
        "records/circulation/rulechecks.py": "columns of a loan rule, from lists of its own",
        "records/circulation/rulebook.py": "columns of a loan rule, from a list of its own",
        "faces/cli/importing.py": "counts of a report",
        "faces/sip2/codec.py": "the declared parts of a message",
        "faces/sip2/trying.py": "the declared parts of a message, to mask them",
        "faces/desk/views/counts_visits.py": "three sums, from a list of its own",
        "faces/desk/views/publishing_outside.py": "three ticks of a form, from a list of its own",
        "faces/desk/views/publishing_writing.py": "four days of an entry, from a list of its own",
        "records/inquiries/answering.py": "columns of a letter that is laid on the other shelf",
        "records/inquiries/mailsettings.py": "two addresses, from a list of its own",
    }),
    Rule("imports by name while it runs", _named("import_module", "__import__", "import_string", "spec_from_file_location"), {
        "faces/cli/tending.py": "the session engine of the settings",
    }),
    Rule(
        "turns values into objects or code",
        _imported("pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "copyreg"),
        {},
    ),
    Rule("runs text as code", _called("eval", "exec", "compile"), {}),
    Rule("prints", _called("print", "pprint.pprint", "breakpoint"), {}),
)  # fmt: skip


def scan(modules: Iterable[tuple[str, ast.Module]] | None = None, *, whole: bool = True) -> list[str]:
    """Every module that has what it may not have.

    Args:
        whole: These are all the modules there are, so that an allowance nobody uses can be told.
    """
    read = [read_module(*each) for each in (ways.modules() if modules is None else modules)]
    found = []
    for rule in RULES:
        hits = {
            module.path: sorted(set(rule.finds(module)))
            for module in read
            if "migrations/" not in module.path
        }
        having = {path: lines for path, lines in hits.items() if lines}
        found += [
            f"{path}, line {lines[0]}: {rule.what}"
            for path, lines in having.items()
            if path not in rule.allowed
        ]
        if whole:
            found += [
                f"{path} is allowed what it does not need: {rule.what}"
                for path in rule.allowed
                if path not in having
            ]
    return found


# modules that are broken on purpose


TWINS: Mapping[str, str] = {
    "decrypts by itself": """
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
def peek(key, blob, place):
    return AESGCM(key).decrypt(blob[1:13], blob[13:], place)
""",
    "borrows the vault's cipher": """
from circumspect.trust.vault.places import subject_cipher
from circumspect.trust.vault.crypto import decrypt as read
def peek(key, blob, place):
    return read(subject_cipher(key), blob, place)
""",
    "takes a key from the store": "def peek(house, patron):\n    return house.vault.store.subject_key(patron)\n",
    "makes a store of its own": """
from circumspect.trust.vault.keystore import KeyStore as K
def peek(ring, patrons):
    return K(ring)
""",
    "goes to the unsealing room": "from circumspect.trust.vault import unsealing as u\nroom = u\n",
    "goes there by another name": 'import importlib\nroom = importlib.import_module("circumspect.trust.vault.unsealing")\n',
    "claims the right": "def peek(vault):\n    claim = vault.claim_unsealer\n    return claim()\n",
    "borrows the door's right": "def peek(house):\n    return house.door._unsealer\n",
    "unseals": "def peek(unsealer, grant, sealed):\n    return unsealer.unseal(grant, sealed, 0)\n",
    "asks for keys": "def peek(unsealer):\n    return unsealer.keys([1])\n",
    "asks whose a link is": "def peek(room, link):\n    return room.subject_of('loans', 1, link.token, link.back)\n",
    "reads the table of keys": "SQL = 'SELECT wrapped FROM vault_subject_key'\n",
    "asks the database of keys": "from django.db import connections\ncursor = connections['keys'].cursor()\n",
    "builds the name": "def peek(vault):\n    return getattr(vault, 'st' + 'ore')\n",
    "makes an opening": "from circumspect.trust.door.door import Opening\nopening = Opening(None, (), None, None, None)\n",
    "keeps a copy": "import pickle\ndef keep(record):\n    return pickle.dumps(record)\n",
    "prints": "def show(record):\n    print(record)\n",
    "runs text": "def run(text):\n    return eval(text)\n",
}


def scan_twin(text: str) -> list[str]:
    """What the rules say of one module more."""
    return scan([("faces/desk/views/twin.py", ast.parse(text))], whole=False)
