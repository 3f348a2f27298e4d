"""Stamps and towns: the score knows the whole truth, and a code loses nothing."""

import torch

from fmcourse.studies import toys

WORLD, HELD = toys.stamps(), toys.kept_back()


def test_a_hundred_different_stamps_of_which_twenty_are_kept_back():
    assert WORLD.shape == (100, 64) and len({tuple(x.tolist()) for x in WORLD}) == 100
    assert HELD.view(4, 25).sum(1).tolist() == [5, 5, 5, 5]
    assert toys.images(WORLD[:3]).shape == (3, 8, 8) and toys.images([torch.zeros(64)]).min() == 1


def test_the_score_tells_legal_close_and_new_ones():
    assert toys.score(WORLD) == {"legal": 1.0, "close": 1.0, "of 80": 80, "new": torch.tensor(0.2).item()}
    assert toys.score(WORLD[HELD]) == {"legal": 1.0, "close": 1.0, "of 80": 0, "new": 1.0}
    for flipped, legal, close in ((1, 0, 1), (3, 0, 1), (4, 0, 0)):
        spoilt = WORLD[7:8].clone()
        spoilt[0, 56 : 56 + flipped] = 1  # the last row, far from the box
        found = toys.score(spoilt)
        assert (found["legal"], found["close"], found["of 80"]) == (legal, close, close)
    assert toys.score(torch.zeros(5, 64))["legal"] == 0


def test_shares_in_words():
    said = [toys.in_words(share) for share in (1, 0.9, 0.89, 0.5, 0.05, 0.04, 0)]
    assert said == ["nearly all"] * 2 + ["most"] * 2 + ["some"] + ["hardly any"] * 2


def test_a_code_for_each_tile_and_back():
    codes = torch.randint(16, (7, 16), generator=torch.Generator().manual_seed(0))
    pixels = toys.to_pixels(codes)
    for code, picture in zip(codes, pixels.view(-1, 8, 8), strict=True):
        tiles = [picture[r : r + 2, c : c + 2].flatten().int().tolist() for r in (0, 2, 4, 6) for c in (0, 2, 4, 6)]
        assert [int("".join(map(str, tile)), 2) for tile in tiles] == code.tolist()


def test_visitors_see_all_towns_and_a_heap_sees_one():
    points = toys.visitors(1000, torch.Generator().manual_seed(0))
    assert points.shape == (1000, 2) and toys.visited(points) == 8
    assert toys.visited(toys.TOWNS[2].expand(1000, 2)) == 1 and toys.visited(torch.zeros(1000, 2)) == 0
    assert toys.visited(toys.TOWNS.repeat(19, 1)) == 0 and toys.visited(toys.TOWNS.repeat(20, 1)) == 8
