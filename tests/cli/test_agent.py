"""`review return|grant|correct|withdraw|contact|contacts`: an agent's work from the shell, as a user does it."""

from pathlib import Path
from typing import Any

from schemas.codec import decode
from schemas.models import Contact, Decision, Return, Withdrawal
from tests.cli.shell import Shell

WHO = ("--agent", "A1234", "--reason", "Vu les pièces du dossier.")


def new_answer(shell: Shell, before: set[str]) -> Any:
    """Give what the vendor received since."""
    (name,) = out(shell) - before
    return decode((folder(shell) / name).read_bytes())


def folder(shell: Shell) -> Path:
    return shell.directory / "kept/channel/123456/OUT"


def out(shell: Shell) -> set[str]:
    return {file.name for file in folder(shell).glob("FO.OCCP.*")}


def task_of(shell: Shell) -> dict[str, Any]:
    (task,) = shell.lines("review", "list")
    return task


def test_a_request_is_returned_with_what_is_missing(after_demo: Shell) -> None:
    task, before = task_of(after_demo), out(after_demo)
    missing = ("--reason-code", "CAREER_MISSING", "--missing", "Le passé de 2025 manque.", "--document", "C4")
    (done,) = after_demo.lines("review", "return", task["ticket"], *missing, *WHO)
    assert done["done"] is True
    returned = new_answer(after_demo, before)
    assert isinstance(returned, Return)
    assert [(reason.code, reason.label) for reason in returned.reasons] == [
        ("CAREER_MISSING", "Le passé de 2025 manque.")
    ]
    (dossier,) = after_demo.lines("dossier", task["ticket"])
    assert dossier["state"] == "RETURNED"
    assert {line["kind"]: line["state"] for line in dossier["deadlines"]} == {
        "O2_DECISION": "stopped",
        "R4_WARNING": "stopped",
        "R3_COMPLETION": "open",
    }
    (remark,) = [line for line in dossier["history"] if line["internal"]]
    assert remark["detail"] == {"remark": "Vu les pièces du dossier."}
    (second,) = after_demo.lines("review", "return", task["ticket"], *missing, *WHO, code=1)
    assert second["done"] is False
    unpaired = after_demo("review", "return", task["ticket"], *missing, "--missing", "Autre chose.", *WHO)
    assert unpaired.returncode == 2


def test_only_what_was_asked_for_is_granted(after_demo: Shell) -> None:
    task = task_of(after_demo)["ticket"]
    refused = after_demo("review", "grant", task, *WHO)
    assert refused.returncode == 1
    assert "05105-233" in refused.stdout
    assert task_of(after_demo)["ticket"] == task


def test_a_decision_is_corrected_and_then_taken_back(after_demo: Shell) -> None:
    task = task_of(after_demo)["ticket"]
    own = ("--required", "300", "--prior", "12.5", "--end", "2028-06-30")
    assert after_demo("review", "decide", task, *own, *WHO).returncode == 0
    (first,) = after_demo.lines("dossier", task)
    before = out(after_demo)
    assert after_demo("review", "correct", first["ticket"], "--end", "2028-07-31", *WHO).returncode == 0
    revised = new_answer(after_demo, before)
    assert isinstance(revised, Decision)
    # what was not given stays as decided: 300 - 13 days
    assert (revised.header.status, revised.calculation.remaining_days) == (4, 287)
    assert f"{revised.calculation.first_claim_date}" == "2028-08-01"
    (second,) = after_demo.lines("dossier", task)
    assert [line["in_force"] for line in second["decisions"]] == [False, True]
    assert (second["calculations"], second["contract_end"]) == (first["calculations"], "2028-07-31")
    before = out(after_demo)
    assert after_demo("review", "withdraw", first["ticket"], *WHO).returncode == 0
    assert isinstance(new_answer(after_demo, before), Withdrawal)
    (last,) = after_demo.lines("dossier", task)
    assert (last["state"], last["decision"]) == ("WITHDRAWN", None)
    assert {line["state"] for line in last["deadlines"]} <= {"met", "superseded"}
    assert after_demo("review", "withdraw", first["ticket"], *WHO).returncode == 1
    assert after_demo("review", "correct", first["ticket"], *WHO).returncode == 2


def test_another_offices_dossier_is_left_to_it(after_demo: Shell) -> None:
    task = task_of(after_demo)["ticket"]
    (dossier,) = after_demo.lines("dossier", task)
    brussels = Shell(after_demo.directory, {**after_demo.settings, "CPAS_ONEM_OFFICE": "BRU"})
    refused = brussels("review", "withdraw", dossier["ticket"], *WHO)
    assert refused.returncode == 1
    assert "is for office LIE, and you work for BRU" in refused.stderr


def test_a_question_reaches_the_cpas(after_demo: Shell) -> None:
    (dossier,) = after_demo.lines("dossier", task_of(after_demo)["ticket"])
    before = out(after_demo)
    text = "L'intéressée a-t-elle travaillé à l'étranger ?"
    done = after_demo("review", "contact", dossier["ticket"], "--agent", "A1234", "--text", text)
    assert done.returncode == 0, done.stderr
    asked = new_answer(after_demo, before)
    assert isinstance(asked, Contact)
    assert (asked.text, asked.agent_id, asked.header.type_form) == (text, "A1234", "RE")
    assert after_demo.lines("review", "contacts") == []
    assert after_demo("review", "contacts", "NOSUCHTICKET0").returncode == 1
    assert after_demo("review", "contact", dossier["ticket"], "--agent", "A1", "--text", " ").returncode == 2


def test_documents_are_given_to_somebody(after_demo: Shell) -> None:
    task = task_of(after_demo)["ticket"]
    assert after_demo("review", "show", task, "--documents", "there").returncode == 2
    (found,) = after_demo.lines("review", "show", task)
    assert (found["documents"], found["remarks"]) == ([], [])
    (after_demo.directory / "there").mkdir()
    (after_demo.directory / "there/mine.txt").write_text("mine")
    refused = after_demo("review", "show", task, "--documents", "there", "--agent", "A1234")
    assert refused.returncode == 1
    assert "not empty" in refused.stderr
