"""The words of an answer: sentences and a plain text from the step tree, in French, Dutch, German and English.

Templates are data (`texts/*.toml`). It counts nothing, and it never shows as law what is practice: a step of practice
says so in words.
"""

from datetime import date
from typing import Any

from calculation import law, review, texts
from calculation.result import Computation, Decided, Result, Review
from calculation.steps import Step

_INDENT = "  "


def _shown(value: str, words: dict[str, Any]) -> str:
    """Write a figure or a date as the language does; other values as they are."""
    try:
        return date.fromisoformat(value).strftime(words["date"])
    except ValueError:
        pass
    if value.replace(".", "", 1).isdigit():
        return value.replace(".", words["decimal_mark"])
    return value


def _titles(language: str) -> dict[str, str]:
    versions = [*((item.identifier, item.titles) for item in law.laws())]
    versions += [(item.identifier, item.titles) for item in (law.counting(), law.method())]
    return {identifier: titles[language] for identifier, titles in versions}


def _values(step: Step, language: str) -> dict[str, str]:
    """Give the values that a template may name: the step's inputs, result, formula and period, in words."""
    book = texts.load(language)
    words: dict[str, Any] = book["words"]
    values = {name: _shown(value, words) for name, value in step.inputs}
    inputs = dict(step.inputs)
    if "kind" in inputs:
        values["kind"] = book["kind"].get(inputs["kind"], inputs["kind"])
    if "job" in inputs:
        job = inputs["job"]
        values["job"] = words["contract"] if job == "contract" else words["job"].format(number=job)
    if "unit" in inputs:
        values["unit"] = words[inputs["unit"]]
    for name in ("a", "b"):
        if inputs.get(name) == "":
            values[name] = words["never"]
    values["result"] = _shown(step.result, words)
    values["formula"] = " ".join(_shown_part(part, words) for part in step.formula.split(" "))
    if step.period is not None:
        values["from"], values["to"] = (_shown(day.isoformat(), words) for day in step.period)
    values["law"] = _titles(language).get(step.instrument, step.instrument)
    return values


def _shown_part(part: str, words: dict[str, Any]) -> str:
    bare = part.strip("()")
    return part.replace(bare, _shown(bare, words)) if bare else part


def sentence(step: Step, language: str) -> str:
    """Say one step in one sentence, with its article and, for practice, that it is; LookupError for the language."""
    book = texts.load(language)
    said: str = book["step"][step.rule].format_map(_values(step, language))
    notes = [step.article] if step.article else []
    if step.practice:
        notes.append(book["words"]["practice"])
    return f"{said} [{'; '.join(notes)}]" if notes else said


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
