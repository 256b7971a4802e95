"""`calculate --compare`: two answers side by side, or one case before and after a what-if.

calculate --compare A B                 two files
calculate --compare A --set PATH=VALUE  one file, as it is and changed
"""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from service.cli import output
from service.cli.facts_file import Unusable, facts_of
from service.cli.validate import Tongue

if TYPE_CHECKING:
    from calculation.compare import Comparison, Difference, Subject
    from calculation.steps import Step

HEADINGS = {
    "fr": ("étape", "avant", "après", "différence"),
    "nl": ("stap", "voor", "na", "verschil"),
    "de": ("Schritt", "vorher", "nachher", "Unterschied"),
    "en": ("step", "before", "after", "difference"),
}
DAYS = {"fr": "jours", "nl": "dagen", "de": "Tage", "en": "days"}
SAME = {
    "fr": "{count} étapes disent la même chose.",
    "nl": "{count} stappen zeggen hetzelfde.",
    "de": "{count} Schritte sagen dasselbe.",
    "en": "{count} steps say the same.",
}


def compare(files: Sequence[Path], changes: Sequence[str], tongue: Tongue, explain: bool, json: bool) -> None:
    """Print how two answers differ; of two files the changes apply to both, so that one question is asked of both."""
    from calculation.compare import compare as differences
    from calculation.compare import matching_jobs
    from calculation.engine import calculate

    if len(files) > 2 or (len(files) == 1 and not changes):
        output.stop("--compare takes two files, or one file and --set.", output.USAGE)
    limit = output.settings().max_message_bytes
    before = facts_of(files[0], changes if len(files) == 2 else (), limit, tongue)
    after = facts_of(files[-1], changes, limit, tongue)
    if isinstance(before, Unusable) or isinstance(after, Unusable):
        _tell_unusable(files, (before, after), json)
    found = differences(calculate(before), calculate(after), matching_jobs(before, after))
    names = (str(files[0]), str(files[-1]) if len(files) == 2 else " ".join((str(files[0]), *changes)))
    if json:
        output.tell_json({"before": names[0], "after": names[1], **as_json(found)})
    else:
        _tell(names, found, tongue, explain)


def _tell_unusable(files: Sequence[Path], found: Sequence[object], json: bool) -> NoReturn:
    for file, one in zip((files[0], files[-1]), found, strict=True):
        if isinstance(one, Unusable):
            if json:
                output.tell_json({"file": str(file), "outcome": "invalid", "problems": list(one.problems)})
            else:
                output.say(f"{file}: {' '.join(one.problems)}")
    raise typer.Exit(1)


def as_json(found: "Comparison") -> dict[str, Any]:
    """Give the comparison as plain data: the outcomes, then one object for each step that differs."""
    return {
        "same": not found.differences and found.outcomes[0] == found.outcomes[1],
        "outcomes": list(found.outcomes),
        "reasons_lost": list(found.reasons_lost),
        "reasons_gained": list(found.reasons_gained),
        "warnings": [list(warnings) for warnings in found.warnings],
        "same_steps": found.same_steps,
        "differences": [_as_data(one) for one in found.differences],
    }


def _as_data(one: "Difference") -> dict[str, Any]:
    from calculation.compare import moved

    subject = one.subject
    about = {"quarter": subject.quarter, "job": subject.job, "kind": subject.kind}
    shift = moved(one.before.period, one.after.period) if one.before and one.after else None
    return {
        "step": subject.family,
        "about": {name: value for name, value in about.items() if value},
        "parts": list(one.parts),
        "before": _step_data(one.before),
        "after": _step_data(one.after),
        "days": one.days,
        "amount": None if one.amount is None else format(one.amount, "f"),
        "period_moved": None if shift is None else list(shift),
    }


def _step_data(step: "Step | None") -> dict[str, Any] | None:
    if step is None:
        return None
    period = [day.isoformat() for day in step.period] if step.period else None
    return {"rule": step.rule, "article": step.article, "period": period, "result": step.result}


def _tell(names: tuple[str, str], found: "Comparison", tongue: Tongue, explain: bool) -> None:
    print(f"- {names[0]}: {found.outcomes[0]}" + "".join(f" {code}" for code in found.reasons_lost))
    print(f"+ {names[1]}: {found.outcomes[1]}" + "".join(f" {code}" for code in found.reasons_gained))
    for sign, warnings in zip("-+", found.warnings, strict=True):
        if found.warnings[0] != found.warnings[1] and warnings:
            print(f"{sign} {' '.join(warnings)}")
    if explain:
        _tell_sentences(found, tongue)
    elif found.differences:
        output.show(HEADINGS[tongue], [_row(one, tongue) for one in found.differences])
    print(SAME[tongue].format(count=found.same_steps))


def _tell_sentences(found: "Comparison", tongue: Tongue) -> None:
    from calculation.explain import sentence

    for one in found.differences:
        print(f"\n{_named(one.subject)}  {_by_how_much(one, tongue)}".rstrip())
        for sign, step in (("-", one.before), ("+", one.after)):
            if step is not None:
                print(f"{sign} {sentence(step, tongue)}")
    print()


def _named(subject: "Subject") -> str:
    job = f"#{subject.job}" if subject.job[:1].isdigit() else subject.job
    more = f"({subject.number})" if subject.number > 1 else ""
    return " ".join(part for part in (subject.family, subject.quarter, job, subject.kind, more) if part)


def _row(one: "Difference", tongue: Tongue) -> tuple[str, ...]:
    return _named(one.subject), _shown(one.before, one), _shown(one.after, one), _by_how_much(one, tongue)


def _shown(step: "Step | None", one: "Difference") -> str:
    """Show what differs of a step: its result, else its rule, its dates or the figures that went in."""
    if step is None:
        return ""
    if "result" in one.parts or not one.parts:
        return step.result
    if "period" in one.parts and step.period:
        return " … ".join(day.isoformat() for day in step.period)
    other = one.after if step is one.before else one.before
    known = dict(other.inputs) if other else {}
    changed = [f"{name} {value}" for name, value in step.inputs if name != "job" and known.get(name) != value]
    return ", ".join(changed) or step.rule


def _by_how_much(one: "Difference", tongue: Tongue) -> str:
    from calculation.compare import moved

    if one.days:
        return f"{one.days:+d} {DAYS[tongue]}"
    if one.amount:
        return _signed(one.amount)
    shift = moved(one.before.period, one.after.period) if one.before and one.after else None
    if shift and "period" in one.parts:
        low, high = shift
        return f"{low:+d} {DAYS[tongue]}" if low == high else f"{low:+d} … {high:+d} {DAYS[tongue]}"
    return ""


def _signed(amount: Decimal) -> str:
    return f"{amount:+f}"
