"""An agent's work beside deciding, through the real intake: returns and their clocks, contacts, documents."""

import stat
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from handlers import dispatch
from handlers.dossier import PartyKind, Sender
from handlers.promises import BRUSSELS
from schemas.codec import decode, encode
from schemas.models import CalculationRequest, Contact, NaturalPerson, Return, ReturnReason
from service import back_office, contacts, desk
from service.back_office import Agent, CannotDecide, Figures
from service.channel import Outgoing
from service.clock import Clock
from service.installation import Installation
from service.settings import Settings
from service.store import parties
from service.store.access import Change
from service.store.attachments import StoredAttachment
from tests.process import forms
from tests.service.building import SENDER, Store, delivery, kinds

FEDERATION = "900001"
AGENT = Agent("A1234", "Vu les pièces du dossier.")
MISSING = desk.SendBack((ReturnReason(code="CAREER_MISSING", label="Le passé de 2025 manque."),), ("C4",))


async def at(store: Store, moment: str) -> Installation:
    """Give the installation at that moment in Brussels."""
    async with store.engine.connect() as connection:
        offset = datetime.fromisoformat(moment).replace(tzinfo=BRUSSELS) - await Clock().now(connection)
    settings = Settings(database_url=str(store.engine.url), _env_file=None)  # type: ignore[call-arg]
    return Installation(settings, store.engine, store.vault, Clock(offset))


async def received(place: Installation, number: int, message: Any, sender: str = SENDER) -> dict[str, Outgoing]:
    """Let the vendor send a form; gives the answers by identification."""
    from service.intake import Intake

    intake = Intake(place.engine, place.vault, place.clock, "S", handle=dispatch.handle)
    done = await intake.process([delivery(number, encode(message), sender)])
    assert not done.held
    assert all(b"<ResultCode>0<" not in answer.body for answer in done.outgoing)
    return {answer.identification: answer for answer in done.outgoing}


def under_review() -> CalculationRequest:
    """Give a request with a job abroad, which stays for an agent whatever is added."""
    person = NaturalPerson(inss=forms.PERSON, birth_date=forms.BORN, residence_postal_code="4000", nationality="BE")
    return forms.new(person=person, history=(forms.foreign_job(),))


def ticket(answer: Outgoing, type_: int = 1) -> str:
    number = decode(answer.body).header.reference(type_, 2)
    assert number is not None
    return number


async def deadlines(store: Store) -> set[tuple[str, str, str]]:
    """Give kind, due date and state of each deadline."""
    return {(row.kind, row.due_date.isoformat(), row.state) for row in await store.rows("deadline")}


