"""`python -m tests.workflow.random_runs --seeds N`: plays N random runs and says which promises were broken."""

import argparse
import os
import sys
import time
from collections import Counter

from tests.workflow.random_runs.fleet import Report, run_seeds


def main() -> int:
    options = _parser().parse_args()
    began, broken = time.monotonic(), list[Report]()
    statuses: Counter[str] = Counter()
    struck = Counter({"faults of DRS": 0, "deaths": 0, "second deliveries": 0})
    seeds = options.only or range(options.first, options.first + options.seeds)
    for report in run_seeds(seeds, processes=min(options.jobs, len(seeds))):
        statuses.update(report.statuses)
        struck.update(report.struck)
        if report.violations:
            broken.append(report)
            _print(report, verbose=options.verbose)
        elif options.verbose:
            print(f"seed {report.seed}: {', '.join(report.statuses)} in {report.seconds:.1f} s", flush=True)
    print(f"\nWhat went wrong on purpose: {', '.join(f'{count} {name}' for name, count in struck.items())}.")
    _sum_up(broken, len(seeds), statuses, time.monotonic() - began)
    return 1 if broken else 0


def _print(report: Report, *, verbose: bool) -> None:
    print(f"\nSEED {report.seed} broke {len(report.violations)} promises in {report.seconds:.1f} s:")
    for _, sentence in report.violations:
        print(f"  ✗ {sentence}")
    shown = report.details if verbose else [line for line in report.details if line[:3] != "   "]
    print("\n".join(shown), flush=True)


def _sum_up(broken: list[Report], seeds: int, statuses: Counter[str], seconds: float) -> None:
    print(f"{seeds} seeds, {statuses.total()} executions in {seconds:.0f} s: {dict(statuses.most_common())}")
    kinds: dict[str, list[Report]] = {}
    for report in broken:
        for promise in {promise for promise, _ in report.violations}:
            kinds.setdefault(promise, []).append(report)
    for promise, reports in sorted(kinds.items(), key=lambda entry: -len(entry[1])):
        smallest = min(reports, key=lambda report: len(report.details))
        print(f"  {promise}: {len(reports)} seeds, the shortest story is {smallest.seed}")
    print(f"{len(broken)} seeds broke a promise." if broken else "All promises were kept.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.workflow.random_runs", description=__doc__)
    parser.add_argument("--seeds", type=int, default=30, help="how many random runs (default: 30)")
    parser.add_argument("--first", type=int, default=1, metavar="S", help="the first seed (default: 1)")
    parser.add_argument("--only", type=int, nargs="+", metavar="S", help="these seeds and no others")
    cores = os.cpu_count() or 1
    parser.add_argument("--jobs", type=int, default=cores, metavar="J", help=f"processes at a time (default: {cores})")
    parser.add_argument("--verbose", action="store_true", help="print every seed, and all details of broken ones")
    return parser


if __name__ == "__main__":
    sys.exit(main())
