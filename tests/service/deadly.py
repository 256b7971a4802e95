"""Readers for a worker process that die of certain bodies, each in another way, as a defect of a parser would."""

import ctypes
import os
import signal
from pathlib import Path
from typing import Any

from schemas.parser import Opened, open_message


def read(body: bytes, **given: Any) -> Opened:
    """Read as the service does, but for some bodies."""
    match body:
        case b"crash":
            ctypes.string_at(0)
        case b"loop":
            while True:
                pass
        case b"eat":
            return open_message(bytes(4 * 1024**3), **given)
        case b"exit":
            os._exit(9)
        case b"raise":
            raise RuntimeError
    if body.startswith(b"once "):
        mark = Path(body.removeprefix(b"once ").decode())
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return open_message(body, **given)


def crash(body: bytes, **given: Any) -> Opened:
    """Die of anything, as after half an upgrade."""
    return read(b"crash")
