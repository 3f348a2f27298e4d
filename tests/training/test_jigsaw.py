"""Jigsaw: tiles go together again, the ceiling is arithmetic, borders give a puzzle away and a gap hides them."""

from itertools import permutations

import numpy as np
import pytest
import torch

from fmcourse.models.small_conv import SmallConv
from fmcourse.scenes import image, sample
from fmcourse.scenes.scene import PLACES
from fmcourse.training import jigsaw
from fmcourse.training.image_sets import textures


def gen(seed=0):
    return torch.Generator().manual_seed(seed)


def test_tiles_laid_together_give_the_picture_back():
    images = torch.rand(5, 3, 21, 21, generator=gen())
    tiles, n = jigsaw.cut(images, 3), 3
    rows = [torch.cat(list(tiles[:, r * n : (r + 1) * n].unbind(1)), -1) for r in range(n)]
    assert torch.equal(torch.cat(rows, -2), images)


def test_origin_says_where_each_tile_came_from():
    tiles = torch.arange(7 * 4).view(7, 4, 1, 1, 1).float()
    mixed, origin = jigsaw.scramble(tiles, gen())
    assert torch.equal(mixed[..., 0, 0, 0] - 4 * torch.arange(7)[:, None], origin.float())
    assert torch.equal(origin.sort(1).values, torch.arange(4).expand(7, 4)) and len(origin.unique(dim=0)) > 2


def test_a_crop_is_a_part_of_its_picture():
    images = torch.rand(11, 3, 13, 17, generator=gen())
    crops = jigsaw.random_crop(images, 5, gen(1))
    for one, crop in zip(images, crops, strict=True):
        parts = one.unfold(1, 5, 1).unfold(2, 5, 1).permute(1, 2, 0, 3, 4).flatten(0, 1)
        assert (parts == crop).flatten(1).all(1).sum() == 1


def test_every_place_of_a_crop_is_drawn():
    where = torch.arange(7.0).expand(1, 1, 7, 7).repeat(400, 1, 1, 1)
    assert jigsaw.random_crop(where, 4, gen())[:, 0, 0, 0].unique().tolist() == [0, 1, 2, 3]


def test_the_ceiling_equals_a_count_of_all_orders():
    rng = np.random.default_rng(0)
    tiles = torch.from_numpy(rng.integers(0, 3, size=(13, 5, 1, 1, 1))).float()
    for picture, ceiling in zip(tiles, jigsaw.ceiling(tiles), strict=True):
        same = sum(torch.equal(picture[list(way)], picture) for way in permutations(range(5)))
        assert float(ceiling) == pytest.approx(1 / same)


def test_plain_scenes_have_identical_tiles_and_textured_ones_none():
    rng, fact = np.random.default_rng(1), [1, 1, 2, 6]
    for things in (1, 2, 3):
        scene = sample(rng, things)[0]
        picture = torch.from_numpy(image(scene))
        cells = [picture[11 * r : 11 * r + 10, 11 * c : 11 * c + 10] for r in range(3) for c in range(3)]
        free = [3 - sum(PLACES[t.place][1] == row for t in scene.things) for row in range(3)]
        expected = 1 / (fact[free[0]] * fact[free[1]] * fact[free[2]])
        assert float(jigsaw.ceiling(torch.stack(cells)[None])) == pytest.approx(expected)
    assert (jigsaw.ceiling(jigsaw.cut(textures(test=20, pool=1, train=1).test)) == 1).all()


def test_borders_solve_the_puzzle_and_a_gap_stops_that():
    data = textures(pool=1, train=1, test=300).test
    shares = {}
    for tile in (16, 13):
        mixed, origin = jigsaw.scramble(jigsaw.cut(data, 2, tile, gen()), gen(1))
        shares[tile] = float((jigsaw.match_edges(mixed) == origin).float().mean())
    assert shares[16] > 0.8 and shares[13] < 0.4


def test_standardised_tiles_hide_shade_and_tint():
    tiles = torch.rand(5, 4, 3, 13, 13, generator=gen())
    tinted = tiles * 0.5 + torch.rand(5, 4, 3, 1, 1, generator=gen(1))
    assert torch.allclose(jigsaw.standardise(tiles), jigsaw.standardise(tinted), atol=1e-5)
    grey = torch.full((1, 3, 5, 5), 0.5)
    red, _, blue = jigsaw.shade(grey)[0]
    assert (red[:, -1] > red[:, 0]).all() and (blue[-1] > blue[0]).all()


def test_the_loss_is_cross_entropy_on_places():
    torch.manual_seed(0)
    model = jigsaw.Jigsaw(SmallConv(32), tile=11)
    tiles, origin = jigsaw.scramble(torch.rand(7, 4, 3, 11, 11), gen())
    out = model(tiles, origin)
    by_hand = -out.logits.log_softmax(2).gather(2, origin[..., None]).mean()
    assert out.logits.shape == (7, 4, 4) and torch.isclose(out.loss, by_hand, atol=1e-6)


def test_errors():
    with pytest.raises(ValueError, match="does not fit"):
        jigsaw.cut(torch.rand(1, 3, 32, 32), 2, 17)
    with pytest.raises(ValueError, match="2 x 2"):
        jigsaw.match_edges(torch.rand(1, 9, 3, 5, 5))
