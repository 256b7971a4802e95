"""File names: taken apart and written again, or refused."""

from datetime import date

import pytest

from schemas.file_name import FileName


@pytest.mark.parametrize(
    "text",
    [
        "FI.OCCP.123456.20261123.1.S.1.1",
        "FI.OCCP.123456.20261123.0000000001.R.1.1",
        "FO.ACRF.123456.20261123.12.T.1.1",
        "FO.NOTI.000001.20261123.12.S.1.1",
        "FO.OCCP.123456.20261123.12.S.1.1",
        "FS.OCCP.123456.20261123.12.S.1.1",
        "GO.OCCP.123456.20261123.12.S.1",
    ],
)
def test_round_trip(text: str) -> None:
    parsed = FileName.parse(text)
    assert parsed is not None
    assert str(parsed) == text


def test_parts() -> None:
    parsed = FileName.parse("FI.OCCP.123456.20261123.007.S.1.1")
    assert parsed == FileName("FI", "OCCP", "123456", date(2026, 11, 23), "007", "S")
    assert str(parsed.go) == "GO.OCCP.123456.20261123.007.S.1"
    assert str(parsed.signature) == "FS.OCCP.123456.20261123.007.S.1.1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FI.OCCP.12345.20261123.1.S.1.1",
        "FI.OCCP.123456.20261323.1.S.1.1",
        "FI.OCCP.123456.20260230.1.S.1.1",
        "FI.OCCP.123456.20261123..S.1.1",
        "FI.OCCP.123456.20261123.12345678901.S.1.1",
        "FI.OCCP.123456.20261123.1.X.1.1",
        "FI.OCCP.123456.20261123.1.S.1",
        "FI.OCCP.123456.20261123.1.S.1.2",
        "FI.ACRF.123456.20261123.1.S.1.1",
        "GO.OCCP.123456.20261123.1.S.1.1",
        "fi.occp.123456.20261123.1.S.1.1",
        "FI.OCCP.123456.20261123.1.S.1.1\n",
        "../FI.OCCP.123456.20261123.1.S.1.1",
        "FI.OCCP.١٢٣٤٥٦.20261123.1.S.1.1",
    ],
)
def test_refused(text: str) -> None:
    assert FileName.parse(text) is None
