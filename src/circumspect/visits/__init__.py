"""The annex: how the library's website is used, counted without knowing by whom.

It stands beside the house and not in it: a process of its own, a database of its own, a log of its own, and no
import of the house but of where a home lies. It does not run Django, whose settings name the house's databases.

    telling     the one function the website calls; it cuts off what is not to be known, and hands on the rest
    annex       the process: takes what it is told, counts in memory, writes sums
    counting    the counts, and the day's salt, which is never written anywhere
    recent      who was here in the last half hour, by numbers that mean nothing outside this process
    reducing    a page, a site, a language and a kind of device out of what a browser sends
    tables      the closed list of columns; store writes and reads them
    accesslog   past figures, out of a web server's log

There is no row for a visit and no column that could name a visitor. Source: clauses TH-2.3 to TH-2.9; guarantee 12.
"""
