"""Django's settings, all taken from the library's home.

Three databases, three roles: ``default`` holds sealed records, ``keys`` what opens them, ``ledger``
who opened what. Without a home (static checks, making migrations) the databases are in memory and
nothing can be served, for there is no key.

Nothing here may make an error page or a log line show a value: debug is off always, and log
records carry messages and ids only.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlparse

from circumspect.home import Home, HomeError, home_from_environment

HOME: Home | None = home_from_environment()

# SQLite: FULL because the door promises durable entries; secure_delete because forgotten means overwritten.
_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON; "
    "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; PRAGMA journal_size_limit=16777216;"
)


def _sqlite(path: Path | str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {"init_command": _PRAGMAS, "transaction_mode": "IMMEDIATE", "timeout": 20},
        "CONN_MAX_AGE": None,
    }


def _postgresql(url: str) -> dict[str, Any]:
    parts = urlparse(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise HomeError("[database] needs an address such as postgresql://user:password@host/database")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or ""),
        # Such as sslmode and sslrootcert: they must reach the driver, or nothing is checked.
        "OPTIONS": options,
        "CONN_MAX_AGE": None,
    }


def _database(home: Home | None, alias: str) -> dict[str, Any]:
    if home is None:
        return _sqlite(":memory:")
    url = str(home.setting("database", alias, ""))
    if url:
        return _postgresql(url)
    folder = home.keys if alias == "keys" else home.data
    return _sqlite(folder / f"{alias}.sqlite3")


DATABASES = {
    "default": _database(HOME, "records"),
    "keys": _database(HOME, "keys"),
    "ledger": _database(HOME, "ledger"),
}
DATABASE_ROUTERS = ["circumspect.databases.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "circumspect.trust.vault",
    "circumspect.trust.ledger",
    "circumspect.records.patrons",
    "circumspect.records.catalog",
    "circumspect.records.holds",
    "circumspect.records.fees",
    "circumspect.records.circulation",
    "circumspect.records.ill",
    "circumspect.records.computers",
    "circumspect.records.incidents",
    "circumspect.records.inquiries",
    "circumspect.records.communications",
    "circumspect.records.reading",
    "circumspect.offices.staff",
    "circumspect.offices.importing",
    "circumspect.offices.notices",
    "circumspect.offices.terminals",
    "circumspect.offices.privacydesk",
    "circumspect.offices.retention",
    "circumspect.offices.review",
    "circumspect.offices.publishing",
    "circumspect.offices.statistics",
    "circumspect.faces.desk",
    "circumspect.faces.public",
    "circumspect.faces.site",
    "circumspect.faces.portal",
]
AUTH_USER_MODEL = "staff.StaffMember"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Outside the public's, which throws cookies away: whoever carries an account's is not to be measured.
    "circumspect.faces.site.counting.CountingMiddleware",
    "circumspect.faces.public.middleware.PublicMiddleware",
    "circumspect.faces.desk.middleware.StaffSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "circumspect.faces.desk.middleware.DeskMiddleware",
]
# Where the public's pages begin. The desk's middleware leaves these addresses alone: see faces/public.
PUBLIC_SITE = "library/"
PUBLIC_PORTAL = "my/"
# All that is the public's: no staff session is looked at there.
PUBLIC_PLACES = (PUBLIC_SITE, PUBLIC_PORTAL, ".well-known/", "robots.txt")
PATRON_COOKIE = "circumspect_patron"  # stands for a patron's sign-in, and goes to their own pages only
ROOT_URLCONF = "circumspect.urls"
WSGI_APPLICATION = "circumspect.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["circumspect.faces.desk.context.library"]},
    }
]

DEBUG = False
# Signs only session-less tokens of one server's life; signing in again after a restart is meant.
SECRET_KEY = secrets.token_urlsafe(48)
ALLOWED_HOSTS = list(HOME.setting("web", "hosts", [])) if HOME else ["testserver", "localhost", "127.0.0.1"]
_HTTPS = bool(HOME.setting("web", "https", False)) if HOME else False

SESSION_ENGINE = "circumspect.offices.staff.sessionstore"
SESSION_COOKIE_NAME = "circumspect_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = _HTTPS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 12 * 3600
CSRF_USE_SESSIONS = True  # one cookie, the session's, and no other
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = (
    "same-origin"  # "no-referrer" makes browsers post without an origin, which CSRF refuses
)
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31536000 if _HTTPS else 0
X_FRAME_OPTIONS = "DENY"

# Django's own would lay what is larger than 2.5 MB into the temporary folder, in the clear.
FILE_UPLOAD_HANDLERS = ["circumspect.uploads.InMemory"]

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

USE_TZ = True
TIME_ZONE = str(HOME.setting("library", "timezone", "America/Chicago")) if HOME else "America/Chicago"
LANGUAGE_CODE = "en"
# What patrons read, before what Django's own applications say in the same words.
LOCALE_PATHS = [Path(__file__).parent / "faces" / face / "locale" for face in ("public", "site", "portal")]
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "circumspect.logs.PlainFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Django's request logger attaches the request, whose body may hold a card number: ours writes path and status.
    "loggers": {"django": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}
