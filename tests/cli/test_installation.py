"""From an empty directory to an answered request: migrate, sender, doctor, run, send."""

import base64
import signal
from pathlib import Path

import pytest

from schemas import examples
from schemas.parser import Readable, open_message
from tests.cli.shell import Shell


@pytest.fixture
def ready(shell: Shell) -> Shell:
    """Give an installation with one sender, and a request of its own that is not dated in the future."""
    assert shell("migrate").returncode == 0
    mandate = ("--mandate", examples.CPAS_FR)
    assert shell("sender", "add", examples.SENDER_FR, "--name", "A vendor", *mandate).returncode == 0
    return shell


def test_commands_before_migrate_say_what_to_do(shell: Shell) -> None:
    for command in (("sender", "list"), ("review", "list"), ("dossier", "X")):
        done = shell(*command)
        assert done.returncode == 1
        assert "cpas-onem migrate" in done.stderr


def test_the_doctor_names_what_is_missing_and_then_nothing(shell: Shell) -> None:
    before = {line["check"]: line for line in shell.lines("doctor", code=1)}
    assert before["database"]["state"] == "fault"
    assert before["database"]["remedy"] == "cpas-onem migrate"
    assert not (shell.directory / "var").exists()
    assert shell("migrate").returncode == 0
    assert shell("sender", "add", "123456", "--name", "A vendor").returncode == 0
    after = shell.lines("doctor")
    assert {line["state"] for line in after} == {"ok"}
    assert {line["check"] for line in after} == {"settings", "secret key", "libxml2", "database", "clock", "folder"}


def test_the_doctor_reports_bad_settings_and_servers_that_are_away(shell: Shell) -> None:
    away = {
        "CPAS_ONEM_CHANNEL": "amqp",
        "CPAS_ONEM_AMQP_URL": "amqp://me:hushhush@localhost:1/",
        "CPAS_ONEM_DATABASE_URL": "postgresql+asyncpg://me:hushhush@localhost:1/x",
    }
    done = Shell(shell.directory, away)("doctor", "--json")
    assert done.returncode == 1
    assert done.stdout.count('"fault"') == 2
    assert "hushhush" not in done.stdout + done.stderr
    bad = Shell(shell.directory, {"CPAS_ONEM_CHANEL": "amqp"}).lines("doctor", code=1)
    assert "CPAS_ONEM_CHANNEL" in bad[0]["found"]


def test_a_key_that_others_may_read_is_a_warning(ready: Shell) -> None:
    (ready.directory / "var/secret.key").chmod(0o644)
    found = {line["check"]: line["state"] for line in ready.lines("doctor")}
    assert found["secret key"] == "warning"


def test_another_key_stops_every_command_with_a_sentence(ready: Shell) -> None:
    """Seen to fail with no check value in the database: every command went on with the wrong key."""
    key = ready.directory / "var/secret.key"
    right = key.read_bytes()
    key.write_bytes(base64.b64encode(bytes(32)))
    for command in (("run",), ("migrate",), ("sender", "list"), ("review", "list"), ("quarantine", "list")):
        done = ready(*command)
        assert done.returncode == 1
        assert "sealed with another key than the one in var/secret.key" in done.stderr
        assert "Traceback" not in done.stderr
    found = {line["check"]: line for line in ready.lines("doctor", code=1)}
    assert (found["database"]["state"], "another key" in found["database"]["found"]) == ("fault", True)
    key.write_bytes(right)
    assert ready("sender", "list").returncode == 0


def test_invented_offices_are_no_answer_in_earnest(ready: Shell) -> None:
    real = Shell(ready.directory, {"CPAS_ONEM_ENVIRONMENT": "R"})
    (found,) = [line for line in real.lines("doctor") if line["check"] == "offices"]
    assert (found["state"], "CPAS_ONEM_OFFICES_FILE" in found["remedy"]) == ("warning", True)


