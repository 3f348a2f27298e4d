"""Fewer steps by distillation: a student learns to do in one step what its teacher does in two.

    students = distil(network, form, rounds=(8, 4, 2, 1))     # a network for 8 steps, for 4, for 2 and for 1

Each student begins as a copy of its teacher and becomes the teacher of the next round. The first teacher is asked with
guidance, so that its students need no guidance any more: one look of the network a step, not two.
Sources: Salimans and Ho 2022, "Progressive distillation for fast sampling of diffusion models"; Meng and others 2023,
"On distillation of guided diffusion models".

But: a student knows only the times of its own steps; asked for another number of steps it is lost.
"""

import copy
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn

from fmcourse.generation.drawing import guided
from fmcourse.generation.flow import mixed, velocity
from fmcourse.generation.forms import Form
from fmcourse.generation.schedules import flow_times
from fmcourse.models.patch_transformer import PatchTransformer
from fmcourse.training.fit import Recipe, fit


def two_steps(teacher: PatchTransformer, x: Tensor, times: Tensor, words: Tensor, guidance: float) -> Tensor:
    """Where two Euler steps of the teacher lead: x (B, P, V), times (3, B) now, halfway and then -> (B, P, V)."""
    for now, later in zip(times[:-1], times[1:], strict=True):
        move = velocity(x, guided(teacher, x, now, words, guidance), now)
        x = x + (later - now)[:, None, None] * move
    return x


class Halving(nn.Module):
    """A student with its loss, as `fit` wants it: `forward(**batch).loss`. The teacher stands outside and stays.

    `moved` is how far the form's times are moved towards noise.
    """

    def __init__(self, student: PatchTransformer, teacher: PatchTransformer, steps: int, guidance: float, moved: float):
        super().__init__()
        self.student, self.steps, self.guidance = student, steps, guidance
        self._teacher = [teacher]  # in a list, so that it is no part of what is trained
        self.line = flow_times(2 * steps, moved)

    def forward(self, patches: Tensor, noise: Tensor, which: Tensor, words: Tensor) -> SimpleNamespace:
        """`which` (B,): the number of each example's step, from 0. The loss is that of the velocity."""
        times = torch.stack([self.line.to(patches.device)[2 * which + i] for i in range(3)])
        now, _, later = times
        x = mixed(patches, noise, now)
        with torch.no_grad():
            there = two_steps(self._teacher[0], x, times, words, self.guidance)
            wanted = (there - x) / (later - now)[:, None, None]
        found = velocity(x, self.student(x, now, words), now)
        return SimpleNamespace(loss=(found - wanted).square().mean())


def distil(
    teacher: PatchTransformer,
    form: Form,
    rounds: Sequence[int] = (8, 4, 2, 1),
    *,
    guidance: float = 2.0,
    steps: int = 250,
    rows: int = 64,
    seed: int = 0,
    progress: bool = True,
    on_round: Callable[[int, PatchTransformer], None] | None = None,
) -> dict[int, PatchTransformer]:
    """A student for each number of sampling steps in `rounds`, each half of the one before.

    Every round is `steps` training steps of `rows` fresh examples. `on_round(steps, student)` sees each as it is ready.
    Raises ValueError for rounds that do not halve.
    """
    if any(2 * later != before for before, later in zip(rounds[:-1], rounds[1:], strict=True)):
        raise ValueError(f"each round must have half the steps of the one before, not {tuple(rounds)}.")
    students: dict[int, PatchTransformer] = {}
    for number, few in enumerate(rounds):
        student = copy.deepcopy(teacher)
        halving = Halving(student, teacher.eval(), few, guidance if number == 0 else 1.0, form.settled)

        def batch(step: int, few: int = few, number: int = number) -> dict[str, Tensor]:
            rng = np.random.default_rng([seed, number, step])
            generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
            patches, words = form.batch(rng, rows)
            noise = torch.randn(patches.shape, generator=generator)
            which = torch.randint(few, (rows,), generator=generator)
            return {"patches": patches, "noise": noise, "which": which, "words": words}

        fit(halving, batch, Recipe(steps, lr=0.004, lr_adam=0.0006, warmup=20, seed=seed), progress=progress)
        students[few] = teacher = student
        if on_round:
            on_round(few, student)
    return students
