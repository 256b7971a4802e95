"""Identifiers: check digits by hand, and against python-stdnum where it can judge."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.be import bis, nn, vat

from schemas.identifiers import (
    TICKET_ALPHABET,
    bce_is_valid,
    niss_birth_dates,
    niss_is_valid,
    onss_is_valid,
    sender_is_wellformed,
    ticket_is_wellformed,
)


@pytest.mark.parametrize("niss", ["85073003328", "17073003384", "98472899765", "01490700185"])
def test_valid_of_both_centuries_and_bis(niss: str) -> None:
    assert niss_is_valid(niss)


@pytest.mark.parametrize(
    "niss",
    [
        "85073003329",
        "17073003328",
        "00000000000",
        "99999999999",
        "8507300332",
        "850730033280",
        "8507300332X",
        "85.07.30-033.28",
        "８５073003328",
        "٨٥073003328",
        "",
    ],
)
def test_not_valid(niss: str) -> None:
    assert not niss_is_valid(niss)


def test_check_digits_97() -> None:
    base = next(n for n in range(480101001, 480101999) if n % 97 == 0)
    assert niss_is_valid(f"{base}97")


def test_month_13_is_refused_though_the_check_digits_fit() -> None:
    for base in ("851330033", "853330033", "855330033"):
        assert not niss_is_valid(f"{base}{97 - int(base) % 97:02}")


def test_a_day_that_the_month_does_not_have_is_unknown() -> None:
    base = "850230033"
    birth = niss_birth_dates(f"{base}{97 - int(base) % 97:02}")
    assert birth is not None
    assert (birth.year, birth.month, birth.day) == (1985, 2, None)
    assert birth.agrees_with(date(1985, 2, 14))
    assert not birth.agrees_with(date(1985, 3, 2))


def test_unknown_month_or_day_is_legal_and_says_nothing_of_them() -> None:
    base = "854000033"
    birth = niss_birth_dates(f"{base}{97 - int(base) % 97:02}")
    assert birth is not None
    assert (birth.year, birth.month, birth.day) == (1985, None, None)
    assert birth.agrees_with(date(1985, 12, 31))
    assert not birth.agrees_with(date(1986, 1, 1))


def test_fictitious_birth_agrees_with_any_date() -> None:
    base = "000001001"
    birth = niss_birth_dates(f"{base}{97 - int(base) % 97:02}")
    assert birth is not None
    assert birth.agrees_with(date(1985, 12, 31))


def test_bis_birth_date() -> None:
    birth = niss_birth_dates("98472899765")
    assert birth is not None
    assert (birth.year, birth.month, birth.day) == (1998, 7, 28)
    assert birth.agrees_with(date(1998, 7, 28))
    assert not birth.agrees_with(date(1998, 7, 29))


@given(st.dates(date(1900, 1, 1), date(2025, 12, 31)), st.integers(1, 998), st.sampled_from([0, 20, 40]))
def test_niss_agrees_with_stdnum(born: date, serial: int, shift: int) -> None:
    base = f"{born:%y}{born.month + shift:02}{born:%d}{serial:03}"
    check = 97 - int(base if born.year < 2000 else "2" + base) % 97
    niss = f"{base}{check:02}"
    birth = niss_birth_dates(niss)
    assert birth is not None
    assert (birth.year, birth.month, birth.day) == (born.year, born.month, born.day)
    assert (bis.is_valid(niss) if shift else nn.is_valid(niss)) is True
    wrong = f"{base}{check % 97 + 1:02}"
    assert niss_is_valid(wrong) == ((bis.is_valid(wrong) if shift else nn.is_valid(wrong)) is True)


@given(st.integers(0, 19_999_999))
def test_bce_agrees_with_stdnum(base: int) -> None:
    for check in range(1, 98):  # stdnum takes 00 for 97, which no real number has
        number = f"{base:08}{check:02}"
        assert bce_is_valid(number) == (vat.is_valid(number) and number[0] in "01")
    right = f"{base:08}{97 - base % 97:02}"
    assert bce_is_valid(right)


@pytest.mark.parametrize("number", ["2123456789", "021234566", "0212345669", "０212345668"])
def test_bce_not_valid(number: str) -> None:
    assert not bce_is_valid(number)


def test_onss_by_hand() -> None:
    # 1234567 x 100 = 123456700; mod 97 = 47; 96 - 47 = 49
    assert 123456700 % 97 == 47
    assert onss_is_valid("123456749")
    assert not onss_is_valid("123456748")
    assert not onss_is_valid("000000000")
    assert not onss_is_valid("1234567490")
    assert not onss_is_valid("12")


def test_tickets_and_senders() -> None:
    assert "I" not in TICKET_ALPHABET
    assert "O" not in TICKET_ALPHABET
    assert len(TICKET_ALPHABET) == 34
    assert ticket_is_wellformed("K7M2P9QX4RTBZ")
    for bad in ("K7M2P9QX4RTB", "K7M2P9QX4RTBI", "k7m2p9qx4rtbz", "K7M2P9QX4RTBZ\n"):
        assert not ticket_is_wellformed(bad)
    assert sender_is_wellformed("000001")
    assert not sender_is_wellformed("00001")
