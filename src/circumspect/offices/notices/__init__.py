"""Notices by mail, message and letter."""
