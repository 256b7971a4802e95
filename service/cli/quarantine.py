"""`quarantine`: what the service could not handle, and what an operator does about it.

It never prints a message: `show` tells place, size, hash and anomalies; the bytes go to a file only with `--raw`, and
who asked for them is kept.
"""

import asyncio
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import output
from service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.installation import Installation
    from service.quarantine import Event, Kept, Replay

app = typer.Typer(help="Messages that were put aside.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The message's number, as `list` shows it.")]
Agent = Annotated[str | None, typer.Option("--agent", help="Who does it; kept. Your login name where not given.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept.")]


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="What was replayed or discarded, too.")] = False,
    json: output.Json = False,
) -> None:
    """List what is held, oldest first."""
    kept = asyncio.run(_list(output.settings(), everything))
    if json:
        for one in kept:
            output.tell_json(_line(one))
        return
    rows = [(one.id, output.moment(one.quarantined_at), one.delivery.sender, one.state, one.reason) for one in kept]
    output.show(("number", "since", "sender", "state", "reason"), rows)


async def _list(settings: Settings, everything: bool) -> "list[Kept]":
    from service import quarantine
    from service.cli.session import opened

    async with opened(settings) as place:
        return list(await quarantine.listed(place, everything=everything))


def _line(kept: "Kept") -> dict[str, Any]:
    from service.store.quarantine import shown_name

    return {
        "number": kept.id,
        "state": kept.state.value,
        "reason": kept.reason,
        "source": kept.delivery.source,
        "sender": kept.delivery.sender,
        "file_name": shown_name(kept.delivery.file_name),
        "attempts": kept.attempts,
        "trail": kept.trail,
        "bytes": len(kept.delivery.body),
        "sha256": kept.sha256.hex(),
        "quarantined_at": kept.quarantined_at,
    }


@app.command("show")
def show(
    number: Number,
    raw: Annotated[Path | None, typer.Option("--raw", help="Write its bytes to this new file; needs --reason.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why the bytes are read; kept.")] = "",
    agent: Agent = None,
    json: output.Json = False,
) -> None:
    """Show one: why it is here, where it came from, what is wrong with it; never its content.

    Exit: 0 found, 1 no such message.
    """
    settings = output.settings()
    if raw is not None:
        _write(settings, number, raw, _who(agent), _why(reason))
    kept, events = _asked(settings, lambda place: _show(place, number))
    found = _as_json(kept, events, settings)
    if json:
        output.tell_json(found)
    else:
        _tell(found)


async def _show(place: "Installation", number: int) -> "tuple[Kept, list[Event]]":
    from service import quarantine

    kept, events = await quarantine.shown(place, number)
    return kept, list(events)


def _write(settings: Settings, number: int, file: Path, agent: str, reason: str) -> None:
    """Write the bytes to a new file, which is there before the reading is kept: what was read was written."""
    from service import private_files, quarantine

    try:
        out = private_files.create(file)
    except FileExistsError:
        output.stop(f"{file} is there already: name another file. Nothing was read.")
    except OSError as problem:
        output.stop(f"{file} cannot be written: {problem.strerror}. Nothing was read.")
    try:
        with out:
            out.write(_asked(settings, lambda place: quarantine.written(place, number, agent, reason)))
    except BaseException:
        file.unlink()
        raise


def _as_json(kept: "Kept", events: "list[Event]", settings: Settings) -> dict[str, Any]:
    from schemas.parser import Limits, Unclear
    from service import quarantine
    from service.cli.validate import Tongue, anomalies_of, reports_of

    opened = quarantine.read_as(kept, Limits(max_bytes=settings.max_message_bytes))
    anomalies = () if isinstance(opened, Unclear) else reports_of(opened.anomalies, Tongue(settings.language))
    return {
        **_line(kept),
        "reads_as": quarantine.opened_as(opened),
        "anomalies": anomalies_of(anomalies),
        "events": [
            {"at": event.at, "actor": event.actor, "action": event.action.value, "reason": event.reason}
            for event in events
        ],
    }


