"""Every figure and list of the law files against the articles, typed out once more by hand.

The files are read anew in each test: what an earlier test made the process remember proves nothing.
"""

import hashlib
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from calculation import law
from calculation.law import (
    CareerRow,
    Confidence,
    Counting,
    Effect,
    ExtensionRule,
    FreshStart,
    Law,
    Method,
    PartTimeStage,
    PensionAge,
    Row,
    Rule,
    UnpaidDays,
)
from calculation.shelf import Ended, Gap, NotModelled, NotYetInForce, shelf, versions

FOLDER = Path(law.__file__).parent / "law"
READ, SHEET, PRACTICE = Confidence.LAW, Confidence.OFFICIAL, Confidence.PRACTICE
OLD, NEW = "ar-1991@2012-11-01", "ar-1991@2026-03-01"
LANGUAGES = {"fr", "nl", "de", "en"}
PENSION = tuple(PensionAge(born, age, Rule("AR 64", READ)) for born, age in ((1800, 65), (1960, 66), (1964, 67)))
WORKED_ALIKE = {
    *("paid_holiday", "public_holiday", "paid_leave", "compensatory_rest", "guaranteed_pay", "strike", "lay_judge"),
    *("foster_care", "maternity", "birth_leave", "adoption_leave", "temporary_unemployment"),
}
ILL = {"sickness_benefit", "work_accident", "occupational_disease"}


def read(position: int) -> Law:
    return shelf.__wrapped__().laws[position]


def digest(name: str) -> str:
    return hashlib.sha256((FOLDER / f"{name}.toml").read_bytes()).hexdigest()


def moving(kind: str, article: str, sure: Confidence, **limits: int | bool) -> ExtensionRule:
    plain = {"minimum_months": 0, "maximum_months": 0, "disabled_by_benefit": False, "only_in_occupation": False}
    return ExtensionRule(kind=kind, **{**plain, **limits}, rule=Rule(article, sure))


def test_the_text_before_the_reform() -> None:
    law = read(0)
    assert (law.identifier, law.effective_from, law.effective_until) == (OLD, date(2012, 11, 1), date(2026, 2, 28))
    assert law.rows == (
        Row(0, 312, 21, Rule("AR 30, al. 1, 1°", SHEET)),
        Row(36, 468, 33, Rule("AR 30, al. 1, 2°", SHEET)),
        Row(50, 624, 42, Rule("AR 30, al. 1, 3°", SHEET)),
    )
    assert law.older_rows == Rule("AR 30, al. 2", SHEET)
    assert law.careers == (
        CareerRow(36, 234, 120, 1560, 0, 0, Rule("AR 32", SHEET)),
        CareerRow(36, 312, 120, 0, 8, 468, Rule("AR 32", SHEET)),
        CareerRow(50, 312, 120, 1560, 0, 0, Rule("AR 32", SHEET)),
        CareerRow(50, 416, 120, 0, 8, 624, Rule("AR 32", SHEET)),
    )
    assert (law.part_time, law.fresh_start, law.no_effect) == (None, None, {})
    assert law.unpaid_days == UnpaidDays(12, Rule("AR 38, § 1, 10°", PRACTICE))
    assert law.extensions == {
        "self_employment": moving(
            "self_employment", "AR 30, al. 3", PRACTICE, minimum_months=6, maximum_months=180, disabled_by_benefit=True
        ),
        **{
            kind: moving(kind, "AR 30, al. 3", PRACTICE)
            for kind in ("career_interruption", "detention", "force_majeure", "studies")
        },
        "child_raising": moving("child_raising", "AR 30, al. 3", PRACTICE, minimum_months=6, maximum_months=72),
    }
    alike = (Effect.COUNTS, Rule("AR 38, § 1", PRACTICE))
    lost = (Effect.LOST, Rule("AR 38, § 1", PRACTICE))
    pooled = (Effect.QUOTA, Rule("AR 38, § 1, 10°", PRACTICE))
    assert law.absences == {
        **dict.fromkeys(WORKED_ALIKE | ILL | {"unemployment_benefit", "waiting_day"}, alike),
        **dict.fromkeys(("career_interruption", "detention"), lost),
        **dict.fromkeys(("unpaid_leave", "unjustified_absence"), pooled),
    }
    assert law.codes == {
        1: (Effect.COUNTS, Rule("AR 37, § 1", READ)),
        **dict.fromkeys((2, 3, 4, 5, 10, 11, 12, 13, 14, 20, 21, 23, 75), alike),
        **dict.fromkeys((50, 51, 52, 60, 61, 70, 71, 72, 73, 76, 77), (Effect.COUNTS_IF_PAID, alike[1])),
        **dict.fromkeys((22, 24, 25, 26, 30), pooled),
        **dict.fromkeys((74, 301), lost),
    }
    assert law.code_dates == {}


