"""Every state of a dossier × every event: what may follow, or which anomaly refuses it. The whole state machine.

    permitted(state, event) ──► Allowed(states that may follow, what happens) | Refused(anomaly id)

It is the one source: handlers ask it, tests walk it, and the documentation prints it (`table`). Refuses to look at a
message: references, mandates and contents are judged elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from handlers.dossier import State


class Event(StrEnum):
    """What a form wants of a dossier; values are contract."""

    NEW = "OCCP001/0"
    """A new request for the same person, CPAS and start."""
    MODIFICATION = "OCCP001/1"
    """Changed data, complete."""
    CANCELLATION = "OCCP001/3"
    """The request is taken back."""
    REVISION = "OCCP001/4"
    """A recalculation after a decision: second calculation, or review by a human."""
    COMPLETION = "OCCP002/0 FA"
    """The answer to a return, a reminder or a question."""
    ADDITION = "OCCP002/0 SU"
    """Information of the CPAS's own accord."""
    ADDITION_WITHDRAWN = "OCCP002/3"
    """The last OCCP002 is taken back."""
    CONTACT = "OCCP006 CPAS"
    """A question or remark of the CPAS, or its answer to ONEM."""
    QUESTION = "OCCP006 ONEM"
    """A question of ONEM to the CPAS, or its answer."""
    ESCALATION = "OCCP007 federation"
    """A federation goes to the second line."""
    ESCALATION_REPLY = "OCCP007 ONEM"
    """ONEM's single point of contact answers."""
    STATUS = "OCCP008"
    """Where does the dossier stand?"""
    CONFIRM = "OCCP102 confirm"
    """An agent takes the engine's proposal."""
    DECIDE = "OCCP102 decide"
    """An agent decides by own figures."""
    RETURN = "OCCP102 return"
    """An agent sends the request back."""
    GRANT = "OCCP102 grant"
    """An agent grants the derogation asked for."""
    CORRECT = "OCCP102 correct"
    """ONEM corrects its own decision."""
    WITHDRAW = "OCCP102 withdraw"
    """ONEM takes its own decision back."""
    CONTRACT_OVER = "30 days after the end"
    """Not a message: the contract ended thirty days ago."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The event is allowed; one of these states follows. `what` says in one sentence what happens."""

    states: tuple[State, ...]
    what: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The event is refused with this anomaly; the dossier stays as it is."""

    error_id: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing happens: only an event that is no message."""


Verdict = Allowed | Refused | Ignored

ALREADY_OPEN = "95001-133"
NOT_IN_THIS_STATE = "05003-174"
ALREADY_CANCELLED = "05003-241"
ALREADY_ANSWERED = "00222-197"

_TREATED = (State.CALCULATED, State.IN_REVIEW)
_NOT_NOW, _CANCELLED, _ANSWERED = Refused(NOT_IN_THIS_STATE), Refused(ALREADY_CANCELLED), Refused(ALREADY_ANSWERED)

_SUPERSEDES = Allowed(_TREATED, "calculated anew; a pending review task is superseded")
_COUNTS = Allowed(_TREATED, "calculated anew after a decision; it counts for the two calculations (C4)")
_AFTER_THE_END = Allowed((State.IN_REVIEW,), "an agent looks at it: the dossier was closed")
_WITHDRAWN = Allowed((State.WITHDRAWN,), "the dossier ends; a pending review task is superseded")
_UNDONE = Allowed(_TREATED, "the request is again what it was before, and calculated anew")
_MATTERS_NOT = MappingProxyType({state: Allowed((state,), "passed on; the state stays") for state in State})
_DECIDED_AGAIN = Allowed((State.CALCULATED,), "a revised decision goes out; ONEM's own, it does not count (C4)")
_TAKEN_BACK = Allowed((State.WITHDRAWN,), "the decision is withdrawn, the dossier ends")
_DECIDED = Allowed((State.CALCULATED,), "the decision goes out, as an agent's")
_SENT_BACK = Allowed((State.RETURNED,), "the return goes out, the clock stops")
_GRANTED = Allowed(_TREATED, "a third calculation is allowed; calculated anew")


def _by_state(
    submitted: Verdict, in_review: Verdict, returned: Verdict, calculated: Verdict, withdrawn: Verdict, closed: Verdict
) -> Mapping[State, Verdict]:
    verdicts = (submitted, in_review, returned, calculated, withdrawn, closed)
    order = (State.SUBMITTED, State.IN_REVIEW, State.RETURNED, State.CALCULATED, State.WITHDRAWN, State.CLOSED)
    return MappingProxyType(dict(zip(order, verdicts, strict=True)))


