"""`sender suspend`, `resume` and `log`: shut a sender out at once, let it in again, and tell who changed its access."""

import asyncio
from typing import TYPE_CHECKING

from service.cli import output, reach, senders
from service.settings import ChannelKind, Settings

if TYPE_CHECKING:
    from service.store.access import Line


def suspend(number: senders.Number, reason: senders.Reason, by: senders.By = None, json: output.Json = False) -> None:
    """Shut a sender out at once: nothing is taken from it any more, and its broker user loses every right.

    Exit: 0 done, 1 not done, 2 usage.
    """
    _change_access(number, reason, by, is_suspension=True, json=json)


def resume(number: senders.Number, reason: senders.Reason, by: senders.By = None, json: output.Json = False) -> None:
    """Let a suspended sender speak again, with its mandates and its password; a new one where the broker lost its user.

    Exit: 0 done, 1 not done, 2 usage.
    """
    _change_access(number, reason, by, is_suspension=False, json=json)


def _change_access(number: str, reason: str, by: str | None, *, is_suspension: bool, json: bool) -> None:
    from service.channel.topology import ONEM
    from service.cli import logs

    settings = output.settings()
    logs.silence()
    if not reason.strip():
        output.stop("--reason is compulsory: the history of access keeps it.", output.USAGE)
    if number == ONEM:
        output.stop(f"{ONEM} is ONEM itself: without it nothing is decided. It cannot be suspended.")
    party = senders.one(settings, number)
    has_changed = asyncio.run(_suspend_or_resume(settings, number, reason, by, is_suspension=is_suspension))
    reached = reach.shut(settings, number) if is_suspension else reach.reopen(settings, number, party.sender.kind)
    way = asyncio.run(reached)
    if json:
        told = {"number": number, "active": not is_suspension, "changed": has_changed, "commands": list(way.commands)}
        output.tell_json({**told, **({"amqp_url": way.amqp_url} if way.amqp_url else {})})
        return
    state = "suspended" if is_suspension else "open"
    print(f"Sender {number} is {state}{'' if has_changed else ', as it was already'}.")
    if is_suspension and settings.channel is ChannelKind.FOLDER:
        print("What still arrives in its folder is refused (ACRF-103); close its account on the server of the folders.")
    if way.amqp_url:
        print("Its broker user was gone and is made anew. Its address, with a new password that is shown this once:")
        print(f"  {way.amqp_url}")
    if way.commands:
        print("The broker's administration was not reached. Run there:")
        print("\n".join(f"  {command}" for command in way.commands))


async def _suspend_or_resume(
    settings: Settings, number: str, reason: str, by: str | None, *, is_suspension: bool
) -> bool:
    from service.cli.session import opened
    from service.store import parties
    from service.store.access import Change

    act = parties.suspend if is_suspension else parties.resume
    async with opened(settings) as session, session.engine.begin() as connection:
        return await act(connection, number, reason, Change(senders.actor(by), await session.clock.now(connection)))


def log(number: senders.Number, json: output.Json = False) -> None:
    """Tell who let this sender speak, for what, when."""
    settings = output.settings()
    senders.one(settings, number)
    lines = asyncio.run(_history(settings, number))
    if json:
        for line in lines:
            output.tell_json({"at": line.at, "actor": line.actor, "kind": line.kind.value, "detail": line.detail})
        return
    rows = [
        (output.moment(line.at), line.actor, line.kind, " ".join(f"{k}={v}" for k, v in line.detail.items()))
        for line in lines
    ]
    output.show(("when", "who", "what", "detail"), rows)


async def _history(settings: Settings, number: str) -> "list[Line]":
    from service.cli.session import opened
    from service.store import access

    async with opened(settings) as session, session.engine.begin() as connection:
        return await access.history(connection, number)