def test_the_text_since_the_reform() -> None:
    law = read(1)
    assert (law.identifier, law.effective_from, law.effective_until) == (NEW, date(2026, 3, 1), None)
    assert law.rows == (Row(0, 312, 36, Rule("AR 30, al. 1", READ)),)
    assert (law.older_rows, law.careers, law.unpaid_days) == (None, (), None)
    assert law.part_time == PartTimeStage(312, 36, 4, 12, Fraction(1, 3), Rule("AR 33", READ))
    assert law.fresh_start == FreshStart(("30", "33"), Rule("AR 30, al. 2", READ))
    assert law.no_effect == dict.fromkeys(("child_raising", "force_majeure", "studies"), Rule("AR 30, al. 3", READ))
    assert law.extensions == {
        **{kind: moving(kind, "AR 30, al. 3, 1°", READ) for kind in ILL},
        "self_employment": moving(
            "self_employment", "AR 30, al. 3, 2°", READ, minimum_months=3, maximum_months=180, disabled_by_benefit=True
        ),
        "career_interruption": moving("career_interruption", "AR 30, al. 3", READ),
        "detention": moving("detention", "AR 30, al. 3", READ, only_in_occupation=True),
    }
    alike = (Effect.COUNTS, Rule("AR 38, § 1", READ))
    lost = (Effect.LOST, Rule("AR 38, § 1", READ))
    assert law.absences == {
        **dict.fromkeys(WORKED_ALIKE, alike),
        **dict.fromkeys(ILL | {"career_interruption", "detention", "unemployment_benefit", "waiting_day"}, lost),
        **dict.fromkeys(("unpaid_leave", "unjustified_absence"), lost),
    }
    assert law.codes == {
        1: (Effect.COUNTS, Rule("AR 37, § 1", READ)),
        **dict.fromkeys((2, 3, 5, 10, 11, 12, 20, 21, 52, 75), alike),
        **dict.fromkeys((70, 71, 72, 76, 77), (Effect.COUNTS_IF_PAID, alike[1])),
        **dict.fromkeys((22, 23, 24, 25, 26, 30, 74, 301), lost),
        **dict.fromkeys((50, 60, 61), (Effect.EXTENDS, Rule("AR 30, al. 3, 1°", READ))),
    }
    assert law.code_dates == {50: "sickness_benefit", 60: "work_accident", 61: "occupational_disease"}


@pytest.mark.parametrize("position", [0, 1])
def test_what_both_texts_say(position: int) -> None:
    law = read(position)
    assert law.work == Rule("AR 37, § 1", READ)
    assert law.not_work == {"apprentice", "statutory", "student"}
    assert law.pension_ages == PENSION
    assert law.digest == digest(law.identifier)
    assert law.eli == "http://www.ejustice.just.fgov.be/eli/arrete/1991/11/25/1991013192/justel"
    assert set(law.titles) == LANGUAGES


def test_what_a_kind_or_a_code_does() -> None:
    old, new = read(0), read(1)
    assert (old.absence_effect("waiting_day"), new.absence_effect("waiting_day")) == (Effect.COUNTS, Effect.LOST)
    assert new.absence_effect("youth_holiday") is Effect.UNSETTLED
    assert [new.code_effect(70, benefit_paid=paid) for paid in (True, False)] == [Effect.COUNTS, Effect.LOST]
    assert [new.code_effect(50, benefit_paid=paid) for paid in (True, False)] == [Effect.EXTENDS, Effect.EXTENDS]
    assert [old.code_effect(50, benefit_paid=paid) for paid in (True, False)] == [Effect.COUNTS, Effect.LOST]
    assert [law.code_effect(999, benefit_paid=True) for law in (old, new)] == [Effect.UNSETTLED] * 2


