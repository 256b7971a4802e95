"""Two answers side by side: what is aligned with what, and by how much it differs; every expectation made by hand."""

from datetime import date
from decimal import Decimal

from calculation.compare import Comparison, Difference, compare, matching_jobs, moved
from calculation.engine import calculate
from calculation.facts import Absence, Facts, Period
from calculation.result import Computation, Decided, Reason, Receipt, Result, Review, ReviewReason
from calculation.steps import Step
from tests.calculation.build import contract, facts, job

RECEIPT = Receipt("engine/1", (), "")


def step(rule: str, result: str, *children: Step, **inputs: str) -> Step:
    return Step(rule, "am-1991@2012-11-01", "AM 7", inputs=tuple(inputs.items()), result=result, children=children)


def decided(*steps: Step, warnings: tuple[str, ...] = ()) -> Decided:
    day = date(2027, 1, 1)
    computation = Computation(
        law="ar-1991@2026-03-01",
        route="30",
        required_days=312,
        prior_days=Decimal(0),
        remaining_days=312,
        first_claim_date=day,
        contract_end=day,
        period_start=day,
        period_end=day,
        reading_a_date=day,
        reading_b_date=day,
        contract_days=0,
        articles=(),
        steps=Step("claim.first_date", "ar", "AR 30", result="2027-01-01", children=steps),
    )
    return Decided(computation, warnings, RECEIPT)


def quarter(name: str, result: str, *jobs: Step, rule: str = "reading_a.quarter") -> Step:
    return step(rule, result, *jobs, quarter=name)


def by_subject(found: Comparison) -> dict[str, Difference]:
    return {
        " ".join(filter(None, (one.subject.family, one.subject.quarter, one.subject.job))): one
        for one in found.differences
    }


def test_the_same_answer_has_no_difference() -> None:
    one = calculate(facts(job(date(2025, 1, 6), date(2025, 4, 30))))
    found = compare(one, one)
    assert found.differences == ()
    # the answer; law, its earlier days, stage, period; A with six quarters of one job each; B with two jobs; and three
    assert found.same_steps == 1 + 4 + (1 + 6 * 2) + (1 + 2) + 3
    assert found.outcomes == ("decided", "decided")


def test_a_quarter_is_aligned_by_its_name_and_a_job_by_its_quarter() -> None:
    before = decided(quarter("2025Q1", "78", step("reading_a.whole_quarter", "78", job="1")))
    after = decided(
        quarter("2024Q4", "12", step("reading_a.days", "12", job="1")),
        quarter("2025Q1", "60", step("reading_a.days", "60", job="1")),
    )
    found = by_subject(compare(before, after))
    assert set(found) == {
        "reading_a.quarter 2024Q4",
        "reading_a.job 2024Q4 1",
        "reading_a.quarter 2025Q1",
        "reading_a.job 2025Q1 1",
    }
    assert found["reading_a.quarter 2024Q4"].before is None
    assert found["reading_a.quarter 2024Q4"].amount == 12
    assert found["reading_a.quarter 2025Q1"].amount == Decimal(-18)
    assert found["reading_a.job 2025Q1 1"].parts == ("rule", "result")


def test_what_is_gone_stands_where_it_stood() -> None:
    before = decided(quarter("2024Q3", "1"), quarter("2024Q4", "2"), quarter("2025Q1", "3"))
    after = decided(quarter("2024Q3", "5"), quarter("2025Q1", "5"), quarter("2025Q2", "5"))
    found = compare(before, after).differences
    assert [one.subject.quarter for one in found] == ["2024Q3", "2024Q4", "2025Q1", "2025Q2"]
    assert [one.amount for one in found] == [4, -2, 2, 5]
    assert [one.after is None for one in found] == [False, True, False, False]


def test_dates_differ_in_days_and_figures_in_amounts() -> None:
    before = decided(step("readings.compared", "2027-02-27"), step("proven.days", "99.6"), step("law.in_force", "x@1"))
    after = decided(step("readings.compared", "2027-03-03"), step("proven.days", "12.25"), step("law.in_force", "x@2"))
    found = by_subject(compare(before, after))
    # 27 and 28 February, 1 and 2 March 2027
    assert (found["readings.compared"].days, found["readings.compared"].amount) == (4, None)
    assert (found["proven.days"].days, found["proven.days"].amount) == (None, Decimal("-87.35"))
    assert (found["law.in_force"].days, found["law.in_force"].amount) == (None, None)