def test_a_sender_is_added_then_known(ready: Shell) -> None:
    (line,) = ready.lines(
        "sender", "add", "234567", "--name", "Leverancier", "--language", "nl", "--mandate", "0207654333"
    )
    assert (line["new"], line["mandates"], line["folder_in"]) == (True, ["0207654333"], "var/channel/234567/IN")
    assert Path(ready.directory / line["folder_out"]).is_dir()
    (again,) = ready.lines("sender", "add", "234567", "--name", "Nieuwe naam", "--language", "nl")
    assert again["new"] is False
    senders = {line["number"]: line for line in ready.lines("sender", "list")}
    assert set(senders) == {"000001", "123456", "234567"}
    assert senders["234567"]["name"] == "Nieuwe naam"
    assert [mandate["company_id"] for mandate in senders["234567"]["mandates"]] == ["0207654333"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("12345", "--name", "x"),
        ("123456", "--name", "x" * 121),
        ("123456", "--name", "x", "--language", "it"),
        ("123456", "--name", "x", "--kind", "y"),
    ],
)
def test_a_sender_that_cannot_be_is_refused(ready: Shell, wrong: tuple[str, ...]) -> None:
    assert ready("sender", "add", *wrong).returncode == 2


def test_a_mandate_must_be_an_enterprise_number(ready: Shell) -> None:
    done = ready("sender", "add", "123456", "--name", "x", "--mandate", "0212345669")
    assert done.returncode == 2
    assert "0212345669" in done.stderr


def test_no_answer_is_exit_3(ready: Shell) -> None:
    done = ready("send", examples.path("request-first"), "--sender", "123456", "--wait", "0.2")
    assert done.returncode == 3
    assert "silent" in done.stderr


def test_nobody_sends_without_a_name(ready: Shell) -> None:
    assert ready("send", examples.path("request-first")).returncode == 2


def test_a_running_service_answers_and_drains(ready: Shell) -> None:
    service = ready.start()
    try:
        first = ready.lines("send", examples.path("request-first"), "--sender", "123456", "--save", "saved")
        again = ready.lines("send", examples.path("request-first"), "--sender", "123456")
        refused = ready.lines("send", examples.path("invalid-niss"), "--sender", "123456", code=1)
    finally:
        service.send_signal(signal.SIGTERM)
        _, errors = service.communicate(timeout=60)
    assert service.returncode == 0, errors
    assert [line["identification"] for line in first] == ["ACRF001", "NOTI001", "OCCP003"]
    assert {line["ticket"] for line in first} == {line["dossier"] for line in first}
    assert again == first
    assert len(list((ready.directory / "saved").iterdir())) == 3
    assert [(line["identification"], line["result"]) for line in refused] == [("ACRF001", 1), ("NOTI001", 0)]
    assert refused[1]["error_ids"] == ["00024-004"]
    (dossier,) = ready.lines("dossier", first[0]["ticket"])
    assert dossier["state"] == "CALCULATED"
    assert [line["duplicate"] for line in dossier["messages"] if line["direction"] == "out"] == [False] * 3 + [True] * 3


def test_bad_settings_stop_the_service_with_a_sentence(shell: Shell) -> None:
    done = Shell(shell.directory, {"CPAS_ONEM_BATCHSIZE": "3"})("run")
    assert done.returncode == 2
    assert "CPAS_ONEM_BATCH_SIZE" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broker_that_is_away_stops_the_service_with_a_sentence(shell: Shell) -> None:
    done = Shell(shell.directory, {"CPAS_ONEM_AMQP_URL": "amqp://me:hushhush@localhost:1/"})("run", "--channel", "amqp")
    assert done.returncode == 1
    assert "cpas-onem doctor" in done.stderr
    assert "hushhush" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_request_used_here_is_acceptable() -> None:
    assert isinstance(open_message(examples.path("request-first").read_bytes()), Readable)
