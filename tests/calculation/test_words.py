"""How figures, dates and places in the facts are written for a reader, and what a text says besides its steps."""

from datetime import date

import pytest

from calculation import wording
from calculation.engine import calculate
from calculation.explain import said, sentence, text
from calculation.result import Reason, ReviewReason
from calculation.review import question
from calculation.steps import Step
from tests.calculation.build import contract, facts
from tests.calculation.rule_files import result_of, rule_files

CLAIM = (("claim", "2027-01-02"),)
APART = next(found for found in rule_files() if found.rule == "READINGS_FAR_APART").firing


@pytest.mark.parametrize(
    ("place", "english", "french"),
    [
        ("occupations[0]: maternity", "job no. 1: Maternity leave", "occupation n° 1: Congé de maternité"),
        ("occupations[0]: 4", "job no. 1: code 4", "occupation n° 1: code 4"),
        (
            "occupations[0]: 4, occupations[1]: 51",
            "job no. 1: code 4, job no. 2: code 51",
            "occupation n° 1: code 4, occupation n° 2: code 51",
        ),
        ("occupations[1].services", "job no. 2, declared services", "occupation n° 2, prestations déclarées"),
        ("contract.planned_end", "article 60 contract, planned end", "contrat article 60, fin prévue"),
        ("2027-07-31, 2027-08-17", "31.07.2027, 17.08.2027", "31.07.2027, 17.08.2027"),
        ("periods[2]: detention", "period no. 3: Detention", "période n° 3: Détention"),
        ("things[0]", "things 1", "things 1"),
        ("banana", "banana", "banana"),
    ],
)
def test_a_place_in_the_facts_is_named(place: str, english: str, french: str) -> None:
    assert (wording.subject(place, "en"), wording.subject(place, "fr")) == (english, french)


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        ("1.5", "1.5", "1,5"),
        ("12", "12", "12"),
        ("a.b", "a.b", "a.b"),
        ("2025Q3", "3rd quarter of 2025", "3e trimestre 2025"),
        ("2026-09-01", "01.09.2026", "01.09.2026"),
    ],
)
def test_a_value_is_written_as_the_language_does(value: str, english: str, french: str) -> None:
    assert (wording.shown(value, "en"), wording.shown(value, "fr")) == (english, french)


def test_figures_inside_a_formula_are_too() -> None:
    assert wording.formula("2024-08-31 − 1.5 = 12", "nl") == "31.08.2024 − 1,5 = 12"


def test_an_unknown_kind_keeps_its_name() -> None:
    assert wording.kind("youth_holiday_2", "fr") == "youth_holiday_2"


def test_a_step_without_article_has_no_brackets() -> None:
    step = Step("law.in_force", "ar-1991@2026-03-01", "", inputs=CLAIM)
    assert sentence(step, "en") == said(step, "en")
    cited = sentence(Step("law.in_force", step.instrument, "AR 30", inputs=step.inputs), "en")
    assert cited.startswith(f"{said(step, 'en')} [")
    assert cited.endswith("30]")


def test_a_reading_that_is_never_met_is_said_so() -> None:
    inputs = (("a", "2027-03-03"), ("b", ""), ("reading", "A"))
    told = said(Step("readings.one_alone", "method@2012-11-01", "AM 7", inputs=inputs, result="2027-03-03"), "en")
    assert "(reading A) gives: 03.03.2027; the working method (reading B): never." in told


@pytest.mark.parametrize(
    ("end", "warning"),
    [
        (date(2027, 8, 29), "Warning: the planned end is too early; the person would not yet be entitled."),
        (
            date(2027, 8, 31),
            "Warning: the planned end is later than needed; an article 60 contract lasts no longer than needed.",
        ),
    ],
)
def test_a_warning_follows_the_steps(end: date, warning: str) -> None:
    lines = text(calculate(facts(contract=contract(planned_end=end))), "en").splitlines()
    assert lines[0].startswith("312 ")
    assert lines[lines.index(warning) - 1] == ""
    assert any(line.startswith("Receipt: cpas-onem-calculation/") for line in lines)


def test_the_proposals_of_one_reading_alone_say_which() -> None:
    lines = text(result_of(APART), "en").splitlines()
    titles = [line for line in lines if line.startswith("Proposal")]
    assert [title.partition("reading ")[2][:1] for title in titles] == ["", "A"]
    assert all("30" in title for title in titles)


def test_a_question_names_its_subject_and_nothing_else() -> None:
    told = question(Reason(ReviewReason.FOREIGN_WORK, "AR 37, § 2", "occupations[1]"), "en")
    assert told.startswith("There is work outside Belgium (job no. 2): ")


def test_how_far_was_searched_is_said_by_its_date() -> None:
    told = question(Reason(ReviewReason.NEVER_REACHED, "AR 30", "2031-09-01"), "fr")
    assert told == "Le stage n'est pas accompli pour une demande jusqu'au 01.09.2031 inclus : que peut-on faire ?"
