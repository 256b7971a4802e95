"""The same commands on RabbitMQ and PostgreSQL: a new sender, a request, its answers on the sender's own queue."""

import os
import signal
from pathlib import Path

import pytest
import rabbitmq

from schemas import examples
from tests.cli.shell import Shell


@pytest.fixture
def amqp(tmp_path: Path, amqp_url: str, postgresql_url: str) -> Shell:
    """Give a shell of ONEM's operator there."""
    settings = {
        "CPAS_ONEM_CHANNEL": "amqp",
        "CPAS_ONEM_AMQP_URL": amqp_url,
        "CPAS_ONEM_DATABASE_URL": postgresql_url,
        "CPAS_ONEM_BROKER_ADMIN": os.environ["CPAS_ONEM_TEST_BROKER_ADMIN"],
    }
    return Shell(tmp_path, settings)


def own_number() -> str:
    """Give a sender number of this run's own: broker users are shared by all virtual hosts."""
    return f"{800000 + os.getpid() % 100000:06d}"


def test_a_new_sender_sends_a_request_and_reads_its_answers(
    amqp: Shell,
) -> None:
    number = own_number()
    assert amqp("migrate").returncode == 0
    faults = {line["check"] for line in amqp.lines("doctor", code=1) if line["state"] == "fault"}
    assert faults == {"topology"}
    (declared,) = amqp.lines("topology", "apply")
    assert "queue onem.inbox" in declared["declared"]
    assert amqp.lines("topology", "apply") == [{"declared": []}]
    assert amqp.lines("doctor")
    (access,) = amqp.lines("sender", "add", number, "--name", "A vendor", "--mandate", examples.CPAS_FR)
    assert (access["queue"], access["new"], access["commands"]) == (f"cpas.{number}.out", True, [])
    vendor = Shell(amqp.directory, {"CPAS_ONEM_CHANNEL": "amqp", "CPAS_ONEM_AMQP_URL": access["amqp_url"]})
    service = amqp.start()
    try:
        first = vendor.lines("send", examples.path("request-first"))
        again = vendor.lines("send", examples.path("request-first"))
    finally:
        service.send_signal(signal.SIGTERM)
        _, errors = service.communicate(timeout=60)
    assert service.returncode == 0, errors
    assert [line["identification"] for line in first] == ["ACRF001", "NOTI001", "OCCP003"]
    assert {line["delivery_mode"] for line in first} == {2}
    assert len({line["correlation_id"] for line in first}) == 1
    assert first[0]["correlation_id"]
    assert {line["duplicate"] for line in first} == {False}
    assert again == [{**line, "duplicate": True} for line in first]
    (dossier,) = amqp.lines("dossier", first[0]["ticket"])
    assert dossier["state"] == "CALCULATED"
    assert len(dossier["decisions"]) == 1


def test_the_first_message_of_the_letter_is_answered_until_the_sender_is_suspended(amqp: Shell) -> None:
    number = f"{900000 + os.getpid() % 100000:06d}"
    assert amqp("migrate").returncode == 0
    assert amqp("topology", "apply").returncode == 0
    (access,) = amqp.lines("sender", "add", number, "--name", "A vendor", "--mandate", examples.CPAS_FR)
    first = access["letter"]["first"]
    file = amqp.directory / first["file_name"]
    file.write_text(first["body"], "utf-8")
    vendor = Shell(amqp.directory, {"CPAS_ONEM_CHANNEL": "amqp", "CPAS_ONEM_AMQP_URL": access["amqp_url"]})
    service = amqp.start()
    try:
        answers = vendor.lines("send", file)
        assert amqp.lines("sender", "suspend", number, "--reason", "contract ended")[0]["commands"] == []
        shut_out = vendor("send", file)
        assert amqp.lines("sender", "resume", number, "--reason", "new contract")[0]["active"] is True
        again = vendor.lines("send", file)
    finally:
        service.send_signal(signal.SIGTERM)
        service.communicate(timeout=60)
    assert [line["identification"] for line in answers] == ["ACRF001", "NOTI001", "OCCP003"]
    assert shut_out.returncode == 3
    assert again == [{**line, "duplicate": True} for line in answers]


def test_a_sender_whose_user_the_broker_lost_gets_a_new_password_when_it_comes_back(
    amqp: Shell, broker: rabbitmq.Broker
) -> None:
    """Seen to fail with the new user's password dropped: nobody could log in as it."""
    number = f"{700000 + os.getpid() % 100000:06d}"
    assert amqp("migrate").returncode == 0
    assert amqp("sender", "add", number, "--name", "A vendor").returncode == 0
    assert amqp("sender", "suspend", number, "--reason", "a leak").returncode == 0
    broker.drop_user(number)
    (back,) = amqp.lines("sender", "resume", number, "--reason", "mended")
    vendor = Shell(amqp.directory, {"CPAS_ONEM_CHANNEL": "amqp", "CPAS_ONEM_AMQP_URL": back["amqp_url"]})
    silent = vendor("send", examples.path("request-first"), "--wait", "0.2")
    assert (silent.returncode, "silent" in silent.stderr) == (3, True)


def test_who_is_no_sender_is_told_so(amqp: Shell) -> None:
    done = amqp("send", examples.path("request-first"))
    assert done.returncode == 3
    assert "six digits" in done.stderr
