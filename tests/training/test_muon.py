"""Muon: singular values near one, batched equals one by one, and it takes matrices only."""

import pytest
import torch
from torch import nn

from fmcourse.training.muon import COEFFICIENTS, Muon, optimisers, orthogonalise


def reference(matrix: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """The same polynomial on singular values, by a float64 decomposition: what the iteration computes without it."""
    u, s, v = torch.linalg.svd(matrix.double(), full_matrices=False)
    s = s / matrix.double().norm()
    a, b, c = COEFFICIENTS
    for _ in range(steps):
        s = a * s + b * s**3 + c * s**5
    return u @ s.diag() @ v


@pytest.mark.parametrize("shape", [(13, 13), (7, 19), (19, 7)])
def test_equals_the_polynomial_on_singular_values(shape):
    rng = torch.Generator().manual_seed(3)
    batch = torch.randn(3, *shape, generator=rng)
    for one, together in zip(batch, orthogonalise(batch), strict=True):
        torch.testing.assert_close(together.double(), reference(one), atol=1e-3, rtol=0)


@pytest.mark.parametrize("shape", [(17, 19), (11, 31), (31, 11)])
def test_a_matrix_with_nearly_dead_directions_too(shape):
    """Products lose what is small; five orders of magnitude between the singular values must not show."""
    u, s, v = torch.linalg.svd(torch.randn(shape, generator=torch.Generator().manual_seed(4)), full_matrices=False)
    matrix = u @ torch.logspace(0, -5, len(s)).diag() @ v
    torch.testing.assert_close(orthogonalise(matrix[None])[0].double(), reference(matrix), atol=1e-3, rtol=0)


def test_singular_values_come_near_one():
    values = torch.linalg.svdvals(orthogonalise(torch.randn(5, 31, 47, generator=torch.Generator().manual_seed(0))))
    assert values.min() > 0.5 and values.max() < 1.3


def test_a_step_treats_a_matrix_and_its_transpose_alike():
    rng = torch.Generator().manual_seed(2)
    weight, gradient = torch.randn(7, 13, generator=rng), torch.randn(7, 13, generator=rng)
    steps = []
    for turned in (False, True):
        p = nn.Parameter(weight.T.clone() if turned else weight.clone())
        p.grad = gradient.T.clone() if turned else gradient.clone()
        Muon([p], lr=1.0).step()
        steps.append((p.detach().T if turned else p.detach()) - weight)
    scale = (13 / 7) ** 0.5  # taller matrices move further, see the source
    torch.testing.assert_close(steps[1], steps[0] * scale, atol=1e-5, rtol=1e-5)


def test_what_is_no_matrix_is_refused():
    with pytest.raises(ValueError, match="AdamW"):
        Muon([nn.Parameter(torch.zeros(3))])


def test_every_parameter_gets_exactly_one_optimiser():
    from transformers import LlamaConfig, LlamaForCausalLM

    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=31,
            hidden_size=8,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            tie_word_embeddings=True,
        )
    )
    muon, adam = optimisers(model, 0.02, 0.006)
    mine = [id(p) for o in (muon, adam) for g in o.param_groups for p in g["params"]]
    assert sorted(mine) == sorted(id(p) for p in model.parameters())
    assert id(model.model.embed_tokens.weight) in [id(p) for g in adam.param_groups for p in g["params"]]
