"""`review` and `dossier`: an agent decides from the shell, and the decision takes the way of every message."""

import pytest

from service.answers import read
from tests.cli.shell import Shell

WHO = ("--agent", "A1234", "--reason", "Temps partiel choisi par le CPAS.")


def out(shell: Shell, sender: str) -> set[str]:
    folder = shell.directory / "kept/channel" / sender / "OUT"
    return {file.name for file in folder.glob("FO.*")}


def open_task(shell: Shell) -> str:
    (task,) = shell.lines("review", "list")
    assert task["reasons"] == ["PART_TIME_CONTRACT"]
    return str(task["ticket"])


def test_the_open_tasks_and_all_tasks(after_demo: Shell) -> None:
    assert [task["state"] for task in after_demo.lines("review", "list")] == ["open"]
    assert {task["state"] for task in after_demo.lines("review", "list", "--all")} == {"open", "done"}


def test_a_task_shows_questions_and_proposals(after_demo: Shell) -> None:
    task = open_task(after_demo)
    (found,) = after_demo.lines("review", "show", task)
    assert found["reasons"][0]["code"] == "PART_TIME_CONTRACT"
    assert found["reasons"][0]["text"]
    assert [proposal["route"] for proposal in found["proposals"]] == ["30", "33"]
    assert "PART_TIME_CONTRACT" in after_demo("review", "show", task).stdout
    assert after_demo("review", "show", "NOSUCHTICKET0").returncode == 1


@pytest.mark.parametrize("choice", [("--confirm", "--proposal", "2"), ("--required", "300", "--end", "2028-06-30")])
def test_a_decision_reaches_the_sender_and_the_first_one_wins(after_demo: Shell, choice: tuple[str, ...]) -> None:
    task = open_task(after_demo)
    before = out(after_demo, "123456")
    (done,) = after_demo.lines("review", "decide", task, *choice, *WHO)
    assert done["decided"] is True
    (new,) = out(after_demo, "123456") - before
    decision = read((after_demo.directory / "kept/channel/123456/OUT" / new).read_bytes())
    assert decision.identification == "OCCP003"
    (dossier,) = after_demo.lines("dossier", str(decision.dossier))
    assert dossier["state"] == "CALCULATED"
    assert dossier["contract_end"] == str(decision.contract_end)
    ends = {line["kind"]: line["state"] for line in dossier["deadlines"]}
    assert (ends["O2_DECISION"], ends["R4_WARNING"]) == ("met", "met")
    assert dossier["history"][-1]["actor"] == "agent A1234"
    (second,) = after_demo.lines("review", "decide", task, "--confirm", *WHO, code=1)
    assert second["decided"] is False
    assert after_demo.lines("review", "list") == []


def test_an_agent_lists_the_tasks_of_its_own_office(after_demo: Shell) -> None:
    """The demonstration's persons live in Liège."""
    assert [task["office"] for task in after_demo.lines("review", "list", "--office", "LIE")] == ["LIE"]
    assert after_demo.lines("review", "list", "--office", "BRU") == []
    brussels = Shell(after_demo.directory, {**after_demo.settings, "CPAS_ONEM_OFFICE": "BRU"})
    assert brussels.lines("review", "list", "--all") == []
    assert len(brussels.lines("review", "list", "--all", "--office", "LIE")) == 2
    unknown = after_demo("review", "list", "--office", "XYZ")
    assert unknown.returncode == 2
    assert "no office has the code XYZ" in unknown.stderr


def test_a_task_of_another_office_is_left_to_it_unless_the_agent_says_why(after_demo: Shell) -> None:
    task = open_task(after_demo)
    brussels = Shell(after_demo.directory, {**after_demo.settings, "CPAS_ONEM_OFFICE": "BRU"})
    refused = brussels("review", "decide", task, "--confirm", *WHO)
    assert refused.returncode == 1
    assert "is for office LIE, and you work for BRU" in refused.stderr
    assert open_task(after_demo) == task
    wrong = brussels("review", "decide", task, "--end", "2020-01-01", *WHO, "--take-over", "holidays in Liège")
    assert wrong.returncode == 1
    assert "taken_over" not in str(after_demo.lines("dossier", task))
    assert brussels("review", "decide", task, "--confirm", *WHO, "--take-over", "holidays in Liège").returncode == 0
    (dossier,) = after_demo.lines("dossier", task)
    (taken,) = [line for line in dossier["history"] if line["kind"] == "taken_over"]
    assert taken["actor"] == "agent A1234"
    assert taken["detail"] == {"task": task, "office": "LIE", "by": "BRU", "reason": "holidays in Liège"}
    assert dossier["state"] == "CALCULATED"


def test_an_agent_decides_the_tasks_of_its_office(after_demo: Shell) -> None:
    task = open_task(after_demo)
    assert after_demo("review", "decide", task, "--confirm", *WHO, "--office", "LIE").returncode == 0
    assert "taken_over" not in str(after_demo.lines("dossier", task))


def test_own_figures_follow_from_each_other(after_demo: Shell) -> None:
    task = open_task(after_demo)
    own = ("--required", "300", "--prior", "12.5", "--end", "2028-06-30")
    assert after_demo("review", "decide", task, *own, *WHO).returncode == 0
    (dossier,) = after_demo.lines("dossier", task)
    (decision,) = dossier["decisions"]
    # 300 - 13, as 12.5 days are rounded up; the claim is the day after the contract
    assert (decision["remaining_days"], decision["first_claim_date"]) == (287, "2028-07-01")
    assert (decision["automatic"], decision["agent"]) == (False, "A1234")


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        ((*WHO,), 2),
        (("--confirm", "--required", "3", *WHO), 2),
        (("--confirm", "--agent", "A1", "--reason", " "), 2),
        (("--prior", "many", *WHO), 2),
        (("--prior", "NaN", *WHO), 2),
        (("--prior", "-5", *WHO), 2),
        (("--confirm", "--agent", "A" * 21, "--reason", "x"), 2),
        (("--law", "l" * 61, *WHO), 1),
        (("--confirm", "--proposal", "9", *WHO), 1),
        (("--end", "2020-01-01", *WHO), 1),
    ],
)
def test_what_makes_no_decision_changes_nothing(after_demo: Shell, choice: tuple[str, ...], code: int) -> None:
    task = open_task(after_demo)
    done = after_demo("review", "decide", task, *choice)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert open_task(after_demo) == task


def test_a_dossier_tells_messages_and_history_but_no_person(after_demo: Shell) -> None:
    task = open_task(after_demo)
    (found,) = after_demo.lines("dossier", task)
    assert (found["state"], found["sender"]) == ("IN_REVIEW", "123456")
    assert [line["identification"] for line in found["messages"]] == ["OCCP001", "ACRF001", "NOTI001", "OCCP101"]
    assert [line["kind"] for line in found["history"]] == ["received", "accepted", "sent_to_review"]
    assert after_demo.lines("dossier", found["ticket"]) == [found]
    told = after_demo("dossier", task)
    assert found["ticket"] in told.stdout
    for personal in ("99061120237", "CPAS-2026-0006"):
        assert personal not in told.stdout + str(found)
    assert after_demo("dossier", "NOSUCHTICKET0").returncode == 1
