"""`make simulate`: thousands of seeded simulations of the core; prints the seed of each failure and runs it again.

    python -m tests.faults.simulate --seeds 10000          from seed 0, on all processors
    python -m tests.faults.simulate --seed 4711            one seed, with its traceback

Each process runs a part and ends without tidying up: what died in a simulation must not be woken by a collector.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

PART = 100
"""Seeds in one process."""
SENDER = "912345"


def one(seed: int, sample: object) -> tuple[str, int, Counter[str]]:
    """Run one seed; gives what broke (nothing where all held), the hash of its course, and what went wrong in it."""
    from tests.faults.simulation import Sample, Simulation

    assert isinstance(sample, Sample)
    simulation = Simulation(sample, seed)
    try:
        simulation.run()
    except Exception as failure:
        said = f"{type(failure).__name__}: {failure}\n{traceback.format_exc()}"
        return said, simulation.loop.trace, simulation.database.happened
    return "", simulation.loop.trace, simulation.database.happened


def sampled(directory: Path) -> object:
    """Make what all seeds of a process share."""
    import gc

    from service.bench.ground import prepare
    from service.bench.load import requests
    from service.cli import logs
    from tests.faults.simulated_store import engine
    from tests.faults.simulation import Sample, template

    logs.silence()
    gc.disable()
    file = directory / "template.db"
    asyncio.run(prepare(f"sqlite+aiosqlite:///{file}", SENDER))
    sample = Sample(engine(), template(file), list(requests(24, 1, SENDER)), datetime.now(UTC))
    # the first connection of a process asks more than the others: no seed may depend on being the first
    one(0, sample)
    return sample


def part(first: int, count: int) -> int:
    """Run seeds in this process; a line for each failure, and how many there were."""
    failed, happened = 0, Counter[str]()
    with tempfile.TemporaryDirectory() as directory:
        sample = sampled(Path(directory))
        for seed in range(first, first + count):
            problem, trace, found = one(seed, sample)
            happened += found
            if problem:
                failed += 1
                print(f"seed {seed} failed: {problem.splitlines()[0]}")
                if count == 1:
                    print(problem)
            elif count == 1:
                print(f"seed {seed} held, course {trace & 0xFFFFFFFF:08x}")
    print(f"happened {json.dumps(happened)}")
    return failed


def _in_process(first: int, count: int) -> tuple[int, str]:
    command = [sys.executable, "-m", "tests.faults.simulate", "--part", str(first), str(count)]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", check=False, env={**os.environ, "PYTHONHASHSEED": "0"}
    )
    if done.returncode not in {0, 1}:
        return count, f"seeds from {first}: {done.stderr[-2000:]}"
    return count, done.stdout


def many(count: int, first: int) -> int:
    """Run many seeds on all processors with a progress display; gives how many failed."""
    console = Console(stderr=True, highlight=False)
    began = time.monotonic()
    columns = (TextColumn("seeds"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    failures: list[str] = []
    happened: Counter[str] = Counter()
    with (
        Progress(*columns, console=console, disable=not console.is_terminal) as progress,
        ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool,
    ):
        bar = progress.add_task("", total=count)
        parts = [
            pool.submit(_in_process, start, min(PART, first + count - start))
            for start in range(first, first + count, PART)
        ]
        for finished in as_completed(parts):
            ran, said = finished.result()
            progress.advance(bar, ran)
            for line in said.splitlines():
                if line.startswith("happened"):
                    happened += Counter(json.loads(line.partition(" ")[2]))
                else:
                    failures.append(line)
                    console.print(line)
    seeds = [line for line in failures if line.startswith("seed")]
    print("went wrong: " + ", ".join(f"{number} {name}" for name, number in sorted(happened.items())))
    print(f"{count} seeds in {time.monotonic() - began:.0f} s, {len(seeds)} failed")
    if seeds:
        again = seeds[0].split()[1]
        print(f"Again, with its traceback:  make simulate ARGS='--seed {again}'")
    return len(seeds)


def main(arguments: list[str]) -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="make simulate", description="Simulate the core with seeded faults.")
    parser.add_argument("--seeds", type=int, default=300, help="how many (300)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--seed", type=int, help="run this one alone and show its traceback")
    parser.add_argument("--part", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.part:
        code = int(part(*options.part) > 0)
        sys.stdout.flush()
        os._exit(code)
    if options.seed is not None:
        _, said = _in_process(options.seed, 1)
        print(said, end="")
        return "failed" in said
    return bool(many(options.seeds, options.first))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
