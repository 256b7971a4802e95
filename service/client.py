"""What a vendor's program does: send a form, then read the answers to it. The same on both channels.

    send ─► Sent(file name, message id) ─► answers ─► [ACRF, NOTIFICATION, OCCP003 …] ─► verdict

The message id derives from sender and file name, so a file sent again finds the stored answers of the first time.
Answers to other requests are left where they are. Refuses to interpret: it reads result codes and tickets only.
"""

import asyncio
import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, cast

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, DeliveryError
from pamqp.commands import Basic
from yarl import URL

from schemas.catalogue import MessageType
from schemas.file_name import Environment, FileName
from service.channel import message_id_for, properties, topology

APP_ID = "cpas-onem-client/1"
UNKNOWN = "UNKNOWN"
"""Identification of a body that shows none."""
_SECONDS = 10
_POLL_SECONDS = 0.1
_GRACE_SECONDS = 2.0
"""How long after the NOTIFICATION something may follow where nobody knows whether anything does."""
_ANSWERED_BY = {"OCCP001": ("OCCP003",), "OCCP002": ("OCCP003",), "OCCP008": ("OCCP008",)}
"""Which message is the business answer to a form; where an agent must decide, it comes later."""
_CANCELLATION = ("OCCP001", "3")
"""Only a decision that is in force is withdrawn after it."""
_SEQUENCES = 10**10


class Verdict(StrEnum):
    """What the answers amount to; values are contract."""

    ANSWERED = "answered"
    """Accepted, and decided where a decision came in time."""
    HELD = "held"
    """Received, and not handled yet: it waits for the form that it builds on."""
    REJECTED = "rejected"
    """Refused at receipt or at handling."""
    SILENT = "silent"
    """No answer within the time given."""


class SendingFailed(Exception):  # noqa: N818 - the name is the sentence
    """The channel did not take the message; the text says why."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that the channel has taken. `message_id` is what its answers refer to."""

    sender: str
    file_name: str
    message_id: str
    identification: str
    status: str = "0"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, as it came. `delivery_mode` is None on a channel that has none."""

    identification: str
    file_name: str
    body: bytes
    message_id: str | None = None
    correlation_id: str | None = None
    is_duplicate: bool = False
    delivery_mode: int | None = None

    @property
    def result(self) -> str | None:
        """Give the first ResultCode: 1 accepted, 0 rejected; None where the message has none."""
        return _text("ResultCode", self.body)

    @property
    def is_rejection(self) -> bool:
        """Whether it says that the form is refused."""
        return self.identification in {"ACRF001", "NOTI001"} and self.result == "0"

    def ends(self, sent: Sent) -> bool:
        """Whether nothing more follows at once: a refusal, the business answer, or all that another form gets."""
        if self.is_rejection:
            return True
        expected = _ANSWERED_BY.get(sent.identification)
        return self.identification in expected if expected else self.identification == "NOTI001"


def patience(sent: Sent, answers: Sequence[Answer], left: float) -> float:
    """Give how many of the seconds left are worth waiting: few, where an answer that comes at all comes at once."""
    is_handled = any(answer.identification == "NOTI001" for answer in answers)
    may_be_all = (sent.identification, sent.status) == _CANCELLATION and is_handled
    return min(left, _GRACE_SECONDS) if may_be_all else left


def verdict(answers: Sequence[Answer]) -> Verdict:
    """Sum up."""
    if not answers:
        return Verdict.SILENT
    if any(answer.is_rejection for answer in answers):
        return Verdict.REJECTED
    return Verdict.HELD if all(answer.identification == "ACRF001" for answer in answers) else Verdict.ANSWERED


class Client(Protocol):
    """A sender's side of a channel."""

    async def send(self, body: bytes, file_name: str | None = None) -> Sent:
        """Send a form; the name derives from its bytes where none is given. Raises SendingFailed."""
        ...

    async def answers(self, sent: Sent, seconds: float) -> Sequence[Answer]:
        """Wait until the last answer is there or the time is over, and give what came, in order."""
        ...


