"""What each part of a transformer is worth (notebook 07): every variant at its best rate, eight seeds, two texts."""

import math
from collections.abc import Iterator

from fmcourse.experiments.runner import mean, row_of
from fmcourse.studies import ablations
from fmcourse.studies.ablations import RATES, SEEDS, TEXTS, TUNING_SEEDS, VARIANTS

TOLERANCE = 0.02  # nats of excess loss


def plan(rows: list[dict]) -> Iterator[dict]:
    for text in TEXTS:
        for variant in VARIANTS:
            mine = [r for r in rows if r["text"] == text and r["variant"] == variant and keep(r)]
            if len(mine) < len(SEEDS):
                for rate in RATES:
                    for seed in TUNING_SEEDS:
                        yield {"text": text, "variant": variant, "rate": rate, "seed": seed}
            tried = [r for r in rows if r["text"] == text and r["variant"] == variant and not keep(r)]
            by_rate = {rate: mean(r["excess"] for r in tried if r["rate"] == rate) for rate in RATES if tried}
            finite = {rate: value for rate, value in by_rate.items() if value < math.inf}  # some trainings fall apart
            best = mine[0]["rate"] if mine else min(finite, key=finite.__getitem__)
            for seed in SEEDS:
                yield {"text": text, "variant": variant, "rate": best, "seed": seed}


def make(text: str, variant: str, rate: float, seed: int) -> dict:
    return ablations.trial(text, variant, rate, seed)


def keep(row: dict) -> bool:
    return row["seed"] not in TUNING_SEEDS


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    then = row_of(rows, text="facts", variant="everything", seed=SEEDS[0])
    now = make("facts", "everything", then["rate"], SEEDS[0])
    yield "everything, facts, first seed, excess", then["excess"], now["excess"]
