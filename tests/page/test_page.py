"""The page: well-formed, self-contained, readable; nothing drawn outside the picture, no label over another."""

import re
import tomllib
from datetime import date, timedelta
from decimal import Decimal
from importlib import resources
from itertools import combinations
from pathlib import Path

import pytest
from lxml import etree

from calculation import texts
from calculation.case import read_case
from calculation.engine import calculate
from calculation.facts import Facts, Period
from calculation.result import Computation, Decided, Review
from calculation.timeline import Meaning, timeline_of
from service.page.picture import MOST_LANES, NARROW, WIDE, Box, Drawing, Format, Label, draw
from service.page.render import page
from service.page.scale import flags, scale_of, width_of
from tests.calculation.build import facts, job
from tests.calculation.histories import history

CASES = sorted((Path(__file__).parents[1] / "calculation" / "cases").glob("*.toml"))
HISTORIES = range(60)
FORMATS = pytest.mark.parametrize("format_", [WIDE, NARROW], ids=lambda format_: format_.name)


def case(name: str) -> Facts:
    path = next(path for path in CASES if path.stem == name)
    return read_case(tomllib.loads(path.read_text("utf-8"), parse_float=Decimal))


def tree(given: Facts, language: str = "fr") -> etree._Element:
    # the page is written so that it is XML too, apart from its doctype
    body = page(given, calculate(given), language).removeprefix("<!DOCTYPE html>")
    return etree.fromstring(body.strip().removeprefix("<!DOCTYPE html>").encode())


def computations(given: Facts) -> tuple[Computation, ...]:
    result = calculate(given)
    return (result.computation,) if isinstance(result, Decided) else result.proposals


def drawings(given: Facts, format_: Format, language: str = "fr") -> list[Drawing]:
    book = texts.load(language)
    return [draw(timeline_of(given, found), found, book, language, format_) for found in computations(given)]


def text_of(element: etree._Element) -> str:
    return " ".join("".join(element.itertext()).replace("\N{NO-BREAK SPACE}", " ").split())


def career(jobs: int, first: date, length: int, gap: int) -> Facts:
    starts = [first + timedelta(days=number * (length + gap)) for number in range(jobs)]
    return facts(*(job(start, start + timedelta(days=length - 1)) for start in starts), birth_date=date(1965, 1, 1))


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_makes_a_well_formed_page(path: Path, language: str) -> None:
    given = case(path.stem)
    root = tree(given, language)
    assert root.get("lang") == language
    pictures = root.findall(".//svg[@role='img']")
    assert len(pictures) == 2 * len(computations(given))
    for picture in pictures:
        names = picture.get("aria-labelledby", "").split()
        assert [picture.find(f".//*[@id='{name}']").tag for name in names] == ["title", "desc"]
        assert all(text_of(picture.find(f".//*[@id='{name}']")) for name in names)
    identifiers = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        (
            "fr",
            "312 jours de travail nécessaires, 99,6 prouvés, 212 à travailler ; contrat jusqu'au 05.05.2027 ; "
            "première demande le 06.05.2027.",
        ),
        (
            "nl",
            "312 arbeidsdagen nodig, 99,6 bewezen, 212 te werken; overeenkomst tot en met 05.05.2027; "
            "eerste aanvraag op 06.05.2027.",
        ),
        (
            "de",
            "312 Arbeitstage nötig, 99,6 nachgewiesen, 212 zu leisten; Vertrag bis zum 05.05.2027; "
            "erster Antrag am 06.05.2027.",
        ),
        (
            "en",
            "312 days of work needed, 99.6 proven, 212 to work; contract until 05.05.2027; first claim on 06.05.2027.",
        ),
    ],
)
def test_the_answer_stands_on_top(language: str, answer: str) -> None:
    assert text_of(tree(case("one-past-job"), language).find(".//h1")) == answer