async def test_o2_o6_the_clock_stops_at_each_return_and_a_completion_on_the_last_day_gives_five_fresh_days(
    store: Store,
) -> None:
    first = await received(await at(store, "2026-11-24 10:00"), 1, under_review())
    assert await deadlines(store) == {("O2_DECISION", "2026-12-01", "open"), ("R4_WARNING", "2026-11-30", "open")}
    sent = await desk.treat(await at(store, "2026-11-30 12:00"), ticket(first["OCCP101"]), AGENT, MISSING)
    assert kinds(sent) == ["ACRF001", "NOTI001", "OCCP004"]
    returned = decode(sent[2].body)
    assert isinstance(returned, Return)
    # 1 2 3 4 7 8 9 10 11 14 December
    assert (returned.due_date, returned.documents) == (date(2026, 12, 14), ("C4",))
    stopped = {("O2_DECISION", "2026-12-01", "stopped"), ("R4_WARNING", "2026-11-30", "stopped")}
    assert await deadlines(store) == stopped | {("R3_COMPLETION", "2026-12-14", "open")}
    # the last minute of the last day; then 15 16 17 18 21 December
    completion = forms.answer_to(ticket(sent[2]), planned=forms.planned(start=date(2027, 1, 11)))
    second = await received(await at(store, "2026-12-14 23:59"), 2, completion)
    stopped |= {("R3_COMPLETION", "2026-12-14", "superseded")}
    assert await deadlines(store) == stopped | {
        ("O2_DECISION", "2026-12-21", "open"),
        ("R4_WARNING", "2026-12-18", "open"),
    }
    again = await desk.treat(await at(store, "2026-12-18 09:00"), ticket(second["OCCP101"]), AGENT, MISSING)
    # 21 22 23 24 · 28 29 30 31 · 4 5 January; then 6 7 8 11 12
    third = forms.answer_to(ticket(again[2]), planned=forms.planned(start=date(2027, 1, 18)))
    await received(await at(store, "2027-01-05 00:01"), 3, third)
    found = await deadlines(store)
    assert ("R3_COMPLETION", "2027-01-05", "superseded") in found
    assert {line for line in found if line[2] == "open"} == {
        ("O2_DECISION", "2027-01-12", "open"),
        ("R4_WARNING", "2027-01-11", "open"),
    }
    rows = await store.rows("deadline")
    assert [row.breached_at for row in rows] == [None] * len(rows)
    both = [row.at.astimezone(BRUSSELS).date() for row in await store.rows("history") if row.kind == "accepted"]
    assert both == [date(2026, 11, 24), date(2026, 12, 14), date(2027, 1, 5)]


async def test_o2_an_answer_after_its_time_leaves_a_breach_though_nothing_polled_in_between(store: Store) -> None:
    first = await received(await at(store, "2026-11-24 10:00"), 1, under_review())
    place = await at(store, "2026-12-02 08:00")
    await back_office.decide(place, ticket(first["OCCP101"]), AGENT, Figures(required=312, end=date(2027, 12, 31)))
    (promise,) = [row for row in await store.rows("deadline") if row.kind == "O2_DECISION"]
    assert (promise.state, promise.breached_at == promise.ended_at) == ("met", True)
    assert [row.kind for row in await store.rows("history")].count("breached") == 1


async def test_o2_a_message_that_took_long_to_arrive_raises_an_alert(store: Store) -> None:
    from service.intake import Intake

    place = await at(store, "2026-11-24 10:00")
    sent_at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    intake = Intake(place.engine, place.vault, place.clock, "S", handle=dispatch.handle)
    done = await intake.process([replace(delivery(1, encode(forms.new())), sent_at=sent_at)])
    assert [alert for _, alert in done.alerts] == [
        "received 2d 00:00 after its own time, from sender 123456: is there a backlog?"
    ]
    (kept,) = await store.rows("inbox")
    assert kept.sent_at == sent_at
    assert "2026-11-22T09:00" in (await store.rows("history"))[0].detail
    # the promise counts from the receipt
    assert ("O2_DECISION", "2026-12-01", "met") in await deadlines(store)


async def test_a_contact_waits_for_its_desk_until_it_is_answered(store: Store) -> None:
    first = await received(await at(store, "2026-11-24 10:00"), 1, forms.new())
    dossier = ticket(first["OCCP003"], 2)
    place = await at(store, "2026-11-25 10:00")
    await received(place, 2, forms.contact(dossier))
    await received(place, 3, forms.contact(dossier, kind="suggestion"))
    async with store.engine.connect() as connection:
        found = await contacts.waiting(connection)
        assert [(item.desk, item.kind, item.dossier) for item in found] == [
            ("LIE", "substance", dossier),
            ("product", "suggestion", dossier),
        ]
        (mine,) = await contacts.waiting(connection, "LIE")
        read = await contacts.read(connection, mine.ticket, store.vault)
    assert read is not None
    assert isinstance(read[1], Contact)
    assert read[1].text == "Pourquoi ces dates ?"
    sent = await desk.write_to(place, dossier, AGENT, desk.Words("Voir l'étape 3.", "substance", mine.ticket))
    (answer,) = [message for message in sent if message.identification == "OCCP006"]
    assert (answer.recipient, decode(answer.body).header.type_form) == (SENDER, "FA")
    question = await desk.write_to(place, dossier, AGENT, desk.Words("A-t-elle travaillé en France ?", "substance"))
    asked = next(message for message in question if message.identification == "OCCP006")
    await received(place, 4, forms.reply(ticket(asked)))
    async with store.engine.connect() as connection:
        assert [item.desk for item in await contacts.waiting(connection)] == ["product"]
    with pytest.raises(CannotDecide, match="No dossier has the number"):
        await desk.write_to(place, "NOSUCHTICKET0", AGENT, desk.Words("?", "substance"))


