"""Interlibrary loans."""