def test_a_review_asks_its_questions_and_shows_each_proposal() -> None:
    given = case("review-part-time-contract")
    result = calculate(given)
    assert isinstance(result, Review)
    root = tree(given)
    assert len(root.findall(".//section[@class='questions']/ol/li")) == len(result.reasons)
    titles = [text_of(title) for title in root.findall(".//article/h3")]
    assert [title.split()[:2] for title in titles] == [["Proposition", "1"], ["Proposition", "2"]]
    assert all(article.findall(".//svg[@role='img']") for article in root.findall(".//article"))


def test_a_review_without_a_proposal_says_so() -> None:
    given = case("review-already-met")
    bare = Facts(**{name: getattr(given, name) for name in given.__slots__} | {"birth_date": date(2030, 1, 1)})
    root = tree(bare)
    assert root.findall(".//article") == []
    assert "Aucune proposition" in text_of(root.find(".//main"))


def test_nothing_comes_from_elsewhere() -> None:
    for path in CASES:
        root = tree(case(path.stem))
        assert not {element.tag for element in root.iter()} & {"script", "link", "img", "iframe", "object", "use"}
        style = text_of(root.find(".//style"))
        assert set(re.findall(r"url\(([^)]*)\)", style)) <= {"#hatch", "#dots", "#stripes"}
        assert "@import" not in style
        for element in root.iter():
            assert not any(name in ("src", "srcset", "background") or name.startswith("on") for name in element.attrib)
            assert "href" not in element.attrib or element.tag == "a"


def test_hostile_text_stays_text() -> None:
    nasty = "</style><script>alert('1')</script>\"&"
    given = facts(periods=(Period(nasty, date(2026, 6, 1), date(2026, 6, 30)),))
    root = tree(given)
    assert root.findall(".//script") == []
    assert nasty in text_of(root.find(".//section[@class='questions']"))
    assert nasty in text_of(root.find(".//table"))


def test_the_texts_are_named_with_their_eli_and_the_receipt_ends_the_page() -> None:
    root = tree(case("one-past-job"), "nl")
    sources = root.find(".//ul[@class='sources']")
    assert "Koninklijk besluit van 25 november 1991" in text_of(sources)
    links = [element.get("href", "") for element in sources.iter("a")]
    assert "http://www.ejustice.just.fgov.be/eli/arrete/1991/11/25/1991013192/justel" in links
    assert all(link.startswith("http://www.ejustice.just.fgov.be/eli/") for link in links)
    receipt = calculate(case("one-past-job")).receipt
    values = [text_of(element) for element in root.findall(".//dl[@class='receipt']/dd")]
    assert values == [receipt.engine, receipt.facts_sha256, *(digest for _, digest in receipt.laws)]


def test_every_step_of_practice_names_itself() -> None:
    given = case("one-past-job")
    (found,) = computations(given)

    def count(step) -> int:  # type: ignore[no-untyped-def]
        return step.practice + sum(count(child) for child in step.children)

    marks = tree(given).findall(".//span[@class='practice']")
    assert len(marks) == sum(count(step) for step in found.steps.children) > 0


@FORMATS
def test_nothing_is_drawn_outside_the_picture(format_: Format) -> None:
    for given in [case(path.stem) for path in CASES] + [history(seed) for seed in HISTORIES]:
        for drawing in drawings(given, format_):
            left, right = drawing.scale.ends
            for item in drawing.items:
                if isinstance(item, Box):
                    assert item.width > 0
                    assert item.height > 0
                    assert left - 3 <= item.x < item.x + item.width <= right + 0.1
                    assert 0 <= item.y < item.y + item.height <= drawing.height
                elif isinstance(item, Label):
                    assert 0 <= item.x <= drawing.format.width
                    assert 0 < item.y <= drawing.height


SIZES = {"name": 12.0, "dates": 10.0, "amount": 12.0, "mark": 11.0, "year": 10.0, "figure": 9.0, "inside": 10.0}


def extent(label: Label) -> tuple[float, float, float, float]:
    """Give a label's box, a little smaller than drawn, so that a touch is no overlap."""
    size = SIZES[label.css.split()[0]]
    width = len(label.text) * size * 0.5
    left = {"start": label.x, "middle": label.x - width / 2, "end": label.x - width}[label.anchor]
    return left, label.y - size * 0.7, left + width, label.y