def test_two_events_of_a_kind_are_told_apart() -> None:
    events = [step("period.event", "90", kind="detention"), step("period.event_outside", "30", kind="detention")]
    longer = [events[0], step("period.event", "40", kind="detention")]
    (found,) = compare(decided(*events), decided(*longer)).differences
    assert (found.subject.kind, found.subject.number, found.amount) == ("detention", 2, 10)


def test_a_review_stands_by_its_first_proposal() -> None:
    before = decided(step("proven.days", "10"))
    proposal = decided(step("proven.days", "14")).computation
    reasons = (Reason(ReviewReason.OVERLAP, ""), Reason(ReviewReason.RUNNING_RIGHT, ""))
    other = (Reason(ReviewReason.RUNNING_RIGHT, ""), Reason(ReviewReason.ALREADY_MET, ""))
    found = compare(Review(reasons, (proposal,), (), RECEIPT), Review(other, (), (), RECEIPT))
    assert (found.reasons_lost, found.reasons_gained) == (("OVERLAP",), ("ALREADY_MET",))
    assert [one.after for one in found.differences] == [None, None]
    found = compare(before, Review(reasons, (proposal,), ("PLANNED_END_TOO_LATE",), RECEIPT))
    assert found.outcomes == ("decided", "review")
    assert found.warnings == ((), ("PLANNED_END_TOO_LATE",))
    assert [one.amount for one in found.differences] == [4]


FIRST = job(date(2024, 10, 7), date(2024, 12, 27))
SECOND = job(date(2025, 1, 6), date(2025, 4, 30))


def test_jobs_are_known_again_by_their_dates() -> None:
    moved_start = job(date(2025, 2, 3), date(2025, 4, 30))
    assert matching_jobs(facts(FIRST, SECOND), facts(SECOND)) == {"1": "2"}
    assert matching_jobs(facts(FIRST, SECOND), facts(moved_start, FIRST)) == {"1": "2", "2": "1"}
    assert matching_jobs(facts(SECOND), facts(FIRST, SECOND)) == {"1": "2", "2": "1"}
    assert matching_jobs(facts(FIRST), facts(job(date(2023, 1, 2), date(2023, 2, 2)), FIRST)) == {"1": "2", "2": "1"}


def test_a_job_taken_away_does_not_make_the_next_one_differ() -> None:
    before, after = facts(FIRST, SECOND), facts(SECOND)
    found = by_subject(compare(calculate(before), calculate(after), matching_jobs(before, after)))
    # 7 October to 27 December 2024: twelve weeks of five days at 6/5
    assert found["reading_b.job 1"].amount == Decimal(-72)
    assert "reading_b.job 2" not in found
    assert "reading_a.job 2025Q1 2" not in found


def test_an_absence_shows_where_it_tells() -> None:
    before = facts()
    absence = Absence("unpaid_leave", date(2027, 2, 1), date(2027, 2, 12))
    found = by_subject(compare(calculate(before), calculate(facts(contract=contract(absences=(absence,))))))
    # 64 weekdays of the first quarter of 2027 less ten, at 6/5, where the whole quarter was 78
    assert found["reading_a.job 2027Q1 contract"].amount == Decimal("64.8") - 78
    assert "reading_a.job 2026Q4 contract" not in found


def test_an_event_moves_the_period() -> None:
    sick = Period("sickness_benefit", date(2025, 1, 1), date(2025, 6, 30))
    before, after = Facts(date(1996, 5, 1), contract()), Facts(date(1996, 5, 1), contract(), periods=(sick,))
    found = {one.subject.family: one for one in compare(calculate(before), calculate(after)).differences}
    assert found["period.event"].before is None
    total = found["reading_a.total"]
    assert total.before is not None
    assert total.after is not None
    assert total.parts == ("period",)
    assert moved(total.before.period, total.after.period) == (-181, 0)
    assert moved(None, total.after.period) is None


def test_overlapping_jobs_under_one_cap_are_one_subject() -> None:
    def capped(result: str, one: str, other: str) -> Result:
        jobs = (step("reading_b.job", "50", job=one), step("reading_b.job", "60", job=other))
        return decided(step("reading_b.cluster_cap", result, *jobs))

    (found,) = compare(capped("78", "2", "10"), capped("75", "1", "2"), {"1": "2", "2": "10"}).differences
    assert (found.subject.job, found.amount) == ("2+10", -3)
