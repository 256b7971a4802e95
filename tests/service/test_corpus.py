"""Invented careers: the same for a seed, drawn as their figures say, possible, readable back, and counted right."""

import tomllib
from collections import Counter
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest

from calculation.case import facts_to_json, read_case
from calculation.engine import calculate
from calculation.result import Decided, Reason, Receipt, Review, ReviewReason
from calculation.texts import LANGUAGES
from service.corpus.careers import SEED, case, cases
from service.corpus.dice import Dice, figures
from service.corpus.report import Cause, Report, advice, cause_of, report
from service.corpus.write import case_text
from tests.calculation.build import facts

COUNT = 600


@pytest.fixture(scope="module")
def drawn() -> list[dict[str, Any]]:
    return list(cases(COUNT))


def test_the_same_seed_gives_the_same_careers(drawn: list[dict[str, Any]]) -> None:
    assert list(islice(cases(10_000_000), 20)) == drawn[:20]
    other = list(cases(20, SEED + 1))
    assert [one["facts"] for one in other] != [one["facts"] for one in drawn[:20]]


def test_every_figure_has_a_reason_and_is_drawn_from() -> None:
    used: set[str] = set()
    for number in range(COUNT):
        dice = Dice(1, number)
        case(dice, "x")
        used |= dice.used
    assert used == set(figures())
    for name, figure in figures().items():
        assert len(figure["because"]) > 20, name
        weights = [row[-1] for row in figure.get("choices", figure.get("bands", []))]
        assert sum(weights) == 100 or 0 < figure["share"] < 1, name


def test_what_is_drawn_follows_its_figure(drawn: list[dict[str, Any]]) -> None:
    def near(found: int, expected: float) -> bool:
        return abs(found / COUNT - expected) < 0.05

    contracts = [one["facts"]["contract"] for one in drawn]
    assert near(sum(one["hours_per_week"] == 38 for one in contracts), figures()["contract.full_time"]["share"])
    first = [one["facts"]["contract"] for one in drawn if "calculation_number" not in one["facts"]]
    ended = sum("planned_end" in one for one in first) / len(first)
    assert abs(ended - figures()["contract.planned_end"]["share"]) < 0.05
    # work that would lie before the eighteenth birthday falls away: only the older ones show the figure itself
    grown = [one["facts"] for one in drawn if one["facts"]["birth_date"].year < 1995]
    assert abs(sum(not one["occupations"] for one in grown) / len(grown) - 0.40) < 0.06
    ages = Counter((one["facts"]["contract"]["start"] - one["facts"]["birth_date"]).days * 4 // 1461 for one in drawn)
    assert min(ages) >= 18
    assert max(ages) <= 64
    assert near(sum(number for age, number in ages.items() if age < 25), 0.20)


def test_every_career_is_possible_and_none_breaks_the_engine(drawn: list[dict[str, Any]]) -> None:
    for one in drawn:
        found = calculate(read_case(one))
        assert isinstance(found, Decided) or ReviewReason.ENGINE_FAILURE not in [r.code for r in found.reasons], one[
            "id"
        ]


def test_a_written_case_holds_the_same_facts(drawn: list[dict[str, Any]]) -> None:
    for one in drawn:
        again = read_case(tomllib.loads(case_text(one), parse_float=Decimal))
        assert facts_to_json(again) == facts_to_json(read_case(one))


def test_leaving_out_what_is_avoidable_avoids_it(drawn: list[dict[str, Any]]) -> None:
    def alone(reason: ReviewReason) -> list[dict[str, Any]]:
        results = [(one, calculate(read_case(one))) for one in drawn]
        return [one for one, r in results if isinstance(r, Review) and [x.code for x in r.reasons] == [reason]]

    straddling = alone(ReviewReason.READINGS_STRADDLE)
    assert straddling
    for one in straddling:
        contract = {name: value for name, value in one["facts"]["contract"].items() if name != "planned_end"}
        assert isinstance(calculate(read_case({"facts": {**one["facts"], "contract": contract}})), Decided)


def test_a_complete_form_is_of_the_same_person_and_leaves_no_avoidable_reason(drawn: list[dict[str, Any]]) -> None:
    for one, complete in zip(drawn, cases(COUNT, complete=True), strict=True):
        was, now = one["facts"], complete["facts"]
        assert (was["birth_date"], was["contract"]["start"]) == (now["birth_date"], now["contract"]["start"])
        assert [job["start"] for job in was["occupations"]] == [job["start"] for job in now["occupations"]]
        result = calculate(read_case(complete))
        causes = {cause_of(reason) for reason in result.reasons} if isinstance(result, Review) else set()
        assert not {cause for cause in causes if advice(cause, "en")}, one["id"]


def test_causes_are_counted_alone_and_together() -> None:
    def review(*reasons: Reason) -> Review:
        return Review(reasons, (), (), Receipt("", (), ""))

    week = Reason(ReviewReason.INCOMPLETE, "", "occupations[3]")
    services = Reason(ReviewReason.INCOMPLETE, "", "occupations[0].services")
    foreign = Reason(ReviewReason.FOREIGN_WORK, "", "occupations[1]")
    decided = calculate(facts())
    assert isinstance(decided, Decided)
    results = [decided, review(week), review(week, foreign), review(services), review(foreign), decided]
    complete = [decided, decided, review(foreign), decided, review(foreign), decided]
    found = report(zip(results, complete, strict=True))
    assert found == Report(
        count=6,
        decided=2,
        warned=0,
        decided_if_complete=4,
        causes=(
            Cause("FOREIGN_WORK", 2, 1, False),
            Cause("INCOMPLETE:week", 2, 1, True),
            Cause("INCOMPLETE:services", 1, 1, True),
        ),
    )
    assert (found.share, found.share_if_complete) == (2 / 6, 4 / 6)
    assert cause_of(Reason(ReviewReason.INCOMPLETE, "", "career_in_attachments")) == "INCOMPLETE:attachments"
    assert cause_of(Reason(ReviewReason.INCOMPLETE, "", "occupations[0].services, contract")) == "INCOMPLETE:services"


def test_advice_comes_in_each_language() -> None:
    names = ("INCOMPLETE:week", "INCOMPLETE:services", "INCOMPLETE:attachments", "READINGS_STRADDLE", "OVERLAP")
    for name in (*names, "ANOMALY_TO_INVESTIGATE"):
        assert len({advice(name, language) for language in LANGUAGES}) == len(LANGUAGES)
        assert None not in {advice(name, language) for language in LANGUAGES}
    assert advice("FOREIGN_WORK", "fr") is None
