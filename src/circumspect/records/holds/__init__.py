"""The holds room: queues, the hold shelf."""
