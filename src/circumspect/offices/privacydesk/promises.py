"""What the privacy desk can say of the library's promises.

Source: clauses MP-6.12 to MP-6.14, MP-3.7; guarantee 8.
"""

from __future__ import annotations

from circumspect.offices.privacydesk import copies
from circumspect.records.promises import Promise
from circumspect.trust.door.house import House


def copies_end(house: House) -> Promise:
    """Whether a preserved copy or a guard is there past its end. How many live is told to nobody: some are under a gag."""
    over, late = copies.count_over(house), copies.count_over(house, by_hours=24)
    said = "No preserved copy and no guard of a request is past its end."
    if over:
        said = f"{over} preserved copies or guards are past their end; {late} of them by more than a day."
    return Promise(
        "What is kept for a request ends by itself",
        ("MP-6.12", "MP-6.13", "MP-3.7"),
        not late,
        said,
        "circumspect forget" if late else "",
    )
