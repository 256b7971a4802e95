"""`deadlines` and `dossier`: what is due, what is late, and the life of a dossier in four languages."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.shell import Shell


def due_in(shell: Shell, ahead: timedelta) -> None:
    """Let the answer to the open task fall due then, and everything else in fifty years."""
    at = (datetime.now(UTC) + ahead).replace(tzinfo=None)
    database = sqlite3.connect(shell.directory / "kept/demo.db")
    with database:
        database.execute("UPDATE deadline SET due_at = '2076-01-01 00:00:00.000000' WHERE state = 'open'")
        database.execute(
            "UPDATE deadline SET due_at = ? WHERE state = 'open' AND kind = 'O2_DECISION'",
            (at.isoformat(" ", "microseconds"),),
        )
    database.close()


def test_nothing_is_late(after_demo: Shell) -> None:
    due_in(after_demo, timedelta(hours=30))
    (counts,) = after_demo.lines("deadlines")
    assert (counts["counts"]["late"], counts["counts"]["breached"]) == (0, 0)
    assert "Nothing is due within 1d." in after_demo("deadlines").stdout
    due, _ = after_demo.lines("deadlines", "--within", "2d")
    assert (due["kind"], due["office"], due["state"], due["late_by"]) == ("O2_DECISION", "LIE", "IN_REVIEW", None)
    assert after_demo.lines("deadlines", "--within", "2d", "--office", "BRU")[0]["counts"]["open"] == 0


def test_what_is_late_ends_with_four(after_demo: Shell) -> None:
    due_in(after_demo, timedelta(days=-1, hours=-2))
    due, counts = after_demo.lines("deadlines", code=4)
    assert timedelta(hours=26) <= timedelta(seconds=due["late_by"]) < timedelta(hours=27)
    assert counts["counts"]["late"] == 1
    told = after_demo("deadlines", "--within", "0d")
    assert told.returncode == 4
    assert due["dossier"] in told.stdout
    assert "1d 02:0" in told.stdout
    assert "1 late" in told.stdout


@pytest.mark.parametrize("within", ["soon", "1", "-1d", "1y"])
def test_a_time_that_is_none_is_refused_with_an_example(after_demo: Shell, within: str) -> None:
    done = after_demo("deadlines", "--within", within)
    assert done.returncode == 2
    assert "12h" in done.stderr or "No such option" in done.stderr


@pytest.mark.parametrize(
    ("language", "state", "received"),
    [
        ("fr", "Envoyé à l'ONEM", "formulaire reçu"),
        ("nl", "Verzonden naar RVA", "formulier ontvangen"),
        ("de", "An das LfA gesendet", "Formular eingegangen"),
        ("en", "Sent to ONEM", "form received"),
    ],
)
def test_a_dossier_is_told_in_four_languages(after_demo: Shell, language: str, state: str, received: str) -> None:
    (task,) = after_demo.lines("review", "list")
    told = after_demo("dossier", task["ticket"], "--language", language)
    assert told.returncode == 0, told.stderr
    assert state in told.stdout
    assert f"{received} · sender 123456 · O1" in told.stdout
    assert "be-legal@2023-01-01" in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 80


def test_a_dossier_says_which_decision_is_in_force(after_demo: Shell) -> None:
    (task,) = after_demo.lines("review", "list")
    done = after_demo("review", "decide", task["ticket"], "--confirm", "--agent", "A1234", "--reason", "Temps partiel.")
    assert done.returncode == 0, done.stderr
    (found,) = after_demo.lines("dossier", task["ticket"])
    (decision,) = found["decisions"]
    assert decision["in_force"] is True
    assert (found["decision"], found["office"], found["documents"]) == (decision["ticket"], "LIE", [])
    # any of its messages leads to it
    (answer,) = [line for line in found["messages"] if line["identification"] == "OCCP003"]
    assert after_demo.lines("dossier", answer["ticket"]) == [found]
    assert "✓" in after_demo("dossier", found["ticket"]).stdout
