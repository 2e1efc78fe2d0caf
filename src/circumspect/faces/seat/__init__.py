"""The client program of a public computer: lock screen, sign-in, clock, wipe.

It runs on the public computer itself, where nothing of the house may be: it imports the standard library
and its own modules, and nothing else. What it knows of the house is an address and the seat's own key.
"""