@FORMATS
@pytest.mark.parametrize("language", ["fr", "de"])
def test_no_label_covers_another(format_: Format, language: str) -> None:
    for given in [case(path.stem) for path in CASES] + [history(seed) for seed in HISTORIES]:
        for drawing in drawings(given, format_, language):
            labels = [(item, extent(item)) for item in drawing.items if isinstance(item, Label) and item.text]
            for (first, a), (second, b) in combinations(labels, 2):
                apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
                assert apart, (first, second)


@FORMATS
def test_the_legend_names_every_meaning_drawn(format_: Format) -> None:
    bands = {"field", "period", "extension", "quarter"}
    for given in [case(path.stem) for path in CASES] + [history(seed) for seed in HISTORIES]:
        root = tree(given)
        for article, drawing in zip(root.findall(".//article"), drawings(given, format_), strict=True):
            legend = {rect.get("class") for rect in article.findall(".//ul[@class='legend']//rect")}
            drawn = {item.css.removesuffix(" far") for item in drawing.items if isinstance(item, Box)}
            assert drawn - bands <= legend


def test_every_meaning_has_its_words_and_its_colour() -> None:
    style = resources.files("service.page").joinpath("page.css").read_text("utf-8")
    for meaning in [*Meaning, "planned"]:
        assert re.search(rf"\.{meaning}\b[^{{]*\{{[^}}]*fill:", style), meaning
    for language in texts.LANGUAGES:
        assert set(texts.load(language)["meaning"]) == {*(meaning.value for meaning in Meaning), "planned"}


@FORMATS
def test_forty_years_of_jobs_leave_the_window_at_scale(format_: Format) -> None:
    given = career(500, date(1986, 1, 6), 20, 9)
    (found,) = computations(given)
    (drawing,) = drawings(given, format_)
    left, right = drawing.scale.ends
    window = drawing.scale.at(found.first_claim_date) - drawing.scale.at(found.period_start)
    assert window > 0.85 * (right - left)
    assert drawing.height < 500
    root = tree(given)
    assert "occupations plus anciennes" in text_of(root.find(".//figcaption"))
    assert len(root.findall(".//tbody/tr")) >= 501


@FORMATS
def test_jobs_at_the_same_time_fill_no_more_than_the_lanes(format_: Format) -> None:
    start = date(2025, 1, 6)
    part = {"hours_per_week": Decimal(1)}
    given = facts(*(job(start, date(2025, 3, 31) + timedelta(days=number), **part) for number in range(20)))
    (drawing, *_) = drawings(given, format_)
    assert drawing.height < 50 * (MOST_LANES + 6)
    assert f"{20 - MOST_LANES} lignes" in text_of(tree(given).find(".//figcaption"))


def test_the_scale_is_straight_and_keeps_its_ends() -> None:
    scale = scale_of((date(2024, 1, 1), date(2027, 1, 1)), (100, 500), past=False, earlier=None)
    third = (scale.at(date(2027, 1, 1)) - scale.at(date(2024, 1, 1))) / 1096
    assert scale.at(date(2025, 1, 1)) == pytest.approx(scale.at(date(2024, 1, 1)) + 366 * third)
    assert scale.at(date(1900, 1, 1)) == 100
    assert scale.at(date(2100, 1, 1)) == 500


def test_earlier_years_are_pressed_together() -> None:
    scale = scale_of((date(2021, 11, 3), date(2024, 8, 3)), (0, 1000), past=True, earlier=date(2011, 11, 3))
    early = scale.at(date(2021, 11, 3)) - scale.at(date(2011, 11, 3))
    late = scale.at(date(2024, 8, 3)) - scale.at(date(2021, 11, 3))
    assert early / 120 < late / 33 / 4


def test_flags_of_one_day_apart_stand_on_levels() -> None:
    found = flags([(300.0, "Lecture A 05.05.2027", ""), (301.0, "Première demande 06.05.2027", "")], (0, 372), 11)
    assert sorted(flag.level for flag in found) == [0, 1]
    assert width_of("Lecture", 11) < width_of("Lecture", 11, bold=True)
