"""Distillation: the loss against torch's, its laws, and that a student follows its teacher."""

import pytest
import torch
from torch.nn import functional as F

from fmcourse.training import distill


def _random():
    g = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 13, (3, 7), generator=g)
    labels[0, :2] = -100
    return torch.randn(3, 7, 13, generator=g), torch.randn(3, 7, 13, generator=g), labels


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_soft_loss_equals_torch(temperature):
    student, teacher, labels = _random()
    asked = labels != -100
    theirs = F.cross_entropy(student[asked] / temperature, (teacher[asked] / temperature).softmax(-1))
    ours = distill.distill_loss(student, teacher, labels, temperature=temperature)
    torch.testing.assert_close(ours, theirs * temperature**2)


def test_soft_loss_is_lowest_at_the_teacher():
    student, teacher, labels = _random()
    own = distill.distill_loss(teacher, teacher, labels)
    assert distill.distill_loss(student, teacher, labels) > own
    teacher.requires_grad_(True)
    distill.distill_loss(teacher, teacher.detach(), labels).backward()
    assert teacher.grad.abs().max() < 1e-6


def test_the_mixture_is_a_mixture():
    student, teacher, labels = _random()
    soft, hard = (distill.distill_loss(student, teacher, labels, soft=s) for s in (1.0, 0.0))
    torch.testing.assert_close(distill.distill_loss(student, teacher, labels, soft=0.3), 0.3 * soft + 0.7 * hard)


def test_what_is_not_asked_counts_for_nothing():
    student, teacher, labels = _random()
    before = distill.distill_loss(student, teacher, labels)
    student[0, :2], teacher[0, :2] = 50.0, -50.0
    torch.testing.assert_close(distill.distill_loss(student, teacher, labels), before)
    with pytest.raises(ValueError, match="nothing"):
        distill.distill_loss(student, teacher, torch.full_like(labels, -100))


def test_students_begin_alike_and_repeat():
    from fmcourse.models import load
    from fmcourse.world import World

    teacher, tokenizer, _ = load("world-gpt", device="cpu")
    runs = [distill.train(World.default(), tokenizer, t, steps=2) for t in (teacher, teacher, None)]
    first, again, words = [torch.cat([p.flatten() for p in m.parameters()]) for m in runs]
    assert torch.equal(first, again) and not torch.equal(first, words)
