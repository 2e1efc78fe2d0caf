"""The program on a public computer: lock screen, clock, wipe."""
