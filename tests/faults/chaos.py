"""`make chaos`: run a campaign against private servers, show it while it runs, end with one JSON object.

    python -m tests.faults.chaos --messages 20000 --kills 50 --seconds 400 --seed 1

Exit: 0 nothing lost and nothing twice, 1 otherwise, 2 where the servers cannot be had, 130 where ended from outside.
"""

import argparse
import asyncio
import json
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from service.bench.load import draw_sender
from service.cli import logs
from tests.faults.campaign import Campaign, Plan, Result, sized
from tests.faults.cluster import Cluster
from tests.faults.ground import INTERRUPTED, BrokerNode, UnavailableError, broken_ground, ending_in_order


def asked(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="make chaos", description="Break the running system; prove that nothing is lost."
    )
    parser.add_argument("--messages", type=int, default=2000, help="numbered requests (2000)")
    parser.add_argument("--kills", type=int, default=10, help="kill -9 of an instance (10)")
    parser.add_argument("--seconds", type=float, help="over how long; a second for each 50 messages where not given")
    parser.add_argument("--seed", type=int, help="draw the same moments and messages again")
    parser.add_argument("--cluster", action="store_true", help="three nodes; a broker restart kills the inbox's leader")
    parser.add_argument("--keep", type=Path, help="keep the logs in this directory")
    return parser.parse_args(arguments)


@contextmanager
def shown(plan: Plan, console: Console) -> Iterator[Progress]:
    """Show two bars on a terminal: confirmed, and answered."""
    columns = (TextColumn("{task.description:10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        progress.add_task("confirmed", total=plan.messages)
        progress.add_task("answered", total=plan.messages)
        yield progress


async def _follow(campaign: Campaign, progress: Progress) -> None:
    while True:
        progress.update(progress.task_ids[0], completed=len(campaign.publisher.confirmed))
        progress.update(progress.task_ids[1], completed=len(campaign.answers.ids))
        await asyncio.sleep(0.2)


async def run(plan: Plan, directory: Path, console: Console, node: type[BrokerNode] = BrokerNode) -> Result:
    """Run one campaign in a directory of its own. Raises UnavailableError."""
    loop = asyncio.get_running_loop()
    async with broken_ground(directory, draw_sender(), node) as ground:
        began = loop.time()
        campaign = Campaign(plan, ground, lambda what: console.print(f"{loop.time() - began:7.1f} s  {what}"))
        with shown(plan, console) as progress:
            following = asyncio.create_task(_follow(campaign, progress))
            try:
                result = await campaign.run()
            finally:
                following.cancel()
        ended = [code for instance in campaign.instances for code in instance.ended_by_itself]
        console.print(
            f"{campaign.publisher.published} published, {campaign.answers.repeated} answers came again, "
            f"{campaign.replayed} innocents replayed, ends by itself: {ended or 'none'}"
        )
        return result


def main(arguments: list[str]) -> int:
    """Do what the command line says; gives the exit code."""
    options = asked(arguments)
    seed = options.seed if options.seed is not None else secrets.randbelow(10**6)
    plan = sized(options.messages, options.kills, options.seconds, seed)
    console = Console(stderr=True, highlight=False)
    console.print(str(plan))
    logs.silence()
    with tempfile.TemporaryDirectory(prefix="cpas-onem-chaos-", ignore_cleanup_errors=True) as temporary:
        directory = (options.keep or Path(temporary)).resolve()
        directory.mkdir(parents=True, exist_ok=True)
        try:
            with ending_in_order():
                result = asyncio.run(run(plan, directory, console, Cluster if options.cluster else BrokerNode))
        except UnavailableError as missing:
            console.print(str(missing))
            return 2
        except KeyboardInterrupt:
            return INTERRUPTED
    print(json.dumps(asdict(result)), flush=True)
    return 0 if result.holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
