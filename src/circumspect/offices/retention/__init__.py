"""Retention: what the library decided about its schedule, the sweep that carries it out, and what proves both."""
