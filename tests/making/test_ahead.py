"""Batches that other processes make ahead are the same, in the same order, from any step on."""

import pytest
import torch

from fmcourse.making.ahead import Steps, ahead
from fmcourse.making.pretrain import main
from fmcourse.making.scenes import SPECS


def batch(step: int) -> dict[str, torch.Tensor]:
    drawn = torch.rand(3, 2, generator=torch.Generator().manual_seed(step))
    return {"step": torch.tensor(step), "drawn": drawn}


@pytest.mark.parametrize("first", [0, 5])
def test_other_processes_make_the_same_batches_in_order(first):
    ready = ahead(batch, 40, workers=2)
    for step in range(first, 40):
        made, own = ready(step), batch(step)
        assert all(torch.equal(made[key], own[key]) for key in own)


def test_a_drawers_batches_are_the_same():
    learner = SPECS["scene-voxels"].learner
    ready = ahead(lambda step: learner.batch(None, 0, step, 2), 3, workers=2)
    for step in range(3):
        made, own = ready(step), learner.batch(None, 0, step, 2)
        assert made.keys() == own.keys() and all(torch.equal(made[key], own[key]) for key in own)


def test_none_ahead_is_the_batch_itself():
    assert ahead(batch, 4, workers=0) is batch


def test_a_step_out_of_order_is_refused():
    ready = ahead(batch, 9, workers=1)
    ready(2)
    with pytest.raises(ValueError, match="step 5 was asked for, but 3 is next"):
        ready(5)


def test_steps_are_counted_from_the_first():
    steps = Steps(batch, 3, 7)
    assert len(steps) == 4 and steps[1]["step"] == 4


def test_texts_need_no_workers(capsys):
    assert main("world-gpt", workers=2) == 2
    assert "need none" in capsys.readouterr().err
