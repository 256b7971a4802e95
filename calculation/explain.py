"""The words of an answer: sentences and a plain text from the step tree, in French, Dutch, German and English.

Templates are data (`texts/*.toml`). It counts nothing, and it never shows as law what is practice: a step of practice
says so in words.
"""

from functools import cache
from string import Formatter
from typing import Any

from calculation import review, texts, wording
from calculation.result import Computation, Decided, Reason, Result, Review
from calculation.shelf import instrument
from calculation.sources import instruments
from calculation.steps import Step

_INDENT = "  "


@cache
def _named_in(template: str) -> tuple[str, ...]:
    """Give the values that a template names."""
    return tuple(name for _, name, _, _ in Formatter().parse(template) if name)


def _value(name: str, step: Step, inputs: dict[str, str], book: dict[str, Any], language: str) -> str:
    """Give one value that a template names - an input, the result, the formula, a day of the period - in words."""
    words: dict[str, Any] = book["words"]
    match name:
        case "result":
            return wording.shown(step.result, language)
        case "formula":
            return wording.formula(step.formula, language)
        case "from" | "to" if step.period is not None:
            return wording.shown(step.period[name == "to"].isoformat(), language)
        case "law":
            return instrument(step.instrument).titles[language]
        case "kind":
            return wording.kind(inputs["kind"], language)
        case "job":
            return wording.job(inputs["job"], language)
        case "unit":
            return str(words[inputs["unit"]])
        case "a" | "b" if inputs.get(name) == "":
            return str(words["never"])
        case _:
            return wording.shown(inputs[name], language)


def said(step: Step, language: str) -> str:
    """Say one step in one sentence, without its article; LookupError for the language."""
    book = texts.load(language)
    template: str = book["step"][step.rule]
    inputs = dict(step.inputs)
    return template.format_map({name: _value(name, step, inputs, book, language) for name in _named_in(template)})


def sentence(step: Step, language: str) -> str:
    """Say one step in one sentence, with its article and, for practice, that it is; LookupError for the language."""
    book = texts.load(language)
    notes = [wording.article(step.article, language)] if step.article else []
    if step.practice:
        notes.append(book["words"]["practice"])
    told = said(step, language)
    return f"{told} [{'; '.join(notes)}]" if notes else told


def asked(reason: Reason, language: str) -> str:
    """Ask the question that a reason for review leaves to a human, with the article that raises it."""
    question = review.question(reason, language)
    return f"{question} [{wording.article(reason.article, language)}]" if reason.article else question


def _tree(step: Step, language: str, depth: int) -> list[str]:
    lines = [f"{_INDENT * depth}- {sentence(step, language)}"]
    for child in step.children:
        lines += _tree(child, language, depth + 1)
    return lines


def _computed(found: Computation, language: str) -> list[str]:
    book = texts.load(language)
    words = book["words"]
    proven = f"{found.prior_days:.4f}".rstrip("0").rstrip(".")
    lines = [
        book["answer"][part].format(
            required=found.required_days,
            unit=words["half_days"] if found.route == "33" else words["days"],
            proven=wording.shown(proven, language),
            remaining=found.remaining_days,
            start=wording.shown(_contract_start(found), language),
            end=wording.shown(found.contract_end.isoformat(), language),
            claim=wording.shown(found.first_claim_date.isoformat(), language),
        )
        for part in ("days", "contract", "claim")
    ]
    lines += ["", book["answer"]["why"]]
    for step in found.steps.children:
        lines += _tree(step, language, 0)
    return lines


def is_alone(found: Computation) -> bool:
    """Tell whether a proposal follows one reading alone."""
    return any(step.rule == "readings.one_alone" for step in found.steps.children)


def proposal_title(found: Computation, number: int, language: str) -> str:
    """Name a proposal: its number, its route and, where it follows one reading alone, which."""
    book = texts.load(language)
    route = book["route"][found.route]
    if is_alone(found):
        reading = next(dict(step.inputs)["reading"] for step in found.steps.children if step.rule == "proven.days")
        route += book["answer"]["alone"].format(reading=reading)
    title: str = book["answer"]["proposal"]
    return title.format(number=number, route=route)


def _contract_start(found: Computation) -> str:
    return dict(found.steps.inputs)["contract_start"]


def text(result: Result, language: str) -> str:
    """Give the whole explanation for a social worker: the answer first, then every step with its article."""
    book = texts.load(language)
    match result:
        case Decided(computation=found):
            lines = _computed(found, language)
        case Review(reasons=reasons, proposals=proposals):
            lines = [book["answer"]["review"]]
            lines += [f"- {asked(reason, language)}" for reason in reasons]
            for number, found in enumerate(proposals, start=1):
                lines += ["", proposal_title(found, number, language), ""]
                lines += _computed(found, language)
    warnings = [book["warning"][warning] for warning in result.warnings]
    if warnings:
        lines += ["", *warnings]
    lines += ["", *_sources(result, language), _receipt(result, language)]
    return "\n".join(lines) + "\n"


def _sources(result: Result, language: str) -> list[str]:
    sources = instruments(result)
    if not sources:
        return []
    answer = texts.load(language)["answer"]
    lines = [answer["sources"]]
    lines += [
        f"- {source.identifier}: {source.titles[language]}{f' ({source.eli})' if source.eli else ''}"
        for source in sources
    ]
    return [*lines, answer["abbreviations"], ""]


def _receipt(result: Result, language: str) -> str:
    template: str = texts.load(language)["answer"]["receipt"]
    return template.format(engine=result.receipt.engine, facts=result.receipt.facts_sha256)
