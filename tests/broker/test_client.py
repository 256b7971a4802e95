"""A vendor's program against a real broker, answered by hand."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import rabbitmq
from yarl import URL

from service import broker_admin
from service.channel import Confirmed, topology
from service.channel.amqp import AmqpInlet, AmqpOutlet
from service.channel.connection import connect
from service.channel.folder import FolderOutlet
from service.client import AmqpClient, FolderClient, SendingFailed, Verdict, name_for, verdict
from tests.broker.tools import depth, outgoing

SENDER = f"74{secrets.randbelow(10**4):04d}"
FORM = (
    b"<o:OCCP001 xmlns:o='https://cpas-onem.example/xml/ns/OCCP001'><Form><Identification>OCCP001</Identification>"
    b"<FormCreationDate>2026-03-02</FormCreationDate><AttestationStatus>0</AttestationStatus></Form></o:OCCP001>"
)
ACRF = b"<ACRF><FileReference><ReferenceNbr>ABC</ReferenceNbr></FileReference><ResultCode>1</ResultCode></ACRF>"
REFUSED = b"<ACRF><ResultCode>0</ResultCode></ACRF>"


@pytest.fixture(scope="module")
def sender_url(broker: rabbitmq.Broker, amqp_url: str) -> Iterator[str]:
    """Make the sender's user and queue, and give its URL."""

    async def admit() -> broker_admin.Access:
        connection = await connect(amqp_url, "test")
        await topology.apply(connection, [SENDER])
        await connection.close()
        return await broker_admin.grant(broker.admin, amqp_url, SENDER)

    access = asyncio.run(admit())
    assert access.password is not None
    yield str(URL(amqp_url).with_user(SENDER).with_password(access.password))
    broker.drop_user(SENDER)


@pytest.fixture
async def client(sender_url: str) -> AsyncIterator[AmqpClient]:
    """Give a connected client."""
    async with AmqpClient(sender_url) as client:
        yield client


@pytest.fixture
async def outlet(amqp_url: str) -> AsyncIterator[AmqpOutlet]:
    """Give the service's way out."""
    outlet = AmqpOutlet(amqp_url)
    yield outlet
    await outlet.close()


async def test_a_form_arrives_as_the_channel_contract_says(client: AmqpClient, amqp_url: str) -> None:
    sent = await client.send(FORM, schema_version="20264")
    inlet = AmqpInlet(amqp_url)
    await inlet.start()
    [delivery] = await inlet.receive(1, 0)
    await inlet.acknowledge([delivery])
    await inlet.close()
    assert delivery.body == FORM
    assert delivery.sender == SENDER
    assert delivery.file_name == sent.file_name == name_for(FORM, SENDER)
    assert delivery.message_id == sent.message_id
    assert delivery.schema_version == "20264"
    assert delivery.sent_at is not None


async def test_the_same_bytes_get_the_same_name_and_message_id(client: AmqpClient) -> None:
    first, again, other = await client.send(FORM), await client.send(FORM), await client.send(FORM + b" ")
    assert first == again
    assert other.file_name != first.file_name
    assert first.file_name.startswith(f"FI.OCCP.{SENDER}.20260302.")
    assert first.file_name.endswith(".S.1.1")


async def test_answers_until_the_decision_in_order(client: AmqpClient, outlet: AmqpOutlet) -> None:
    sent = await client.send(FORM, f"FI.OCCP.{SENDER}.20260302.1.S.1.1")
    for number, (identification, body) in enumerate([("ACRF001", ACRF), ("NOTI001", ACRF), ("OCCP003", b"<OCCP003/>")]):
        answer = outgoing(
            number, recipient=SENDER, identification=identification, body=body, correlation_id=sent.message_id
        )
        assert await outlet.publish([answer]) == [Confirmed(number)]
    answers = await client.answers(sent, 30)
    assert [answer.identification for answer in answers] == ["ACRF001", "NOTI001", "OCCP003"]
    assert {answer.correlation_id for answer in answers} == {sent.message_id}
    assert {answer.delivery_mode for answer in answers} == {2}
    assert verdict(answers) is Verdict.ANSWERED


async def test_a_refusal_ends_the_waiting(client: AmqpClient, outlet: AmqpOutlet) -> None:
    sent = await client.send(b"%PDF-1.7", f"FI.OCCP.{SENDER}.20260302.2.S.1.1")
    await outlet.publish([outgoing(1, recipient=SENDER, body=REFUSED, correlation_id=sent.message_id)])
    answers = await client.answers(sent, 30)
    assert verdict(answers) is Verdict.REJECTED


async def test_answers_to_others_stay_in_the_queue(sender_url: str, outlet: AmqpOutlet, amqp_url: str) -> None:
    async with AmqpClient(sender_url) as client:
        sent = await client.send(b"x", f"FI.OCCP.{SENDER}.20260302.3.S.1.1")
        others = [outgoing(number, recipient=SENDER, correlation_id=str(uuid4())) for number in range(3)]
        mine = outgoing(9, recipient=SENDER, body=REFUSED, correlation_id=sent.message_id)
        await outlet.publish([*others[:2], mine, others[2]])
        assert len(await client.answers(sent, 30)) == 1
    assert await depth(amqp_url, topology.out_queue(SENDER)) == 3


async def test_silence(client: AmqpClient) -> None:
    sent = await client.send(FORM, f"FI.OCCP.{SENDER}.20260302.4.S.1.1")
    assert verdict(await client.answers(sent, 0)) is Verdict.SILENT


async def test_a_wrong_password_is_said(sender_url: str) -> None:
    with pytest.raises(SendingFailed, match=f"does not let {SENDER} in"):
        async with AmqpClient(str(URL(sender_url).with_password("wrong"))):
            pass


def test_a_user_that_is_no_sender_is_refused() -> None:
    with pytest.raises(SendingFailed, match="six digits"):
        AmqpClient("amqp://guest:guest@localhost/")


async def test_a_folder_client_finds_its_answers_by_ticket_and_a_repetition_anew(tmp_path: Path) -> None:
    client, service = FolderClient(tmp_path, SENDER), FolderOutlet(tmp_path)
    first = await client.send(FORM)
    own = b"<FileName>%b</FileName><ReferenceNbr>ABC</ReferenceNbr>" % first.file_name.encode()
    acknowledgement = (
        b"<ACRF><Identification>ACRF001</Identification><FileReference>%b</FileReference>"
        b"<ResultCode>1</ResultCode></ACRF>" % own
    )
    decision = b"<OCCP003><Identification>OCCP003</Identification><ReferenceNbr>ABC</ReferenceNbr></OCCP003>"
    other = b"<OCCP003><Identification>OCCP003</Identification><ReferenceNbr>XYZ</ReferenceNbr></OCCP003>"
    answers = [
        outgoing(number, recipient=SENDER, body=body, file_name=f"FO.OCCP.{SENDER}.20260302.{number}.S.1.1")
        for number, body in enumerate([acknowledgement, decision, other])
    ]
    await service.publish(answers)
    found = await client.answers(first, 30)
    assert [answer.body for answer in found] == [acknowledgement, decision]
    again = await client.send(FORM)
    assert again == first
    assert list(await client.answers(again, 0)) == []
    await service.publish(answers)
    assert [answer.body for answer in await client.answers(again, 30)] == [acknowledgement, decision]
