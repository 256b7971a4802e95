"""The name of a file on the channel, which is also its idempotency key per sender.

    FI.OCCP.123456.20261123.1.S.1.1     in, to ONEM             GO.OCCP.123456.20261123.1.S.1     it may be read
    FO.ACRF.123456.20261123.1.S.1.1     out, from ONEM          FS.OCCP.123456.20261123.1.S.1.1   its signature

Leaf module. It refuses a name of another form instead of guessing.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, cast

_NAME = re.compile(
    r"(?P<prefix>FI|FO|FS)\.(?P<kind>OCCP|ACRF|NOTI)\.(?P<sender>[0-9]{6})\.(?P<date>[0-9]{8})\."
    r"(?P<sequence>[0-9]{1,10})\.(?P<environment>[RTS])\.1\.1"
    r"|GO\.(?P<go_kind>OCCP|ACRF|NOTI)\.(?P<go_sender>[0-9]{6})\.(?P<go_date>[0-9]{8})\."
    r"(?P<go_sequence>[0-9]{1,10})\.(?P<go_environment>[RTS])\.1",
    re.ASCII,
)

Prefix = Literal["FI", "FO", "FS", "GO"]
Kind = Literal["OCCP", "ACRF", "NOTI"]
Environment = Literal["R", "T", "S"]


@dataclass(frozen=True, slots=True)
class FileName:
    """A file name taken apart. `sequence` is kept as written: leading zeros stay, and two spellings are two files."""

    prefix: Prefix
    kind: Kind
    sender: str
    date: date
    sequence: str
    environment: Environment

    @classmethod
    def parse(cls, text: str) -> "FileName | None":
        """Read a name; None where it has another form, an impossible date, or an inbound name of another kind."""
        found = _NAME.fullmatch(text)
        if found is None:
            return None
        go = "" if found["prefix"] else "go_"
        digits = found[f"{go}date"]
        try:
            day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError:
            return None
        prefix = cast(Prefix, found["prefix"] or "GO")
        kind = cast(Kind, found[f"{go}kind"])
        if prefix in ("FI", "FS") and kind != "OCCP":
            return None
        environment = cast(Environment, found[f"{go}environment"])
        return cls(prefix, kind, found[f"{go}sender"], day, found[f"{go}sequence"], environment)

    @property
    def go(self) -> "FileName":
        """The name of the empty file that says this one may be read."""
        return replace(self, prefix="GO")

    @property
    def signature(self) -> "FileName":
        """The name of this file's signature."""
        return replace(self, prefix="FS")

    def __str__(self) -> str:
        """Write the name."""
        tail = "1" if self.prefix == "GO" else "1.1"
        return f"{self.prefix}.{self.kind}.{self.sender}.{self.date:%Y%m%d}.{self.sequence}.{self.environment}.{tail}"
