"""Small things about this machine: ports, programs, processes. Refuses to know RabbitMQ or PostgreSQL."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

STARTED: list[subprocess.Popen[bytes]] = []
"""What this process started and means to outlive its own interest in: Python warns when it forgets a running child."""


class UnavailableError(Exception):
    """A service cannot be had in this way; the text says why, in plain words."""


def free_port() -> int:
    """Give a TCP port nobody listens on at the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, *directories: str) -> str | None:
    """Find a program in the directories (patterns allowed, newest last wins), then on the PATH."""
    for pattern in directories:
        found = sorted(Path("/").glob(f"{pattern.lstrip('/')}/{name}"))
        if found:
            return str(found[-1])
    return shutil.which(name)


def call(
    command: Sequence[str], *, stdin: str | None = None, env: Mapping[str, str] | None = None, timeout: float = 60
) -> str:
    """Run a command and give its standard output; raises UnavailableError with its first complaint."""
    try:
        done = subprocess.run(
            command,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise UnavailableError(f"{Path(command[0]).name}: {problem}") from problem
    if done.returncode:
        complaint = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
        raise UnavailableError(f"{Path(command[0]).name}: {complaint[0].strip()}")
    return done.stdout


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], seconds: float, what: str) -> None:
    """Wait until `ready`; raises UnavailableError when the process ends or the time is over."""
    STARTED.append(process)
    end = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise UnavailableError(f"{what} ended with exit code {process.returncode}")
        if time.monotonic() > end:
            raise UnavailableError(f"{what} did not answer within {seconds:.0f} seconds")
        time.sleep(0.1)


def is_alive(pid: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def end_group(pid: int, first: signal.Signals, seconds: float = 20) -> None:
    """End the process group led by `pid` with the first signal, and by force what outlives it."""
    for process in [process for process in STARTED if process.pid == pid]:
        STARTED.remove(process)
        process.send_signal(first)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    for number, patience in ((first, seconds), (signal.SIGKILL, 5.0)):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)
        end = time.monotonic() + patience
        while is_alive(pid) and time.monotonic() < end:
            time.sleep(0.05)


def apt_install(*packages: str) -> None:
    """Install Debian packages when root; raises UnavailableError with the command to run otherwise."""
    command = f"apt-get update && apt-get install -y {' '.join(packages)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise UnavailableError(f"not installed. Run:  sudo sh -c '{command}'")
    print(f"Installing {' '.join(packages)} (Debian)", flush=True)
    call(["apt-get", "update", "-qq"], timeout=600)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    call(install, env={"DEBIAN_FRONTEND": "noninteractive"}, timeout=1200)
