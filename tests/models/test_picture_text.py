"""Two towers, captioner, answerer: shapes, padding, causality, what a depth of 0 cannot know, and a round trip."""

import pytest
import torch

from fmcourse.models.attention import Cache
from fmcourse.models.picture_text import (
    MODELS,
    Answerer,
    Captioner,
    PictureTextShape,
    TwoTowers,
    from_config,
)
from fmcourse.models.vit import ViTShape
from fmcourse.training.muon import optimisers

SIGHT = ViTShape(side=14, patch=7, width=15, depth=2, heads=3)


def model(kind, depth=2, **options):
    torch.manual_seed(0)
    made = kind(PictureTextShape(words=11, longest=7, depth=depth, out=5, picture=SIGHT), **options)
    with torch.no_grad():
        for p in made.parameters():
            p += 0.1 * torch.randn_like(p)
    return made.eval()


def ids(*rows):
    return torch.tensor([row + (0,) * (7 - len(row)) for row in rows])


WORDS = ids((3, 4, 5), (1, 2, 3, 4, 5, 6, 7), (9,))
PICTURES = torch.rand(3, 3, 14, 14, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def test_towers_give_unit_vectors_and_a_table():
    towers = model(TwoTowers)
    seen, read = towers.pictures(PICTURES), towers.texts(WORDS)
    assert seen.shape == read.shape == (3, 5)
    assert torch.allclose(seen.norm(dim=1), torch.ones(3), atol=1e-6)
    assert torch.allclose(read.norm(dim=1), torch.ones(3), atol=1e-6)
    table = towers(PICTURES[:2], WORDS)
    assert table.shape == (2, 3)
    assert torch.allclose(table[1, 2], towers.scale.exp() * seen[1] @ read[2] + towers.shift, atol=1e-5)


@torch.no_grad()
def test_the_scale_never_passes_a_hundred():
    towers = model(TwoTowers)
    towers.scale.fill_(9.0)
    towers.shift.zero_()
    assert towers(PICTURES, WORDS).abs().max() <= 100 + 1e-3


@torch.no_grad()
def test_padding_does_not_matter():
    towers, answerer = model(TwoTowers), model(Answerer)
    assert torch.allclose(towers.texts(WORDS[:1]), towers.texts(WORDS[:1, :3]), atol=1e-6)
    assert torch.allclose(answerer(WORDS[:1], PICTURES[:1]), answerer(WORDS[:1, :3], PICTURES[:1]), atol=1e-6)


@torch.no_grad()
def test_a_depth_of_0_is_a_bag_of_words():
    bag, deep, one, other = model(TwoTowers, depth=0), model(TwoTowers), ids((3, 4, 5, 4)), ids((4, 5, 4, 3))
    assert torch.allclose(bag.texts(one), bag.texts(other), atol=1e-6)
    assert not torch.allclose(deep.texts(one), deep.texts(other), atol=1e-3)


@torch.no_grad()
def test_a_captioner_reads_from_left_to_right_and_looks_at_its_picture():
    captioner = model(Captioner)
    words = torch.tensor([[12, 3, 4, 5]] * 2)
    patches = captioner.vit(PICTURES[:2])
    logits = captioner(words, patches)
    assert logits.shape == (2, 4, 12) and captioner.start == 12
    changed = words.clone()
    changed[:, 3] = 9
    assert torch.allclose(captioner(changed, patches)[:, :3], logits[:, :3], atol=1e-6)
    assert (logits[0] - logits[1]).abs().max() > 1e-4
    cache = Cache()
    steps = [captioner(words[:, i : i + 1], patches, cache) for i in range(4)]
    assert torch.allclose(torch.cat(steps, 1), logits, atol=1e-5)


@torch.no_grad()
def test_an_answerer_looks_at_its_picture_or_answers_blind():
    answerer = model(Answerer)
    same = WORDS[:1].expand(3, -1)
    seeing, blind = answerer(same, PICTURES), answerer(same)
    assert seeing.shape == blind.shape == (3, 5)
    assert (seeing[0] - seeing[1]).abs().max() > 1e-4
    assert torch.allclose(blind[0], blind[1], atol=1e-6)


@pytest.mark.parametrize("kind", list(MODELS.values()))
def test_a_config_makes_the_same_network(kind):
    made = model(kind)
    again = from_config(made.config())
    assert type(again) is kind and again.config() == made.config()
    again.load_state_dict(made.state_dict())


@pytest.mark.parametrize("kind", list(MODELS.values()))
def test_edges_are_left_to_adamw(kind):
    made = model(kind)
    muon, _ = optimisers(made, 0.02, 0.002)
    names = {id(p): name for name, p in made.named_parameters()}
    hidden = {names[id(p)] for group in muon.param_groups for p in group["params"]}
    assert all(".blocks." in name and name.endswith("weight") for name in hidden) and len(hidden) >= 2 * 12


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="model_type is 'three-towers'; here it is one of two-towers, captioner"):
        from_config({"model_type": "three-towers"})
