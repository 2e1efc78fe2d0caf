"""Circumspect: a public library's circulation and patron records, kept in confidence."""

__version__ = "0.1.0"