def name_for(body: bytes, sender: str, environment: str = "S") -> str:
    """Give a file name that the same bytes always get: the form's date, and a sequence from their SHA-256."""
    sequence = int.from_bytes(hashlib.sha256(body).digest()[:8]) % _SEQUENCES
    day = created(body) or datetime.now(UTC).date()
    return str(FileName("FI", "OCCP", sender, day, f"{sequence:010d}", cast(Environment, environment)))


def created(body: bytes) -> date | None:
    """Give the form's creation date, None where it shows none."""
    try:
        return date.fromisoformat(_text("FormCreationDate", body) or "")
    except ValueError:
        return None


def describe(body: bytes) -> tuple[str, str]:
    """Give identification and attestation status for the routing key, of a body that may be anything."""
    identification = _text("Identification", body) or ""
    status = _text("AttestationStatus", body) or ""
    return (
        identification if re.fullmatch(r"[A-Z0-9]{1,7}", identification) else UNKNOWN,
        status if re.fullmatch(r"[0-9]", status) else "0",
    )


def _text(tag: str, body: bytes) -> str | None:
    """Give the first element's text without parsing: the body may be what a parser must refuse."""
    found = re.search(rb"<(?:[A-Za-z][\w.-]{0,20}:)?%b>\s*([^<\s]{1,40})\s*<" % tag.encode(), body)
    return found[1].decode(errors="replace") if found else None


class AmqpClient:
    """A sender on RabbitMQ. The URL's user is the sender: the broker checks that every message says so."""

    def __init__(self, url: str, environment: str = "S") -> None:
        self.sender = URL(url).user or ""
        if not properties.SENDER.fullmatch(self.sender):
            raise SendingFailed("The broker's user must be a sender number of six digits, as `sender add` makes it.")
        self._url = url
        self._environment = environment
        self._kept: list[AbstractIncomingMessage] = []
        self._news = asyncio.Event()
        self._connection: AbstractConnection | None = None
        self._exchange: AbstractExchange | None = None
        self._consuming: AbstractChannel | None = None

    async def __aenter__(self) -> Self:
        """Connect. Raises SendingFailed."""
        properties.install()
        try:
            self._connection = await aio_pika.connect(self._url, timeout=_SECONDS)
            publishing = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
            self._exchange = await publishing.get_exchange(topology.IN, ensure=False)
            self._consuming = await self._connection.channel(publisher_confirms=False)
            queue = await self._consuming.get_queue(topology.out_queue(self.sender), ensure=False)
            await queue.consume(self._keep, timeout=_SECONDS)
        except (AMQPError, OSError, TimeoutError) as problem:
            await self.close()
            raise SendingFailed(f"The broker does not let {self.sender} in: {problem}") from problem
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        await self.close()

    async def send(self, body: bytes, file_name: str | None = None, schema_version: str | None = None) -> Sent:
        """Publish, and await the broker's confirmation. Raises SendingFailed."""
        name = file_name or name_for(body, self.sender, self._environment)
        identification, status = describe(body)
        sent = Sent(self.sender, name, message_id_for(self.sender, name), identification, status)
        headers = {"FileName": name} | ({"SchemaVersion": schema_version} if schema_version else {})
        message = aio_pika.Message(
            body,
            headers=dict(headers),
            content_type="application/xml",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=sent.message_id,
            timestamp=datetime.now(UTC),
            type=identification,
            user_id=self.sender,
            app_id=APP_ID,
        )
        # the broker lets a vendor use the keys of its forms only: what shows none is sent as a request that it is not
        form = MessageType.OCCP001 if identification == UNKNOWN else identification
        key = topology.inbound_key(form, status, self.sender)
        if self._exchange is None:
            raise SendingFailed("Not connected.")
        try:
            confirmed = await self._exchange.publish(message, key, mandatory=True, timeout=_SECONDS)
        except (AMQPError, DeliveryError, OSError, TimeoutError) as problem:
            raise SendingFailed(f"The broker did not take {name}: {type(problem).__name__}") from problem
        if not isinstance(confirmed, Basic.Ack):
            raise SendingFailed(f"The broker did not confirm {name}.")
        return sent

    async def answers(self, sent: Sent, seconds: float) -> Sequence[Answer]:
        """Take the answers to one form from the queue and acknowledge them; all others stay."""
        found: list[Answer] = []
        end = time.monotonic() + seconds
        while True:
            self._news.clear()
            found += await self._take(sent)
            end = time.monotonic() + patience(sent, found, end - time.monotonic())
            left = end - time.monotonic()
            if left <= 0 or any(answer.ends(sent) for answer in found):
                return found
            try:
                async with asyncio.timeout(left):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def close(self) -> None:
        """Close; what was not taken stays in the queue."""
        if self._connection is not None:
            await self._connection.close()

    async def _keep(self, message: AbstractIncomingMessage) -> None:
        self._kept.append(message)
        self._news.set()

    async def _take(self, sent: Sent) -> list[Answer]:
        mine = [message for message in self._kept if message.correlation_id == sent.message_id]
        self._kept = [message for message in self._kept if message.correlation_id != sent.message_id]
        for message in mine:
            await message.ack()
        return [_answer(message) for message in mine]


