"""What a state of fixed size can hold (notebook 07): attention, linear attention, gated state space, asked to look up
and to tally."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import fixed_state
from fmcourse.studies.fixed_state import GRID, PAIRS, SEEDS, STEPS

TOLERANCE = 0.1  # of the look-ups; a short training
SHORT = 30  # steps of the row that is made again
PART = 150  # steps of the row that notebook 07 makes again


def plan(rows: list[dict]) -> Iterator[dict]:
    yield {"mix": "attention", "state": 8, "seed": SEEDS[0], "steps": SHORT}
    yield {"mix": "linear attention", "state": 8, "seed": SEEDS[0], "steps": PART}
    for mix, states in GRID.items():
        for state in states:
            for seed in SEEDS:
                yield {"mix": mix, "state": state, "seed": seed, "steps": STEPS}


def make(mix: str, state: int, seed: int, steps: int) -> list[dict]:
    return fixed_state.trial(mix, state, seed, steps)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """A few steps again; a whole training takes a quarter of a minute."""
    key = {"mix": "attention", "state": 8, "seed": SEEDS[0], "steps": SHORT, "pairs": PAIRS[0]}
    then = row_of(rows, **key)
    now = row_of(make("attention", 8, SEEDS[0], SHORT), pairs=PAIRS[0])
    yield "look-ups after a few steps", then["look-up"], now["look-up"]