def _tell(found: dict[str, Any]) -> None:
    print(f"Message {found['number']}: {found['state']}, since {output.moment(found['quarantined_at'])}")
    print(f"  reason    {found['reason']}")
    print(f"  from      {found['source']}, sender {found['sender'] or 'unknown'}, file {found['file_name'] or '-'}")
    print(f"  attempts  {found['attempts']}" + (f" ({found['trail']})" if found["trail"] else ""))
    print(f"  content   {found['bytes']} bytes, SHA-256 {found['sha256']}, reads as {found['reads_as']}\n")
    if found["anomalies"]:
        rows = [(line["line"], line["error_id"], line["class"], line["label"]) for line in found["anomalies"]]
        output.show(("line", "code", "class", "what"), rows)
    if found["events"]:
        rows = [(output.moment(e["at"]), e["actor"], e["action"], e["reason"]) for e in found["events"]]
        output.show(("when", "who", "what", "why"), rows)


@app.command("replay")
def replay(
    number: Number,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would happen; change nothing.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept. Compulsory without --dry-run.")] = "",
    agent: Agent = None,
    json: output.Json = False,
) -> None:
    """Give a message to the service's own intake again; what was received before is answered again, never redecided.

    Exit: 0 taken, 1 still held or no such message, 2 usage.
    """
    from service import quarantine

    settings = output.settings()
    if dry_run:
        done = _asked(settings, lambda place: quarantine.rehearse(place, number))
    else:
        who, why = _who(agent), _why(reason)
        done = _asked(settings, lambda place: _replayed(place, number, who, why))
    _tell_replay(number, done, dry_run, json)
    if done.outcome is quarantine.Outcome.HELD:
        raise typer.Exit(1)


async def _replayed(place: "Installation", number: int, agent: str, reason: str) -> "Replay":
    from service import back_office, quarantine

    done = await quarantine.replay(place, number, agent, reason)
    await back_office.hand_out(place, done.answers)
    return done


def _tell_replay(number: int, done: "Replay", dry_run: bool, json: bool) -> None:
    from service import answers

    read = [answers.read(answer.body) for answer in done.answers]
    if json:
        output.tell_json(
            {
                "number": number,
                "dry_run": dry_run,
                "outcome": done.outcome.value,
                "reason": done.reason,
                "duplicate_of": done.duplicate_of,
                "answers": [{"identification": a.identification, "result": a.result} for a in read],
            }
        )
        return
    would = "would be " if dry_run else ""
    again = f" It repeats form {done.duplicate_of}." if done.duplicate_of else ""
    print(f"Message {number} {would}{done.outcome.value}.{again}" + (f" {done.reason}" if done.reason else ""))
    for answer in read:
        print(f"  {answer.name}  {' '.join(answer.error_ids)}".rstrip())


@app.command("discard")
def discard(number: Number, reason: Reason, agent: Agent = None, json: output.Json = False) -> None:
    """Take a message off the list for good; its bytes are kept.

    Exit: 0 discarded, 1 no such message, 2 usage.
    """
    from service import quarantine

    who, why = _who(agent), _why(reason)
    _asked(output.settings(), lambda place: quarantine.discard(place, number, who, why))
    if json:
        output.tell_json({"number": number, "state": quarantine.State.DISCARDED.value})
    else:
        print(f"Message {number} is discarded.")


def _who(agent: str | None) -> str:
    return (agent or getpass.getuser())[:60]


def _why(reason: str) -> str:
    if not reason.strip():
        output.stop("--reason is compulsory: it is kept with what was done.", output.USAGE)
    return reason.strip()


def _asked(settings: Settings, ask: "Callable[[Installation], Awaitable[Any]]") -> Any:
    from service.cli import logs

    logs.configure()
    return asyncio.run(_ask(settings, ask))


async def _ask(settings: Settings, ask: "Callable[[Installation], Awaitable[Any]]") -> Any:
    from service.cli.session import opened
    from service.processed import StoreAway
    from service.quarantine import NotHeld

    async with opened(settings) as place:
        try:
            return await ask(place)
        except (NotHeld, StoreAway) as refusal:
            output.stop(str(refusal))