def _answer(message: AbstractIncomingMessage) -> Answer:
    return Answer(
        identification=message.type or "",
        file_name=str(message.headers.get("FileName", "")),
        body=message.body,
        message_id=message.message_id,
        correlation_id=message.correlation_id,
        is_duplicate=message.headers.get("Duplicate") == "1",
        delivery_mode=int(message.delivery_mode) if message.delivery_mode is not None else None,
    )


class FolderClient:
    """A sender with a folder: `IN/` takes a file once its empty GO file is there, `OUT/` holds the answers."""

    def __init__(self, root: Path, sender: str, environment: str = "S") -> None:
        self.sender = sender
        self._in = root / sender / "IN"
        self._out = root / sender / "OUT"
        self._environment = environment
        self._seen: dict[str, int] = {}

    async def send(self, body: bytes, file_name: str | None = None) -> Sent:
        """Write the file, then its GO file. Raises SendingFailed."""
        name = file_name or name_for(body, self.sender, self._environment)
        parsed = FileName.parse(name)
        go = str(parsed.go) if parsed else re.sub(r"^FI\.(.*)\.1\.1$", r"GO.\1.1", name)
        self._seen = self._present()
        try:
            self._in.mkdir(parents=True, exist_ok=True)
            (self._in / name).write_bytes(body)
            (self._in / go).touch()
        except OSError as problem:
            raise SendingFailed(f"{self._in} cannot be written: {problem.strerror}") from problem
        return Sent(self.sender, name, message_id_for(self.sender, name), *describe(body))

    async def answers(self, sent: Sent, seconds: float) -> Sequence[Answer]:
        """Watch `OUT/`: the acknowledgement names the file and gives the ticket, the others refer to the ticket."""
        end = time.monotonic() + seconds
        while True:
            found = self._answers_to(sent)
            end = time.monotonic() + patience(sent, found, end - time.monotonic())
            if time.monotonic() >= end or any(answer.ends(sent) for answer in found):
                return found
            await asyncio.sleep(_POLL_SECONDS)

    def _present(self) -> dict[str, int]:
        """Give each complete answer's name with its time: a file written again is a new answer."""
        names = {}
        for path in sorted(self._out.glob("FO.*")):
            parsed = FileName.parse(path.name)
            if parsed is not None and (self._out / str(parsed.go)).exists():
                names[path.name] = path.stat().st_mtime_ns
        return names

    def _answers_to(self, sent: Sent) -> list[Answer]:
        new = [name for name, at in self._present().items() if self._seen.get(name) != at]
        all_new = [Answer(_identification(self._out / name), name, (self._out / name).read_bytes()) for name in new]
        own = [answer for answer in all_new if _text("FileName", answer.body) == sent.file_name]
        tickets = {ticket for answer in own if (ticket := _ticket(answer.body))}
        others = [
            answer
            for answer in all_new
            if answer not in own and any(f">{ticket}<".encode() in answer.body for ticket in tickets)
        ]
        return [*own, *sorted(others, key=lambda answer: answer.identification)]


def _identification(path: Path) -> str:
    return describe(path.read_bytes())[0]


def _ticket(body: bytes) -> str | None:
    """Give the ticket in an acknowledgement's FileReference."""
    _, _, rest = body.partition(b"FileReference")
    return _text("ReferenceNbr", rest)
