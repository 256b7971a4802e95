"""Which version applies: a second ministerial decree, and a second method, beside the stored ones.

2 March 2026 ─ contract, reading A: 26.4 + 78 + 78 + 78 + 51.6 = 312 on 2 March 2027 (a quarter at most 78)
the decree of 1 January 2027 lets a quarter count for 70 at most: 26.4 + 70 + 70 + 70 = 236.4, 75.6 still to come
"""

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest

from calculation.engine import calculate
from calculation.facts import Facts, Period
from calculation.law import Counting, Method
from calculation.result import Decided, Review, ReviewReason
from calculation.shelf import Ended, NotModelled, Shelf, shelf, shelf_in
from calculation.steps import Step
from tests.calculation.build import contract, facts

OLD, NEW = "am-1991@2012-11-01", "am-1991@2027-01-01"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with resources.as_file(resources.files("calculation").joinpath("law")) as stored:
        shutil.copytree(stored, tmp_path / "law")
    return tmp_path / "law"


def add(folder: Path, old: str, new: str, *changes: tuple[str, str]) -> None:
    """Store a later version of an instrument: the earlier one with its id, its start and some figures changed."""
    text = (folder / f"{old}.toml").read_text("utf-8").replace(old, new)
    for before, after in ((old.partition("@")[2], new.partition("@")[2]), *changes):
        assert before in text
        text = text.replace(before, after)
    (folder / f"{new}.toml").write_text(text, "utf-8")


@pytest.fixture
def two(folder: Path) -> Shelf:
    add(folder, OLD, NEW, ("most_days = 78", "most_days = 70"))
    return shelf_in(folder)


def from_march() -> Facts:
    return facts(contract=contract(start=date(2026, 3, 2)))


def instruments(result: Decided) -> set[str]:
    return {step.instrument for step in result.computation.steps.children if step.rule.startswith("reading_")}


def test_the_decree_is_that_of_the_day(two: Shelf) -> None:
    before, after = two.counting_on(date(2026, 12, 31)), two.counting_on(date(2027, 1, 1))
    assert isinstance(before, Counting)
    assert isinstance(after, Counting)
    assert (before.identifier, before.most_a_quarter) == (OLD, 78)
    assert (after.identifier, after.most_a_quarter) == (NEW, 70)
    assert two.counting_on(date(2012, 10, 31)) == NotModelled(OLD, date(2012, 11, 1))


def test_a_decree_that_has_ended_is_a_gap(folder: Path) -> None:
    add(folder, OLD, NEW, ("effective_from = 2027-01-01", "effective_from = 2027-01-01\neffective_until = 2027-06-30"))
    assert shelf_in(folder).counting_on(date(2027, 7, 1)) == Ended(NEW, date(2027, 6, 30))


def test_the_claim_date_chooses_the_decree(two: Shelf) -> None:
    """Count by hand under 70 days a quarter.

    26.4 + 70 + 70 + 70 = 236.4 until the end of 2026 and 70 in the first quarter of 2027 are 306.4; 4 weekdays of
    April, the 1st, 2nd, 5th and 6th, make it 311.2, rounded up 312: reading A is met on 7 April 2027.
    """
    result = calculate(from_march(), two)
    assert isinstance(result, Review)
    assert [reason.code for reason in result.reasons] == [ReviewReason.READINGS_FAR_APART]
    assert {found.reading_a_date for found in result.proposals} == {date(2027, 4, 7)}
    assert [name for name, _ in result.receipt.laws] == [OLD, NEW, "ar-1991@2026-03-01", "method@2012-11-01"]


def test_a_claim_before_it_is_untouched(two: Shelf) -> None:
    given = facts(contract=contract(start=date(2025, 6, 2)))
    plain, result = calculate(given), calculate(given, two)
    assert result == plain
    assert isinstance(result, Decided)
    assert result.computation.first_claim_date < date(2027, 1, 1)
    assert instruments(result) == {OLD}


def test_a_receipt_brings_its_own_versions_back(two: Shelf) -> None:
    """Run a stored case again under the versions that its receipt names, whatever has been stored since."""
    stored = calculate(from_march())
    assert isinstance(stored, Decided)
    assert stored.computation.first_claim_date == date(2027, 3, 3)
    assert calculate(from_march(), two) != stored
    assert calculate(from_march(), two.only(dict(stored.receipt.laws))) == stored


def test_before_the_first_decree_nothing_is_computed(folder: Path) -> None:
    add(folder, OLD, NEW)
    (folder / f"{OLD}.toml").unlink()
    result = calculate(from_march(), shelf_in(folder))
    assert isinstance(result, Review)
    assert [reason.code for reason in result.reasons] == [ReviewReason.NOT_YET_MODELLED]
    assert not result.proposals


def test_the_method_is_that_of_the_first_claim(folder: Path) -> None:
    add(folder, "method@2012-11-01", "method@2027-01-01", ("years = 5", "years = 6"))
    two = shelf_in(folder)
    before, after = two.method_on(date(2026, 12, 31)), two.method_on(date(2027, 1, 1))
    assert isinstance(before, Method)
    assert isinstance(after, Method)
    assert (before.search_years, after.search_years) == (5, 6)
    assert "method@2012-11-01" in dict(calculate(from_march(), two).receipt.laws)


def test_only_keeps_what_is_not_named() -> None:
    kept = shelf().only({"ar-1991@2026-03-01"})
    assert [law.identifier for law in kept.laws] == ["ar-1991@2026-03-01"]
    assert kept.countings == shelf().countings


def walk(step: Step) -> Iterator[Step]:
    yield step
    for child in step.children:
        yield from walk(child)


def test_an_article_that_moves_is_cited_where_it_stands_now(folder: Path) -> None:
    """Cite from the file alone: half-time work has both AM 7 and AM 8, a sickness AR 30 al. 3 and AR 38."""
    for path in folder.glob("a?-1991@*.toml"):
        text = path.read_text("utf-8")
        for before, after in (("AM ", "AM 10"), ("AR ", "AR 10"), ("LP 2", "LP 102")):
            text = text.replace(f'article = "{before}', f'article = "{after}')
        path.write_text(text, "utf-8")
    sick = Period("sickness_benefit", date(2026, 1, 5), date(2026, 3, 27))
    raising = Period("child_raising", date(2025, 1, 6), date(2025, 8, 29))
    given = facts(contract=contract(hours_per_week=Decimal(19)), periods=(sick, raising))
    result = calculate(given, shelf_in(folder))
    assert isinstance(result, Review)
    assert [found.route for found in result.proposals] == ["30", "33"]
    cited = [step.article for found in result.proposals for step in walk(found.steps)]
    cited += [article for found in result.proposals for article in found.articles]
    assert {article[:5] for article in cited} == {"AM 10", "AR 10", "LP 10"}


def test_a_rule_that_is_confirmed_is_practice_no_more(folder: Path) -> None:
    plain = calculate(from_march(), shelf_in(folder))
    path = folder / f"{OLD}.toml"
    path.write_text(path.read_text("utf-8").replace('confidence = "P"', 'confidence = "L"'), "utf-8")
    result = calculate(from_march(), shelf_in(folder))
    assert isinstance(plain, Decided)
    assert isinstance(result, Decided)
    moved = {
        after.rule
        for before, after in zip(walk(plain.computation.steps), walk(result.computation.steps), strict=True)
        if before.practice and not after.practice
    }
    assert moved == {"reading_a.total", "reading_b.total", "reading_b.job", "remaining.days"}
