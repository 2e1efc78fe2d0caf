"""The public computers."""
