"""What a social worker reads: golden texts in four languages, and every rule and reason has its words."""

import tomllib
from pathlib import Path
from string import Formatter

import pytest

from calculation import texts
from calculation.account import RULES
from calculation.case import read_case
from calculation.engine import calculate
from calculation.explain import sentence, text
from calculation.result import Decided, Reason, ReviewReason
from calculation.review import question
from calculation.steps import Step

HERE = Path(__file__).parent
GOLDEN = ("one-past-job", "sickness-outside-extends-the-period", "review-part-time-contract")


def result_of(name: str):
    return calculate(read_case(tomllib.loads((HERE / "cases" / f"{name}.toml").read_text("utf-8"))))


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("name", GOLDEN)
def test_the_text_is_the_golden_one(name: str, language: str) -> None:
    assert text(result_of(name), language) == (HERE / "golden" / f"{name}.{language}.txt").read_text("utf-8")


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_rule_and_reason_has_words(language: str) -> None:
    book = texts.load(language)
    assert set(book["step"]) == set(RULES)
    assert set(book["question"]) == {reason.value for reason in ReviewReason}
    assert set(book) == set(texts.load("en"))
    for section in ("words", "answer", "route", "warning", "kind"):
        assert set(book[section]) == set(texts.load("en")[section])


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_translations_name_the_same_figures(language: str) -> None:
    def fields(template: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(template) if name}

    english, other = texts.load("en")["step"], texts.load(language)["step"]
    assert {rule: fields(other[rule]) for rule in RULES} == {rule: fields(english[rule]) for rule in RULES}


def test_the_answer_comes_first() -> None:
    first = text(result_of("one-past-job"), "fr").splitlines()[:3]
    assert first == [
        "Il faut 312 jours de travail ; 99,6 sont déjà prouvés ; il en reste 212 à travailler.",
        "Le contrat qui commence le 01.09.2026 dure jusqu'au 05.05.2027.",
        "La première date possible de la demande d'allocations est le 06.05.2027.",
    ]


def test_practice_names_itself() -> None:
    result = result_of("sickness-outside-extends-the-period")
    assert isinstance(result, Decided)

    def walk(step: Step):
        yield step
        for child in step.children:
            yield from walk(child)

    steps = list(walk(result.computation.steps))
    assert any(step.practice for step in steps)
    for step in steps:
        assert ("practice, to be confirmed" in sentence(step, "en")) == step.practice


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_question_is_one_sentence_without_gaps(language: str) -> None:
    for reason in ReviewReason:
        said = question(Reason(reason, "AR 30", "occupations[0]"), language)
        assert "{" not in said
        assert said[-1] in ".?"


def test_another_language_is_refused() -> None:
    with pytest.raises(LookupError):
        text(result_of("one-past-job"), "es")
