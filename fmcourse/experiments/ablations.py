"""What each part of a transformer is worth (notebook 07): every variant at its best rate, five seeds, two texts."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import ablations
from fmcourse.studies.ablations import RATES, SEEDS, TEXTS, TUNING_SEED, VARIANTS

TOLERANCE = 0.02  # nats of excess loss


def plan(rows: list[dict]) -> Iterator[dict]:
    for text in TEXTS:
        for variant in VARIANTS:
            mine = [r for r in rows if r["text"] == text and r["variant"] == variant and keep(r)]
            if len(mine) < SEEDS:
                for rate in RATES:
                    yield {"text": text, "variant": variant, "rate": rate, "seed": TUNING_SEED}
            tried = [r for r in rows if r["text"] == text and r["variant"] == variant and not keep(r)]
            best = mine[0]["rate"] if mine else min(tried, key=lambda r: r["excess"])["rate"]
            for seed in range(SEEDS):
                yield {"text": text, "variant": variant, "rate": best, "seed": seed}


def make(text: str, variant: str, rate: float, seed: int) -> dict:
    return ablations.trial(text, variant, rate, seed)


def keep(row: dict) -> bool:
    return row["seed"] != TUNING_SEED


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    then = row_of(rows, text="facts", variant="everything", seed=1)
    now = make("facts", "everything", then["rate"], 1)
    yield "everything, facts, seed 1, excess", then["excess"], now["excess"]