_AFRESH = Allowed(_TREATED, "a new dossier")
_OPEN = Refused(ALREADY_OPEN)
_OUTCOMES: Mapping[Event, Verdict] = {
    Event.CONFIRM: _DECIDED,
    Event.DECIDE: _DECIDED,
    Event.RETURN: _SENT_BACK,
    Event.GRANT: _GRANTED,
}

TRANSITIONS: Mapping[Event, Mapping[State, Verdict]] = MappingProxyType(
    {
        #                       SUBMITTED    IN_REVIEW    RETURNED     CALCULATED      WITHDRAWN   CLOSED
        Event.NEW: _by_state(_OPEN, _OPEN, _OPEN, _OPEN, _AFRESH, _OPEN),
        Event.MODIFICATION: _by_state(_SUPERSEDES, _SUPERSEDES, _SUPERSEDES, _COUNTS, _CANCELLED, _AFTER_THE_END),
        Event.CANCELLATION: _by_state(_WITHDRAWN, _WITHDRAWN, _WITHDRAWN, _WITHDRAWN, _CANCELLED, _NOT_NOW),
        Event.REVISION: _by_state(_NOT_NOW, _NOT_NOW, _NOT_NOW, _COUNTS, _CANCELLED, _AFTER_THE_END),
        Event.COMPLETION: _by_state(_SUPERSEDES, _SUPERSEDES, _SUPERSEDES, _COUNTS, _CANCELLED, _AFTER_THE_END),
        Event.ADDITION: _by_state(_SUPERSEDES, _SUPERSEDES, _SUPERSEDES, _COUNTS, _CANCELLED, _AFTER_THE_END),
        Event.ADDITION_WITHDRAWN: _by_state(_UNDONE, _UNDONE, _NOT_NOW, _NOT_NOW, _CANCELLED, _NOT_NOW),
        Event.CONTACT: _MATTERS_NOT,
        Event.QUESTION: _MATTERS_NOT,
        Event.ESCALATION: _MATTERS_NOT,
        Event.ESCALATION_REPLY: _MATTERS_NOT,
        Event.STATUS: MappingProxyType({state: Allowed((state,), "told; the state stays") for state in State}),
        **{
            outcome: _by_state(_ANSWERED, verdict, _ANSWERED, _ANSWERED, _ANSWERED, _ANSWERED)
            for outcome, verdict in _OUTCOMES.items()
        },
        Event.CORRECT: _by_state(_NOT_NOW, _NOT_NOW, _NOT_NOW, _DECIDED_AGAIN, _CANCELLED, _DECIDED_AGAIN),
        Event.WITHDRAW: _by_state(_NOT_NOW, _NOT_NOW, _NOT_NOW, _TAKEN_BACK, _CANCELLED, _TAKEN_BACK),
        Event.CONTRACT_OVER: _by_state(
            Ignored(),
            Ignored(),
            Ignored(),
            Allowed((State.CLOSED,), "the dossier closes"),
            Ignored(),
            Ignored(),
        ),
    }
)
"""The table; complete for every event and state."""

FIRST: Verdict = Allowed(_TREATED, "a new dossier")
"""A new request where there is no dossier yet; every other event finds no ticket and gets 166."""


def permitted(state: State, event: Event) -> Verdict:
    """Give what an event meets in a state."""
    return TRANSITIONS[event][state]


def table() -> str:
    """Write the table as Markdown: one row an event, one column a state; what happens is told below, by letter."""
    letters = {what: chr(ord("a") + number) for number, what in enumerate(_happenings())}
    head = ["message", *(state.value for state in State)]
    rows = [head, ["---"] * len(head)]
    rows += [[event.value, *(_cell(state, TRANSITIONS[event][state], letters) for state in State)] for event in Event]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    notes = [f"* **{letter}** {what}" for what, letter in letters.items()]
    return "\n".join([*lines, "", *notes]) + "\n"


def _happenings() -> list[str]:
    verdicts = (TRANSITIONS[event][state] for event in Event for state in State)
    return list(dict.fromkeys(verdict.what for verdict in verdicts if isinstance(verdict, Allowed)))


def _cell(state: State, verdict: Verdict, letters: Mapping[str, str]) -> str:
    match verdict:
        case Allowed(states=states, what=what) if states == (state,):
            return f"stays ({letters[what]})"
        case Allowed(states=states, what=what):
            return f"{' or '.join(states)} ({letters[what]})"
        case Refused(error_id=error_id):
            return f"refused, {error_id}"
        case Ignored():
            return "–"