@pytest.mark.parametrize(("row", "days", "earlier"), [(0, 234, 1560), (1, 312, 1248), (1, 467, 8), (3, 416, 1664)])
def test_the_earlier_days_needed(row: int, days: int, earlier: int) -> None:
    # 8 x (468 - 312), 8 x (468 - 467), 8 x (624 - 416)
    assert read(0).careers[row].earlier_days(days) == earlier


@pytest.mark.parametrize("position", [0, 1])
def test_what_no_figure_stands_beside(position: int) -> None:
    found = read(position)
    assert found.in_force == Rule("LP 209-216", READ)
    assert found.assimilated == Rule("AR 38, § 1", READ)
    assert found.extending == Rule("AR 30, al. 3", PRACTICE)


@pytest.mark.parametrize(("born", "age"), [(1900, 65), (1959, 65), (1960, 66), (1963, 66), (1964, 67), (2000, 67)])
def test_the_pension_age_of_a_year_of_birth(born: int, age: int) -> None:
    assert [read(position).pension_age(date(born, 1, 1)).age for position in (0, 1)] == [age, age]


def test_how_days_are_counted() -> None:
    found = shelf.__wrapped__().countings[0]
    name = "am-1991@2012-11-01"
    assert found == Counting(
        name,
        date(2012, 11, 1),
        None,
        found.titles,
        6,
        78,
        2,
        78,
        (5, 6),
        2,
        conversion=Rule("AM 7, al. 1", READ),
        quarter=Rule("AM 7, al. 2", READ),
        start_quarter=Rule("AM 7, al. 4", READ),
        letter=Rule("AM 7", READ),
        total=Rule("AM 7", PRACTICE),
        half_days=Rule("AM 8", READ),
        working_method=Rule("AM 7", PRACTICE),
        digest=digest(name),
    )
    assert set(found.titles) == LANGUAGES


def test_the_method_of_the_service() -> None:
    found = shelf.__wrapped__().methods[0]
    name = "method@2012-11-01"
    own = Confidence.OWN_READING
    assert found == Method(name, date(2012, 11, 1), None, found.titles, 5, 14, 2, 20, 1, own, own, digest(name))
    assert set(found.titles) == LANGUAGES


def test_the_versions_are_named_oldest_first() -> None:
    assert versions("ar-1991") == (OLD, NEW)
    assert versions("ar") == ()


@pytest.mark.parametrize(
    ("identifier", "day", "gap"),
    [
        ("ar-1991@2000-01-01", date(2026, 3, 1), NotModelled("ar-1991@2000-01-01", date(2012, 11, 1))),
        (NEW, date(2026, 2, 28), NotYetInForce(NEW, date(2026, 3, 1))),
        (OLD, date(2012, 10, 31), NotYetInForce(OLD, date(2012, 11, 1))),
        (OLD, date(2026, 3, 1), Ended(OLD, date(2026, 2, 28))),
    ],
)
def test_a_version_that_does_not_apply_is_a_gap(identifier: str, day: date, gap: Gap) -> None:
    assert shelf().version_on(identifier, day) == gap


@pytest.mark.parametrize(
    ("identifier", "day"),
    [(OLD, date(2012, 11, 1)), (OLD, date(2026, 2, 28)), (NEW, date(2026, 3, 1)), (NEW, date(2199, 12, 31))],
)
def test_a_version_that_applies(identifier: str, day: date) -> None:
    for found in (shelf().version_on(identifier, day), shelf().law_on(day)):
        assert isinstance(found, Law)
        assert found.identifier == identifier


def test_no_law_is_modelled_before_november_2012() -> None:
    assert shelf().law_on(date(2012, 10, 31)) == NotModelled(OLD, date(2012, 11, 1))


@pytest.mark.parametrize(("sure", "practice"), [("L", False), ("O", False), ("P", True), ("D", True)])
def test_what_names_itself_as_practice(sure: str, practice: bool) -> None:
    assert Confidence(sure).is_practice is practice
