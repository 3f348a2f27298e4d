"""`python -m benchmarks`: measure, print the tables, and keep the numbers in `build/benchmarks.json`.

    python -m benchmarks                      everything: tune, race over 5 seeds, costs
    python -m benchmarks --parts race costs   with the settings that an earlier `--parts grid` chose
    python -m benchmarks --write              also renew the tables in benchmarks/README.md

Parts that are not measured this time keep their numbers in the file.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch

from benchmarks import costs, race, table, task
from fmcourse.machine import machine
from fmcourse.paths import course_root

OUT = course_root() / "build" / "benchmarks.json"
EVERY = 10
TUNING_SEED = 1000  # its data and weights are not raced
# for each side: the rates at the first number of steps, then the other numbers of steps at the best rates
GRID = {
    "ours": {"rates": ((0.02, 0.006), (0.01, 0.02), (0.02, 0.02)), "steps": (140, 160)},
    "Trainer, AdamW": {"rates": ((0.004,), (0.001,), (0.002,)), "steps": (400, 320)},
}
LIMIT = 30.0  # processor seconds after which a run is given up


def tune(grid: dict[str, dict], every: int) -> list[dict]:
    """Try the grid on the tuning seed: all rates first, then the other numbers of steps at the best of them.

    A run is given up when it has used more than the best run of its side so far: it cannot win any more.
    """
    batches = task.batches(TUNING_SEED, max(max(g["steps"]) for g in grid.values()))
    tried: list[dict] = []
    for side, space in grid.items():
        best = LIMIT
        for rates, steps in [(r, space["steps"][0]) for r in space["rates"]] + [(None, n) for n in space["steps"][1:]]:
            run = one(side, TUNING_SEED, steps, rates or table.choose(tried, side)[0], batches, every, best)
            best = min(best, run["cpu_seconds"]) if run["reached"] else best
            tried.append(run)
    return tried


def one(side: str, seed: int, steps: int, rates: tuple, batches: list, every: int, limit: float = LIMIT) -> dict:
    """One training of one side, with a line on the screen."""
    run = asdict(race.SIDES[side](seed, steps, rates, batches, every, limit))
    score = run["score"]
    outcome = "reached" if run["reached"] else f"facts {score['facts']:.2f}, lists {score['recognition']:.2f}"
    print(
        f"  {side}, seed {seed}, rates {rates}, {steps} steps: {outcome} after {run['step']} steps, "
        f"{run['cpu_seconds']:.1f} s of the processor, {run['seconds']:.1f} s of the wall",
        flush=True,
    )
    return run


def compete(chosen: dict[str, tuple], seeds: int, every: int, minutes: float) -> Iterator[dict]:
    """Both sides in turn on each seed, so that a busy minute meets both; after `minutes` no other seed is begun."""
    began = time.monotonic()
    for seed in range(seeds):
        if time.monotonic() - began > 60 * minutes:
            print(f"  {minutes:g} minutes are over; {seed} of {seeds} seeds were raced.", flush=True)
            break
        batches = task.batches(seed, max(steps for _, steps in chosen.values()))
        for side, (rates, steps) in chosen.items():
            yield one(side, seed, steps, rates, batches, every)


def measured_costs(steps: int) -> dict:
    """Everything besides the race."""
    return {
        "pretraining": costs.pretraining_speed(steps),
        "import_seconds": costs.import_seconds(),
        "kernel_mb": costs.kernel_mb(),
        "setup_seconds": costs.setup_seconds(),
        "notebooks": costs.notebook_seconds(),
    }


def main(arguments: list[str] | None = None) -> int:
    """The command; 2 when a race has no settings to run with."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Speed, memory, and time to a target.")
    parser.add_argument("--parts", nargs="+", choices=("grid", "race", "costs"), default=["grid", "race", "costs"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=30, help="begin no other seed of the race after so long")
    parser.add_argument("--quick", action="store_true", help="a few steps of everything, to see that it runs")
    parser.add_argument("--write", action="store_true", help="renew the tables in benchmarks/README.md")
    parser.add_argument("--out", type=Path, help="where the numbers go (build/benchmarks.json)")
    asked = parser.parse_args(arguments)
    asked.out = asked.out or (OUT.with_name("benchmarks-quick.json") if asked.quick else OUT)
    grid, every, seeds = GRID, EVERY, asked.seeds
    if asked.quick:
        grid, every, seeds = {side: {"rates": g["rates"][:1], "steps": (4,)} for side, g in GRID.items()}, 2, 1

    found = json.loads(asked.out.read_text(encoding="utf-8")) if asked.out.is_file() else {}
    found.update(machine=machine(), threads=torch.get_num_threads())
    if "grid" in asked.parts:
        print("Tuning:", flush=True)
        found["grid"] = tune(grid, every)
        keep(found, asked.out)
    if "race" in asked.parts:
        if not found.get("grid"):
            print(f"no settings are in {asked.out}; measure with `--parts grid race` first.", file=sys.stderr)
            return 2
        print("The race:", flush=True)
        chosen, found["race"] = {side: table.choose(found["grid"], side) for side in grid}, []
        for run in compete(chosen, seeds, every, asked.minutes):
            found["race"].append(run)
            keep(found, asked.out)
    if "costs" in asked.parts:
        found["costs"] = measured_costs(4 if asked.quick else 12)
        keep(found, asked.out)
    print("\n" + table.as_markdown(found))
    if asked.write:
        table.write(found, course_root() / "benchmarks" / "README.md")
    return 0


def keep(found: dict, out: Path) -> None:
    """Write what is known so far, so that an interruption costs one part only."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
