"""The patron's pages, a module for each kind of errand."""
