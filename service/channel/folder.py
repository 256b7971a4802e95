"""The folder channel: files in directories, the embedded default and the shape of the batch channel over SFTP.

    <root>/<sender>/IN/FI.OCCP.….1.1    read once its empty GO file exists, deleted with it after the commit
    <root>/<sender>/OUT/FO.….1.1        written whole, then its GO file

The folder's name is the sender: whoever may write into it is that sender, so its rights are the file system's. Refuses
to read anything without a GO file, any name that is none of the channel's, and whatever is not a plain file.
"""

import asyncio
import contextlib
import itertools
import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import structlog

from schemas.file_name import FileName
from service.channel import Confirmed, Delivery, Outgoing, Refused

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.2
_SENDER = re.compile(r"[0-9]{6}", re.ASCII)
_TOO_LARGE = 16 * 1024 * 1024
"""Beyond this a file is not even read whole: one byte more than the limit is enough to refuse it."""


class FolderInlet:
    """Reads the IN folders of all senders, one file of each in turn, so that none starves the others."""

    def __init__(self, root: Path, poll_seconds: float = POLL_SECONDS) -> None:
        self._root = root
        self._poll_seconds = poll_seconds
        self._taken: set[Path] = set()
        self._found: deque[Path] = deque()
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        """Make sure that the root exists. Raises OSError."""
        await asyncio.to_thread(self._root.mkdir, parents=True, exist_ok=True)

    async def receive(self, limit: int, wait_ms: int) -> Sequence[Delivery]:
        """Wait for files; a scan gathers what is there, so nothing is gained by waiting `wait_ms` for more."""
        while not self._stopping.is_set():
            if not self._found:
                self._found.extend(await asyncio.to_thread(self._scan))
            paths = [self._found.popleft() for _ in range(min(limit, len(self._found)))]
            if deliveries := await asyncio.to_thread(self._read_all, paths):
                return deliveries
            if not paths:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._poll_seconds)
        return ()

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Delete what is committed: first the GO file, so that a half deleted pair is never read again."""
        await asyncio.to_thread(self._delete, [delivery.handle for delivery in deliveries])

    async def stop_receiving(self) -> None:
        """Take no more."""
        self._stopping.set()
        self._found.clear()

    async def close(self) -> None:
        """Forget what was taken and not acknowledged: the files are still there."""
        await self.stop_receiving()
        self._taken.clear()

    def _scan(self) -> list[Path]:
        """Find what may be read and was not taken, the senders in turn."""
        by_sender = [list(self._ready(folder)) for folder in sorted(self._root.iterdir()) if self._is_sender(folder)]
        turns = itertools.zip_longest(*by_sender)
        return [path for turn in turns for path in turn if path is not None]

    @staticmethod
    def _is_sender(folder: Path) -> bool:
        return bool(_SENDER.fullmatch(folder.name)) and (folder / "IN").is_dir()

    def _ready(self, folder: Path) -> Iterator[Path]:
        names = {entry.name for entry in os.scandir(folder / "IN") if entry.is_file(follow_symlinks=False)}
        for name in sorted(names):
            parsed = FileName.parse(name)
            path = folder / "IN" / name
            if parsed and parsed.prefix == "FI" and str(parsed.go) in names and path not in self._taken:
                yield path

    def _read_all(self, paths: Sequence[Path]) -> list[Delivery]:
        return [delivery for path in paths if (delivery := self._read(path)) is not None]

    def _read(self, path: Path) -> Delivery | None:
        try:
            with path.open("rb") as file:
                body = file.read(_TOO_LARGE + 1)
        except OSError as fault:
            # it stays where it is: the next scan finds it again, and an operator its name in the log
            log.error("file_not_readable", file=str(path), fault=type(fault).__name__)
            return None
        self._taken.add(path)
        return Delivery(
            body=body,
            sender=path.parent.parent.name,
            file_name=path.name,
            message_id=None,
            schema_version=None,
            source=str(path.relative_to(self._root)),
            handle=path,
        )

    def _delete(self, paths: Sequence[Path]) -> None:
        for path in paths:
            name = FileName.parse(path.name)
            if name is not None:
                for companion in (name.go, name.signature):
                    path.with_name(str(companion)).unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            self._taken.discard(path)


class FolderOutlet:
    """Writes into the OUT folders; a file is there whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def start(self) -> None:
        """Make sure that the root exists. Raises OSError."""
        await asyncio.to_thread(self._root.mkdir, parents=True, exist_ok=True)

    async def publish(self, batch: Sequence[Outgoing]) -> Sequence[Confirmed | Refused]:
        """Write all; one result per message."""
        return await asyncio.to_thread(lambda: [self._write(outgoing) for outgoing in batch])

    async def close(self) -> None:
        """Nothing is held."""

    def _write(self, outgoing: Outgoing) -> Confirmed | Refused:
        name = FileName.parse(outgoing.file_name)
        if name is None:
            return Refused(outgoing.id, f"{outgoing.file_name} is no file name of the channel")
        out = self._root / outgoing.recipient / "OUT"
        try:
            out.mkdir(parents=True, exist_ok=True)
            _write_whole(out / outgoing.file_name, outgoing.body)
            _write_whole(out / str(name.go), b"")
        except OSError as fault:
            return Refused(outgoing.id, f"{type(fault).__name__}: {fault.strerror}")
        return Confirmed(outgoing.id)


def _write_whole(path: Path, content: bytes) -> None:
    """Write under another name, force to disk, then rename: nobody ever sees half a file."""
    unfinished = path.with_name(f".{path.name}.part")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
