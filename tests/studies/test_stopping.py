"""Watching a fine-tuning: a look before any step, and no step changes what was given."""

from fmcourse.models.loading import load
from fmcourse.studies import stopping
from fmcourse.tasks.label_tasks import tasks
from fmcourse.training.finetune import Recipe


def test_the_looks_begin_before_any_step_and_the_loss_falls():
    looks = stopping.watched(load("world-gpt", device="cpu"), tasks()["pets"], 32, 1, Recipe(rate=1e-3, steps=10))
    assert [x["step"] for x in looks] == [0, 10] and looks[1]["loss"] < looks[0]["loss"]
    assert all(0 <= x[k] <= 1 for x in looks for k in ("validation", "test", "fresh"))
