"""The long tail and its runs: the floor is that of the texts, nobody beats it, and a run repeats."""

import math

import pytest
import torch

from fmcourse.studies import scaling


def test_floor_is_the_entropy_of_what_is_drawn():
    tail = scaling.long_tail()
    assert float(tail.probability.sum()) == pytest.approx(1)
    assert tail.probability[tail.held].max() == 0
    drawn = tail.draw(40_000, torch.Generator().manual_seed(0))
    place = {tuple(row): i for i, row in enumerate(tail.ids.tolist())}
    assert len(place) == len(tail.ids)  # no text stands twice, or the floor would be wrong
    paid = -tail.probability[[place[tuple(row)] for row in drawn.tolist()]].log()
    error = float(paid.std()) / 200 / tail.tokens
    assert abs(float(paid.mean()) / tail.tokens - tail.floor) < 4 * error


def test_held_texts_are_a_quarter_of_the_second_form():
    tail = scaling.long_tail()
    assert not tail.held[: scaling.MOONS].any()
    assert 0.23 < tail.held[scaling.MOONS :].double().mean() < 0.27
    once = tail.probability[: scaling.MOONS] + tail.probability[scaling.MOONS :]
    ratio = once[0] / once[99]
    assert float(ratio) == pytest.approx(100**scaling.EXPONENT)


def test_a_perfect_reader_pays_the_floor_and_an_ignorant_one_much():
    tail = scaling.long_tail()

    class Reader(torch.nn.Module):
        """Knows every text and its probability: next-token probabilities are sums over the texts that agree so far."""

        def forward(self, input_ids):
            logits = torch.full((*input_ids.shape, len(scaling.WORDS)), -60.0)
            texts = tail.ids.tolist()
            sums: dict = {}
            for p, row in zip(tail.probability.tolist(), texts, strict=True):
                for i in range(1, len(row)):
                    sums[tuple(row[: i + 1])] = sums.get(tuple(row[: i + 1]), 0.0) + p
                    if i == 1:
                        sums[tuple(row[:1])] = sums.get(tuple(row[:1]), 0.0) + p
            for b, row in enumerate(input_ids.tolist()):
                for i in range(len(row)):
                    whole = sums.get(tuple(row[: i + 1]), 0.0)
                    for token in range(len(scaling.WORDS)) if whole else ():
                        part = sums.get((*row[: i + 1], token))
                        if part:
                            logits[b, i, token] = math.log(part / whole)
            return logits

    rows = tail.ids[[0, 5, 300]]
    logits = Reader()(rows[:, :-1])
    paid = -logits.log_softmax(-1).gather(-1, rows[:, 1:, None])[..., 0].sum(1).double()
    torch.testing.assert_close(paid, -tail.probability[[0, 5, 300]].log(), atol=1e-3, rtol=1e-4)


def test_an_untrained_model_is_far_above_the_floor_and_measured_exactly():
    found = scaling.measure(scaling.decoder(8))
    assert found["loss"] == pytest.approx(math.log(len(scaling.WORDS)), abs=0.1)
    assert found["excess"] == found["loss"] - found["floor"]
    assert found["exact"] < 0.01 and found["asked"] == scaling.QUIZ


@pytest.mark.parametrize("width", scaling.WIDTHS)
def test_parameters_are_counted(width):
    assert scaling.parameters(width) == sum(p.numel() for p in scaling.decoder(width).parameters())


def test_a_run_repeats_and_learns():
    once, again = (scaling.run("grid", 8, 20_000, 0.04, seed=3) for _ in range(2))
    assert once["loss"] == again["loss"] < 5
    assert once["flops"] == 6 * once["parameters"] * 20_000


def test_the_plan_covers_the_grid():
    tried = [(w, r) for w in scaling.WIDTHS for r in scaling.RATES]
    tuned = [{"kind": "tune", "width": w, "rate": r, "loss": abs(r - 0.02)} for w, r in tried]
    plan = list(scaling.planned(tuned))
    grid = {(p["width"], p["tokens"], p["seed"]) for p in plan if p["kind"] == "grid"}
    assert len(grid) == len(scaling.WIDTHS) * len(scaling.TOKENS) * scaling.SEEDS
    assert len(scaling.WIDTHS) >= 5 and len(scaling.TOKENS) >= 4
    assert all(p["rate"] == 0.02 for p in plan if p["kind"] != "tune")
    equal = [6 * scaling.parameters(p["width"]) * p["tokens"] for p in plan if p["kind"] == "equal compute"]
    assert max(equal) / min(equal) < 1.001
