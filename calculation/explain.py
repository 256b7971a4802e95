"""The words of an answer: sentences and a plain text from the step tree, in French, Dutch, German and English.

Templates are data (`texts/*.toml`). It counts nothing, and it never shows as law what is practice: a step of practice
says so in words.
"""

import re
from datetime import date
from functools import cache, lru_cache
from string import Formatter
from typing import Any

from calculation import law, review, texts
from calculation.result import Computation, Decided, Result, Review
from calculation.steps import Step

_INDENT = "  "
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIGURE = re.compile(r"[0-9]*\.[0-9]*")
_QUARTER = re.compile(r"([0-9]{4})Q([1-4])")
_FIGURES = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]+\.[0-9]+")


@lru_cache(maxsize=4096)
def _dated(value: str, pattern: str) -> str:
    return date.fromisoformat(value).strftime(pattern)


def _shown(value: str, words: dict[str, Any]) -> str:
    """Write a figure, a date or a quarter as the language does; other values as they are."""
    if _DATE.fullmatch(value):
        return _dated(value, words["date"])
    if "." in value and _FIGURE.fullmatch(value):
        return value.replace(".", words["decimal_mark"])
    quarter = _QUARTER.fullmatch(value)
    if quarter:
        return str(words["quarters"][int(quarter[2]) - 1]).format(year=quarter[1])
    return value


@cache
def _titles(language: str) -> dict[str, str]:
    versions = [*((item.identifier, item.titles) for item in law.laws())]
    versions += [(item.identifier, item.titles) for item in (law.counting(), law.method())]
    return {identifier: titles[language] for identifier, titles in versions}


@cache
def _named_in(template: str) -> tuple[str, ...]:
    """Give the values that a template names."""
    return tuple(name for _, name, _, _ in Formatter().parse(template) if name)


def _value(name: str, step: Step, inputs: dict[str, str], book: dict[str, Any], language: str) -> str:
    """Give one value that a template names - an input, the result, the formula, a day of the period - in words."""
    words: dict[str, Any] = book["words"]
    match name:
        case "result":
            return _shown(step.result, words)
        case "formula":
            return _FIGURES.sub(lambda found: _shown(found[0], words), step.formula)
        case "from" | "to" if step.period is not None:
            return _shown(step.period[name == "to"].isoformat(), words)
        case "law":
            return _titles(language).get(step.instrument, step.instrument)
        case "kind":
            return str(book["kind"].get(inputs["kind"], inputs["kind"]))
        case "job":
            job = inputs["job"]
            return str(words["contract"] if job == "contract" else words["job"].format(number=job))
        case "unit":
            return str(words[inputs["unit"]])
        case "a" | "b" if inputs.get(name) == "":
            return str(words["never"])
        case _:
            return _shown(inputs[name], words)


def shown(value: str, language: str) -> str:
    """Write an ISO date, a decimal or a quarter as the language does; anything else as it is."""
    return _shown(value, texts.load(language)["words"])


def said(step: Step, language: str) -> str:
    """Say one step in one sentence, without its article; LookupError for the language."""
    book = texts.load(language)
    template: str = book["step"][step.rule]
    inputs = dict(step.inputs)
    return template.format_map({name: _value(name, step, inputs, book, language) for name in _named_in(template)})


def sentence(step: Step, language: str) -> str:
    """Say one step in one sentence, with its article and, for practice, that it is; LookupError for the language."""
    book = texts.load(language)
    notes = [step.article] if step.article else []
    if step.practice:
        notes.append(book["words"]["practice"])
    told = said(step, language)
    return f"{told} [{'; '.join(notes)}]" if notes else told


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
            proven=_shown(proven, words),
            remaining=found.remaining_days,
            start=_shown(_contract_start(found), words),
            end=_shown(found.contract_end.isoformat(), words),
            claim=_shown(found.first_claim_date.isoformat(), words),
        )
        for part in ("days", "contract", "claim")
    ]
    lines += ["", book["answer"]["why"]]
    for step in found.steps.children:
        lines += _tree(step, language, 0)
    return lines


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
            lines += [f"- {review.question(reason, language)}" for reason in reasons]
            for number, found in enumerate(proposals, start=1):
                route = book["route"][found.route]
                lines += ["", book["answer"]["proposal"].format(number=number, route=route), ""]
                lines += _computed(found, language)
    warnings = [book["warning"][warning] for warning in result.warnings]
    if warnings:
        lines += ["", *warnings]
    lines += ["", _receipt(result, language)]
    return "\n".join(lines) + "\n"


def _receipt(result: Result, language: str) -> str:
    template: str = texts.load(language)["answer"]["receipt"]
    return template.format(engine=result.receipt.engine, facts=result.receipt.facts_sha256)
