"""Distillation: the target is where two steps lead, the teacher stays, and rounds halve."""

import copy

import pytest
import torch

from fmcourse.generation import FORMS
from fmcourse.generation.distilling import Halving, distil, two_steps
from fmcourse.generation.drawing import flow_from
from fmcourse.generation.schedules import flow_times
from fmcourse.training.muon import optimisers

FORM = FORMS["one thing"]


def network(seed=0):
    torch.manual_seed(seed)
    net = FORM.network(16, 1, 1)
    with torch.no_grad():
        for p in net.parameters():
            p += 0.1 * torch.randn_like(p)
    return net.eval()


@torch.no_grad()
def test_two_steps_are_two_steps_of_the_sampler():
    net, words = network(), FORM.encode(["a red ring", "a thing"])
    noise = torch.randn(2, FORM.patches, FORM.values)
    stops = []
    flow_from(net, noise, words, 4, 2.0, lambda step, clean: stops.append(clean))
    times = flow_times(4, FORM.settled)[:3, None].expand(3, 2)
    there = two_steps(net, noise, times, words, 2.0)
    third = flow_from(net, there, words, 4, 2.0)  # begins at time 1 again, so it is not the same as going on
    assert there.shape == noise.shape and not torch.allclose(third, there)
    x = noise + (times[1] - times[0])[:, None, None] * (noise - stops[0])
    assert torch.allclose(there, x + (times[2] - times[1])[:, None, None] * (x - stops[1]) / times[1, 0], atol=1e-5)


def test_a_student_that_gives_the_target_has_no_loss():
    """One step, whose end is the clean picture: the target is the teacher's second answer."""
    teacher, words = network(), FORM.encode(["a red ring"] * 3)
    patches, noise = torch.zeros(3, FORM.patches, FORM.values), torch.randn(3, FORM.patches, FORM.values)
    halving = Halving(copy.deepcopy(teacher), teacher, 1, 1.0, FORM.settled)
    with torch.no_grad():
        there = two_steps(teacher, noise, halving.line[:3, None].expand(3, 3), words, 1.0)
    halving.student.forward = lambda x, t, words: there
    assert halving(patches, noise, torch.zeros(3, dtype=torch.long), words).loss < 1e-8


def test_the_teacher_is_not_trained():
    teacher = network()
    halving = Halving(copy.deepcopy(teacher), teacher, 2, 1.0, FORM.settled)
    trained = {id(p) for o in optimisers(halving, 0.1, 0.1) for group in o.param_groups for p in group["params"]}
    assert trained and not trained & {id(p) for p in teacher.parameters()}
    before = copy.deepcopy(teacher.state_dict())
    students = distil(teacher, FORM, (2, 1), steps=2, rows=4, progress=False)
    assert list(students) == [2, 1]
    assert all(torch.equal(value, before[name]) for name, value in teacher.state_dict().items())
    assert not torch.equal(students[2].leave.weight, teacher.leave.weight)
    assert not torch.equal(students[1].leave.weight, students[2].leave.weight)


def test_rounds_that_do_not_halve():
    with pytest.raises(ValueError, match="half"):
        distil(network(), FORM, (4, 3))
