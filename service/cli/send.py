"""`send`: what a vendor's program does, from the shell. A file sent again gets the answers of the first time.

Refuses to be anybody: on RabbitMQ the sender is the user of CPAS_ONEM_AMQP_URL, on the folder channel it is named.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import output
from service.settings import ChannelKind, Settings

if TYPE_CHECKING:
    from service.client import Answer, Sent, Verdict

REJECTED = 1
SILENT = 3


def send(
    files: output.Files,
    wait: Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for the answers to each file.")] = 30,
    sender: Annotated[str | None, typer.Option("--sender", help="Folder channel: your sender number.")] = None,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="DIR", file_okay=False, help="Write each answer there.")
    ] = None,
    json: output.Json = False,
) -> None:
    """Send messages and print their answers.

    Exit: 0 all answered, 1 one was rejected, 3 one got no answer or waits for the form that it builds on.
    """
    from service.cli import logs
    from service.client import SendingFailed, Verdict

    settings = output.settings()
    logs.configure()
    try:
        verdicts = asyncio.run(_send(settings, files, wait, sender, save, json))
    except SendingFailed as failure:
        output.stop(str(failure), SILENT)
    if Verdict.SILENT in verdicts or Verdict.HELD in verdicts:
        raise typer.Exit(SILENT)
    if Verdict.REJECTED in verdicts:
        raise typer.Exit(REJECTED)


async def _send(
    settings: Settings, files: Sequence[Path], wait: float, sender: str | None, save: Path | None, json: bool
) -> "list[Verdict]":
    from service.client import AmqpClient, FolderClient

    if settings.channel is ChannelKind.AMQP:
        async with AmqpClient(settings.amqp_url or "", settings.environment) as client:
            return [await _one(client, file, wait, save, json) for file in files]
    verdicts = []
    for file in files:
        number = sender or _sender_of(file)
        if number is None:
            output.stop("Say who sends: --sender 123456, or give the file its channel name (FI.OCCP.…).", output.USAGE)
        verdicts.append(await _one(FolderClient(settings.folder, number, settings.environment), file, wait, save, json))
    return verdicts


def _sender_of(file: Path) -> str | None:
    from schemas.file_name import FileName

    name = FileName.parse(file.name)
    return name.sender if name else None


async def _one(client: Any, file: Path, wait: float, save: Path | None, json: bool) -> "Verdict":
    from service.client import verdict

    own_name = file.name if _sender_of(file) else None
    sent: Sent = await client.send(_body(file), own_name)
    answers: Sequence[Answer] = await client.answers(sent, wait)
    if save is not None:
        _save(save, answers)
    if json:
        for answer in answers:
            output.tell_json(_as_json(file, answer))
    else:
        _tell(file, sent, answers)
    found = verdict(answers)
    output.say(f"{file}: {found.value}" + ("" if answers else f" within {wait:g} s, as {sent.file_name}"))
    return found


def _body(file: Path) -> bytes:
    return file.read_bytes()


def _save(directory: Path, answers: "Sequence[Answer]") -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for answer in answers:
        (directory / Path(answer.file_name).name).write_bytes(answer.body)


def _as_json(file: Path, answer: "Answer") -> dict[str, Any]:
    from service.answers import read

    reading = read(answer.body)
    return {
        "file": str(file),
        "identification": reading.identification or answer.identification,
        "result": reading.result,
        "ticket": reading.ticket,
        "dossier": reading.dossier,
        "own_ticket": reading.own_ticket,
        "error_ids": list(reading.error_ids),
        "contract_end": reading.contract_end,
        "first_claim_date": reading.first_claim_date,
        "says": reading.says,
        "correlation_id": answer.correlation_id,
        "message_id": answer.message_id,
        "delivery_mode": answer.delivery_mode,
        # the folder channel has no headers to say it with
        "duplicate": answer.is_duplicate if answer.message_id else None,
        "file_name": answer.file_name,
    }


def _tell(file: Path, sent: "Sent", answers: "Sequence[Answer]") -> None:
    from service.answers import read

    rows = []
    for answer in answers:
        reading = read(answer.body)
        says = " ".join(reading.error_ids) or reading.says
        if reading.contract_end:
            says = f"contract ends {reading.contract_end}, first claim {reading.first_claim_date}"
        rows.append((reading.name, reading.ticket, "again" if answer.is_duplicate else "", says))
    if rows:
        output.show(("answer", "form's ticket", "", "says"), rows, title=f"{file} as {sent.file_name}")
