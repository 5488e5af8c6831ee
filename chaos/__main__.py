"""``python -m chaos``: injects faults into a hub of its own, and reports."""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import signal
import sys

from chaos.campaign import Campaign, plan
from chaos.kinds import KINDS
from chaos.ledger import Ledger
from chaos.world import new_home, running_world

LONG_CAMPAIGN = 200
"""From this many faults on, outages may last up to a minute."""


def main() -> int:
    """Run a campaign; the exit status is 1 if a promise was broken."""
    arguments = _arguments()
    kinds = [KINDS[name] for name in arguments.only or KINDS]
    # So that the hub is stopped, whoever ends the campaign.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rounds = plan(kinds, arguments.faults, arguments.seed)
    _tell(f"Seed {arguments.seed}: {arguments.faults} faults in {len(rounds)} rounds.")
    home, ledger = new_home(), Ledger()
    longest_stop = 60 if arguments.faults >= LONG_CAMPAIGN else 8
    with running_world(home, ledger, longest_stop, arguments.pause) as world:
        campaign = Campaign(world, ledger, seed=arguments.seed, seconds=arguments.minutes * 60, tell=_tell)
        report = campaign.run(rounds)
    print(json.dumps(report.as_data()) if arguments.json else "\n" + report.as_text())
    if report.violations:
        _tell(f"The hub's state and logs stay in {home}.")
        return 1
    shutil.rmtree(home, ignore_errors=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=30, help="how many faults to inject")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31), help="repeats an earlier campaign")
    parser.add_argument("--minutes", type=float, default=1e6, help="stop after this many, whatever is left to inject")
    parser.add_argument("--pause", type=float, default=0.02, help="seconds between two events of a device")
    parser.add_argument("--only", action="append", choices=sorted(KINDS), metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser.parse_args()


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
