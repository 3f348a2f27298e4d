"""The ablation table's texts, losses and variants: what counts, what is left out, and that the limit is one."""

import pytest
import torch

from fmcourse import evidence
from fmcourse.experiments import ablations_longer
from fmcourse.studies import ablations
from fmcourse.studies.cloze import corpus_slots
from fmcourse.world.limits import limit


def test_copies():
    rows = ablations.copy_rows(11, torch.Generator().manual_seed(3))
    assert torch.equal(rows[:, :9], rows[:, 9:])
    assert len(rows[:, 1:9].unique()) == ablations.LETTERS
    assert ablations.counted("copy", rows[:, 1:]).sum() == 11 * ablations.ROW


class Oracle(torch.nn.Module):
    """Knows the table of every beginning of every fact, or looks nine places back: the best possible reader."""

    def __init__(self, corpus=None):
        super().__init__()
        self.corpus = corpus

    def forward(self, ids):
        if self.corpus is None:
            back = torch.cat([ids[:, :1].expand(-1, 8), ids], dim=1)[:, : ids.shape[1]]
            return 50.0 * torch.nn.functional.one_hot(back, ablations.LETTERS + 1)
        logits = torch.full((*ids.shape, len(self.corpus.vocabulary)), -50.0)
        for row in range(len(ids)):
            for at in range(ids.shape[1]):
                same = (self.corpus.ids[:, : at + 1] == ids[row, : at + 1]).all(-1)
                after = self.corpus.ids[same, at + 1].bincount(minlength=logits.shape[-1]).float()
                logits[row, at] = (after / after.sum()).clamp(min=1e-20).log()
        return logits


def test_nothing_beats_the_limit():
    """The best reader's excess is zero on both texts, and an untrained model's is large."""
    corpus = ablations.facts()
    assert ablations.excess(Oracle(), "copy") == pytest.approx(0, abs=1e-6)
    assert ablations.excess(Oracle(corpus), "facts", corpus) == pytest.approx(0, abs=1e-5)
    assert limit(corpus_slots(corpus, "left")) > 0.5
    for text, words in (("facts", len(corpus.vocabulary)), ("copy", ablations.LETTERS + 1)):
        assert ablations.excess(ablations.build(words, "everything", 0), text, corpus) > 2


def test_variants_leave_out_what_they_say():
    names = {v: [n for n, _ in ablations.build(19, v, 0).named_parameters()] for v in ablations.VARIANTS}
    assert not any("feed_forward" in n for n in names["no feed-forward"])
    assert not any("norm" in n for n in names["no norm"])
    assert not any("blocks.1" in n for n in names["one layer"])
    ids = torch.arange(7)[None]
    other = ids.clone()
    other[0, 0] = 9
    moved = {
        v: float((ablations.build(19, v, 0)(ids) - ablations.build(19, v, 0)(other))[0, 1:].detach().abs().max())
        for v in ablations.VARIANTS
    }
    assert [v for v, gap in moved.items() if gap == 0] == ["no attention"]
    assert ablations.build(19, "no positions", 0).stack.rotary is None
    assert not any(m.add for m in ablations.build(19, "no residuals", 0).modules() if hasattr(m, "add"))


def test_training_is_repeatable_and_learns():
    a, b = (ablations.train("copy", "everything", 0.03, seed=1, steps=7)[0] for _ in range(2))
    assert all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))
    losses = []
    ablations.train("facts", "everything", 0.03, seed=1, steps=17, on_step=lambda _, loss: losses.append(loss))
    assert losses[-1] < losses[0] - 1


def test_the_longer_budget_begins_at_the_recorded_rates_and_keeps_what_does_not_fall_apart():
    best = {(r["text"], r["variant"]): r["rate"] for r in evidence.recorded("ablations")["rows"]}
    assert {cell: best[cell] for cell in ablations_longer.RATES} == ablations_longer.RATES
    rows: list[dict] = []
    for settings in ablations_longer.plan(rows):
        apart = settings["rate"] == best[settings["text"], settings["variant"]]
        rows.append(settings | {"excess": float("nan") if apart else 0.1})
    kept = {(r["text"], r["variant"], r["rate"]) for r in rows if r["seed"] in ablations_longer.SEEDS}
    assert kept == {(text, variant, rate / 2) for (text, variant), rate in ablations_longer.RATES.items()}
