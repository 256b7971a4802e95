"""The receipt: what is needed to run the same computation again years later."""

import hashlib

from calculation import law as laws
from calculation.case import facts_to_json
from calculation.facts import Facts
from calculation.result import Receipt

ENGINE = "cpas-onem-calculation/1"
"""Name and version of the engine's rules; raised whenever the same facts and law could give another answer."""


def receipt_of(facts: Facts, used: tuple[laws.Law, ...]) -> Receipt:
    """Make the receipt of a computation that used these versions of the Royal Decree; no timings in it."""
    counting, method = laws.counting(), laws.method()
    digests = [(law.identifier, law.digest) for law in used]
    digests += [(counting.identifier, counting.digest), (method.identifier, method.digest)]
    return Receipt(ENGINE, tuple(sorted(digests)), hashlib.sha256(facts_to_json(facts)).hexdigest())
