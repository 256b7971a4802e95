"""An instance of the service under a supervisor that starts it again whenever it ends, as a production one would."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PAUSE_S = 1.0
"""What a supervisor waits before it starts a process again."""


def environment(directory: Path, amqp_url: str, database_url: str) -> dict[str, str]:
    """Give the variables of one instance; those around us are none of its."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CPAS_ONEM_")}
    return kept | {
        "CPAS_ONEM_AMQP_URL": amqp_url,
        "CPAS_ONEM_DATABASE_URL": database_url,
        "CPAS_ONEM_SECRET_KEY_FILE": str(directory / "secret.key"),
        "CPAS_ONEM_PROCESSES": "1",
    }


@dataclass(slots=True)
class Instance:
    """One process of the service, kept running until `stop`."""

    name: str
    directory: Path
    environment: Mapping[str, str]
    ended_by_itself: list[int] = field(default_factory=list)
    """Exit codes of the ends that nobody ordered."""
    starts: int = 0
    _process: asyncio.subprocess.Process | None = None
    _killed: bool = False
    _stopping: bool = False

    @property
    def log(self) -> Path:
        """Where its standard error goes."""
        return self.directory / f"{self.name}.log"

    async def keep(self) -> None:
        """Run it, and again, until it is to stop."""
        while not self._stopping:
            self._killed = False
            with self.log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "service", "run", "--channel", "amqp",
                    env=dict(self.environment), cwd=self.directory, stdout=log, stderr=log, start_new_session=True,
                )  # fmt: skip
            self.starts += 1
            code = await self._process.wait()
            if not self._killed and not self._stopping:
                self.ended_by_itself.append(code)
                await asyncio.sleep(PAUSE_S)

    def kill(self) -> bool:
        """Kill it with SIGKILL; False where it was not running."""
        if self._process is None or self._process.returncode is not None:
            return False
        self._killed = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return True

    async def stop(self, patience: float) -> int | None:
        """Ask it to end; gives its exit code, None where it had to be killed."""
        self._stopping = True
        if self._process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self._process.wait(), patience)
        except TimeoutError:
            self.kill()
            return None
