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
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from schemas.file_name import FileName
from service.channel import Confirmed, Delivery, Outgoing, Refused

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.2
_SENDER = re.compile(r"[0-9]{6}", re.ASCII)
_TOO_LARGE = 16 * 1024 * 1024
"""Beyond this a file is not even read whole: one byte more than the limit is enough to refuse it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as it was read: one sent again under the same name is another."""

    path: Path
    identity: tuple[int, int, int]
    """Inode, modification time in nanoseconds, size."""


class FolderInlet:
    """Reads the IN folders of all senders, one file of each in turn, so that none starves the others."""

    def __init__(self, root: Path, poll_seconds: float = POLL_SECONDS) -> None:
        self._root = root
        self._poll_seconds = poll_seconds
        self._taken: set[Path] = set()
        self._last_served = ""
        self._stopping = asyncio.Event()
        self._paused = False

    async def start(self) -> None:
        """Make sure that the root exists. Raises OSError."""
        await asyncio.to_thread(self._root.mkdir, parents=True, exist_ok=True)

    async def receive(self, limit: int, wait_ms: int) -> Sequence[Delivery]:
        """Wait for files; a scan gathers what is there, so nothing is gained by waiting `wait_ms` for more."""
        while not self._stopping.is_set():
            if not self._paused and (deliveries := await asyncio.to_thread(self._take, limit)):
                return deliveries
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._poll_seconds)
        return ()

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Delete what is committed: first the GO file, so that a half deleted pair is never read again."""
        await asyncio.to_thread(self._delete_all, [delivery.handle for delivery in deliveries])

    async def pause(self) -> None:
        """Leave the folders alone until `resume`."""
        self._paused = True

    async def resume(self) -> None:
        """Go on after `pause`."""
        self._paused = False

    async def release(self) -> None:
        """Forget what was taken and not acknowledged."""
        self._taken.clear()

    async def stop_receiving(self) -> None:
        """Take no more."""
        self._stopping.set()

    async def close(self) -> None:
        """Forget what was taken and not acknowledged: the files are still there."""
        await self.stop_receiving()
        self._taken.clear()

    def _take(self, limit: int) -> list[Delivery]:
        found = list(itertools.islice(self._scan(), limit))
        if found:
            self._last_served = found[-1].parent.parent.name
        return [delivery for path in found if (delivery := self._read(path)) is not None]

    def _scan(self) -> Iterator[Path]:
        """Find what may be read and was not taken, the senders in turn, beginning after the one served last."""
        senders = sorted(filter(self._is_sender, _entries(self._root)))
        senders.sort(key=lambda folder: Path(folder).name <= self._last_served)
        by_sender = [self._ready(Path(folder)) for folder in senders]
        for turn in itertools.zip_longest(*by_sender):
            yield from (path for path in turn if path is not None)

    @staticmethod
    def _is_sender(folder: str) -> bool:
        place = Path(folder)
        return bool(_SENDER.fullmatch(place.name)) and not place.is_symlink() and not (place / "IN").is_symlink()

    def _ready(self, folder: Path) -> Iterator[Path]:
        names = {Path(entry).name for entry in _entries(folder / "IN")}
        for name in sorted(names):
            parsed = FileName.parse(name)
            path = folder / "IN" / name
            if parsed and parsed.prefix == "FI" and str(parsed.go) in names and path not in self._taken:
                yield path

    def _read(self, path: Path) -> Delivery | None:
        try:
            # a link or a pipe is nobody's message: it is not followed and not waited for
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                state = os.fstat(file.fileno())
                if not stat.S_ISREG(state.st_mode):
                    return None
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
            is_suspect=True,
            source=str(path.relative_to(self._root)),
            handle=Taken(path, _identity(state)),
        )

    def _delete_all(self, taken: Sequence[Taken]) -> None:
        for file in taken:
            try:
                self._delete(file)
            except OSError as fault:
                # read again it would be answered as a duplicate, for ever: it stays taken until an operator looks
                log.error("file_not_deleted", file=str(file.path), fault=type(fault).__name__)
            else:
                self._taken.discard(file.path)

    @staticmethod
    def _delete(taken: Taken) -> None:
        path = taken.path
        if not path.exists() or _identity(path.stat()) != taken.identity:
            return
        name = FileName.parse(path.name)
        if name is not None:
            for companion in (name.go, name.signature):
                path.with_name(str(companion)).unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def _entries(folder: Path) -> list[str]:
    """List a directory; one that cannot be read must not stop the others."""
    try:
        return [entry.path for entry in os.scandir(folder)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as fault:
        log.error("folder_not_readable", folder=str(folder), fault=type(fault).__name__)
        return []


def _identity(state: os.stat_result) -> tuple[int, int, int]:
    return state.st_ino, state.st_mtime_ns, state.st_size


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
    """Write under another name, force to disk, then rename: nobody ever sees half a file, and no crash undoes it."""
    unfinished = path.with_name(f".{path.name}.part")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