async def test_an_escalation_waits_for_the_second_line_until_it_is_answered(store: Store) -> None:
    async with store.engine.begin() as connection:
        change = Change("operator test", await Clock().now(connection))
        await parties.add(connection, Sender(FEDERATION, "UVCW", PartyKind.FEDERATION, 2), change)
    first = await received(await at(store, "2026-11-24 10:00"), 1, forms.new())
    dossier = ticket(first["OCCP003"], 2)
    place = await at(store, "2026-11-25 10:00")
    for number in (2, 3):
        await received(place, number, forms.contact(dossier))
    await received(place, 4, forms.escalation(dossier), FEDERATION)
    async with store.engine.connect() as connection:
        (waits,) = await contacts.waiting(connection, "spoc")
    assert (waits.identification, waits.dossier) == ("OCCP007", dossier)
    sent = await desk.reply_to(place, waits.ticket, AGENT, "taken_up")
    (answer,) = [message for message in sent if message.identification == "OCCP007"]
    assert answer.recipient == FEDERATION
    async with store.engine.connect() as connection:
        assert await contacts.waiting(connection, "spoc") == []
    with pytest.raises(CannotDecide, match="No escalation"):
        await desk.reply_to(place, dossier, AGENT, "solved")


async def test_o3_documents_are_written_out_once_and_the_history_keeps_for_whom(store: Store, tmp_path: Path) -> None:
    first = await received(await at(store, "2026-11-24 10:00"), 1, forms.new(attachments=(forms.document(),)))
    dossier = ticket(first["ACRF001"], 5)
    place = await at(store, "2026-11-25 10:00")
    taken = await desk.take_out(place, dossier, "A1234")
    assert taken == [(f"{dossier}-1-attestation.txt", b"Attestation d'emploi\n")]
    (file,) = desk.write_out(taken, tmp_path / "documents")
    assert file.read_bytes() == b"Attestation d'emploi\n"
    with pytest.raises(FileExistsError):
        desk.write_out([(file.name, b"other")], file.parent)
    assert file.read_bytes() == b"Attestation d'emploi\n"
    assert [stat.S_IMODE(written.stat().st_mode) for written in (file, file.parent)] == [0o600, 0o700]
    noted = [row for row in await store.rows("history") if row.kind == "documents_read"]
    assert [(row.actor, row.internal) for row in noted] == [("agent A1234", True)]


@pytest.mark.parametrize(
    ("own", "kept"),
    [
        ("c4.pdf", "FORM000000001-2-c4.pdf"),
        ("../../etc/passwd", "FORM000000001-2-passwd"),
        ("..\\..\\evil.pdf", "FORM000000001-2-evil.pdf"),
        (".bashrc", "FORM000000001-2-bashrc"),
        ("attestation é\n.pdf", "FORM000000001-2-attestation_.pdf"),
        ("...", "FORM000000001-2-document"),
        ("a" * 300 + ".pdf", "FORM000000001-2-" + "a" * 76 + ".pdf"),
    ],
)
def test_a_hostile_name_stays_in_its_directory(own: str, kept: str) -> None:
    assert desk._name_of(StoredAttachment("FORM000000001", 2, own, "application/pdf", "", 1, "")) == kept
