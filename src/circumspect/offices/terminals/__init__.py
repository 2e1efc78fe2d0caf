"""Accounts of machines that speak SIP2."""
