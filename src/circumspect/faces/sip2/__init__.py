"""How machines ask: SIP2 over a socket."""
