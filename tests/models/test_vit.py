"""The vision transformer: the same vectors as that of `transformers`, patches in order, and what is refused."""

import pytest
import torch

from fmcourse.models.transformer import Trace
from fmcourse.models.vit import ViT, ViTShape, cut
from fmcourse.training.muon import optimisers


def theirs(**options):
    from transformers import ViTConfig, ViTModel

    torch.manual_seed(0)
    config = ViTConfig(
        hidden_size=15, num_hidden_layers=2, num_attention_heads=3, intermediate_size=19, image_size=21, patch_size=7,
        initializer_range=0.3, **options,
    )  # fmt: skip
    model = ViTModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():
        for p in model.parameters():
            p += 0.1 * torch.randn_like(p)
    return model


def test_it_equals_the_vit_of_transformers():
    model = theirs()
    ours, pictures = ViT.from_hf(model), torch.rand(5, 3, 21, 21)
    with torch.no_grad():
        wanted = model(pixel_values=2 * pictures - 1).last_hidden_state
        found = ours(pictures)
    assert found.shape == (5, 10, 15)
    assert torch.allclose(found, wanted, atol=1e-5)
    assert torch.equal(ours.whole(pictures), found[:, 0])


def test_another_kind_of_model_is_refused():
    with pytest.raises(ValueError, match="only those are built"):
        ViT.from_hf(theirs(qkv_bias=False))


def test_patches_are_cut_row_by_row():
    pictures = torch.rand(2, 3, 21, 21)
    patches = cut(pictures, 7)
    assert patches.shape == (2, 9, 147)
    assert torch.equal(patches[1, 5].view(3, 7, 7), pictures[1, :, 7:14, 14:21])


def test_a_hand_case_without_blocks():
    """No block: the mean of the normalised patches, each its own pixels and its place."""
    vit = ViT(ViTShape(side=6, patch=3, width=5, depth=0, heads=1))
    pictures = torch.rand(7, 3, 6, 6)
    x = cut(2 * pictures - 1, 3) @ vit.enter.weight[0].T + vit.enter.bias + vit.places.weight
    x = (x - x.mean(-1, keepdim=True)) / (x.var(-1, unbiased=False, keepdim=True) + 1e-6).sqrt()
    assert torch.allclose(vit.whole(pictures), x.mean(1), atol=1e-6)


def test_without_places_the_order_of_patches_would_not_matter():
    vit = ViT(ViTShape(side=10, patch=5, width=12, depth=2, heads=3))
    pictures = torch.rand(3, 3, 10, 10)
    turned = torch.cat([pictures[..., 5:], pictures[..., :5]], -1)
    with torch.no_grad():
        assert not torch.allclose(vit.whole(pictures), vit.whole(turned), atol=1e-6)
        vit.places.weight.zero_()
        assert torch.allclose(vit.whole(pictures), vit.whole(turned), atol=1e-6)


def test_no_picture_sees_another_and_a_trace_holds_the_attention():
    vit, trace = ViT(ViTShape(side=10, patch=5, width=12, depth=2, heads=3, class_token=True)), Trace()
    pictures = torch.rand(3, 3, 10, 10)
    with torch.no_grad():
        assert torch.allclose(vit(pictures, trace)[1:2], vit(pictures[1:2]), atol=1e-6)
    assert [a.shape for a in trace.attention] == [(3, 3, 5, 5)] * 2 and len(trace.hidden) == 3
    assert torch.allclose(trace.attention[0].sum(-1), torch.ones(3, 3, 5))


def test_the_first_layer_is_left_to_adamw():
    vit = ViT(ViTShape(width=12, heads=3))
    muon, _ = optimisers(vit, 0.02, 0.002)
    found = {id(p) for group in muon.param_groups for p in group["params"]}
    assert id(vit.blocks[0].attention.layer.query.weight) in found
    assert not found & {id(vit.enter.weight), id(vit.places.weight)}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ViTShape(side=32, patch=5), "patches of 5 pixels do not fill 32"),
        (lambda: ViTShape(width=10, heads=3), "cannot be shared evenly by 3 heads"),
        (lambda: ViT(ViTShape())(torch.rand(2, 3, 31, 32)), r"must be \(B, 3, 32, 32\); these are \(2, 3, 31, 32\)"),
        (lambda: ViT(ViTShape())(torch.rand(2, 32, 32, 3)), "must be"),
    ],
)
def test_errors_are_one_clear_sentence(make, words):
    with pytest.raises(ValueError, match=words):
        make()
