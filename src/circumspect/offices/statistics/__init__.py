"""What the library counts and says in public: tables of counts, with nobody in them.

    plans       which tables there are: fixed, and by which dimensions a count may be cut
    tables      a table of counts, and how its cells add up
    protecting  which cells are hidden, so that no small one can be worked out
    attacking   whoever tries to work one out, from all tables ever released
    expressions the tables as columnar expressions; engine runs them, on DuckDB or on a Spark cluster
    gathering   the counters of all rooms, as rows for the engine
    releasing   make, protect, attack, remember
    typing      what is typed in: the door's count, wireless sessions, programmes; the reference tally
    annual      the figures of the Illinois Public Library Annual Report

Counters are bumped at the event, in the rooms where the events are; nothing here is worked out from records of
people. Source: clauses MP-4.16, TH-1.17, TH-2.10; guarantee 12; 75 ILCS 70/1(b).
"""
