"""The cache's two names: a step with a cache equals reading everything again, and no version's warning is heard."""

import warnings

import pytest
import torch

from fmcourse.models import cached
from tests.harness import tiny


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
@torch.no_grad()
def test_reading_on_equals_reading_again(kind):
    model, ids = tiny.decoder(kind), torch.tensor([[1, 7, 11, 13, 17], [1, 19, 23, 29, 31]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out, past = cached.step(model, None, input_ids=ids[:, :3])
        for at in range(3, 5):
            out, past = cached.step(model, past, input_ids=ids[:, at : at + 1])
    assert torch.allclose(out.logits[:, -1], model(input_ids=ids).logits[:, -1], atol=1e-5)


@torch.no_grad()
def test_a_decoder_with_an_encoder():
    model, ids = tiny.encoder_decoder("t5"), torch.tensor([[5, 7, 11]])
    memory = model.get_encoder()(torch.tensor([[3, 5, 2]]))
    out, past = cached.step(model, None, encoder_outputs=memory, decoder_input_ids=ids[:, :2])
    out, past = cached.step(model, past, encoder_outputs=memory, decoder_input_ids=ids[:, 2:])
    whole = model(encoder_outputs=memory, decoder_input_ids=ids).logits
    rounding = 1e-6 * float(whole.abs().max())  # this T5's logits reach 50, where float32 is exact to 4e-6
    assert torch.allclose(out.logits[:, -1], whole[:, -1], atol=rounding)


@pytest.mark.parametrize("name", cached.NAMES)
def test_the_name_that_a_version_returns_is_the_name_it_is_given(name):
    """Both names, also of the version that is not installed here."""
    given = []

    def model(input_ids, use_cache, **past):
        given.append(past)
        return {"logits": input_ids, name: f"after {input_ids}"}  # ModelOutput itself would take the newer name

    _, past = cached.step(model, None, input_ids="a")
    cached.step(model, past, input_ids="b")
    assert given == [{}, {name: "after a"}]
