"""The fees room: what is owed and settled."""
