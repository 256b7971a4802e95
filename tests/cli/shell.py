"""Runs the program as a user does: a process of its own, no terminal, 80 columns, only the settings given."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Shell:
    """A working directory with its settings."""

    directory: Path
    settings: dict[str, str]

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CPAS_ONEM_")}
        return {**kept, "COLUMNS": "80", "PYTHONUTF8": "1", **self.settings}

    def __call__(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "service", *map(str, arguments)],
            cwd=self.directory,
            env=self.environment(),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def lines(self, *arguments: str | Path, code: int = 0) -> list[dict[str, Any]]:
        """Run with `--json`, check the exit code, and give each line of standard output as an object."""
        done = self(*arguments, "--json")
        assert done.returncode == code, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def start(self) -> subprocess.Popen[bytes]:
        """Start the service beside."""
        return subprocess.Popen(
            [sys.executable, "-m", "service", "run"],
            cwd=self.directory,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
