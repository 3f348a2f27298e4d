"""What a state of fixed size can hold (notebook 07): attention, linear attention, gated state space, asked to look up
and to tally."""

from collections.abc import Iterator

from fmcourse.experiments.runner import mean, row_of
from fmcourse.studies import fixed_state
from fmcourse.studies.fixed_state import GRID, PAIRS, RATES, SEEDS, STEPS, TUNING_SEED

TOLERANCE = 0.1  # of the look-ups; a short training
SHORT = 30  # steps of the row that is made again


def plan(rows: list[dict]) -> Iterator[dict]:
    yield {"mix": "attention", "state": 8, "rate": RATES[0], "seed": SEEDS[0], "steps": SHORT}
    for mix, states in GRID.items():
        for state in states:
            done = [r["rate"] for r in _of(rows, mix, state) if keep(r)]
            if len(done) < len(SEEDS) * len(PAIRS):
                for rate in RATES:
                    yield {"mix": mix, "state": state, "rate": rate, "seed": TUNING_SEED, "steps": STEPS}
            tried = [r for r in _of(rows, mix, state) if not keep(r)]
            right = lambda rate, tried=tried: mean(r["look-up"] + r["tally"] for r in tried if r["rate"] == rate)
            best = done[0] if done else max(RATES, key=right)
            for seed in SEEDS:
                yield {"mix": mix, "state": state, "rate": best, "seed": seed, "steps": STEPS}


def make(mix: str, state: int, rate: float, seed: int, steps: int) -> list[dict]:
    return fixed_state.trial(mix, state, rate, seed, steps)


def keep(row: dict) -> bool:
    return row["seed"] != TUNING_SEED


def _of(rows: list[dict], mix: str, state: int) -> list[dict]:
    return [r for r in rows if (r["mix"], r["state"], r["steps"]) == (mix, state, STEPS)]


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """A few steps again; a whole training takes a quarter of a minute."""
    key = {"mix": "attention", "state": 8, "seed": SEEDS[0], "steps": SHORT, "pairs": PAIRS[0]}
    then = row_of(rows, **key)
    now = row_of(make("attention", 8, then["rate"], SEEDS[0], SHORT), pairs=PAIRS[0])
    yield "look-ups after a few steps", then["look-up"], now["look-up"]
