"""Files for their owner alone: keys, documents, messages. Leaf module: depends only on the standard library."""

import os
from pathlib import Path
from typing import BinaryIO


def create(path: Path) -> BinaryIO:
    """Open a new file that its owner alone may read. Raises OSError: FileExistsError where the name is taken.

    What is there is neither written over nor followed: another's file or link would give the bytes away.
    """
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb")
