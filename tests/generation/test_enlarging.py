"""Enlarging: what is shrunk, what stays, and that the small picture is really looked at."""

import numpy as np
import torch

from fmcourse.generation import enlarging
from fmcourse.generation.enlarging import Averager, Enlarger, batch_of, bicubic, network, shrunk
from fmcourse.studies import sharper


def learned(kind):
    torch.manual_seed(0)
    model = kind(network(32, 1, 1))
    with torch.no_grad():
        for p in model.parameters():
            p += 0.05 * torch.randn_like(p)
    return model.eval()


def test_shrinking_takes_means_and_bicubic_keeps_flat_ones():
    picture = np.random.default_rng(0).random((2, 32, 32, 3)).astype(np.float32)
    assert np.allclose(shrunk(picture)[1, 3, 5], picture[1, 12:16, 20:24].mean((0, 1)), atol=1e-6)
    flat = np.full((1, 8, 8, 3), 0.25, np.float32)
    assert np.allclose(bicubic(flat), 0.25) and bicubic(flat).shape == (1, 32, 32, 3)


def test_a_patch_is_told_its_own_colour():
    picture = np.zeros((1, 32, 32, 3), np.float32)
    picture[0, 4:8, 8:12] = 1  # second row, third patch
    told = batch_of(picture, torch.Generator().manual_seed(0))["small"][0]
    assert (told[8 + 2] == 1).all() and (told == 1).all(1).sum() == 1


def test_both_look_at_the_small_picture_and_only_one_at_noise():
    small = np.random.default_rng(1).random((2, 8, 8, 3)).astype(np.float32)
    for kind in (Enlarger, Averager):
        model = learned(kind)
        assert model.enlarge(small).shape == (2, 32, 32, 3)
        assert not np.allclose(model.enlarge(small), model.enlarge(small[::-1].copy()))
    assert not np.allclose(learned(Enlarger).enlarge(small, seed=0), learned(Enlarger).enlarge(small, seed=1))
    assert np.array_equal(learned(Averager).enlarge(small, seed=0), learned(Averager).enlarge(small, seed=1))


def test_the_average_is_punished_by_the_squared_error_alone():
    model, batch = learned(Averager), batch_of(np.zeros((2, 32, 32, 3), np.float32), torch.Generator().manual_seed(0))
    other = batch | {"noise": batch["noise"] + 1, "time": 1 - batch["time"]}
    assert torch.equal(model(**batch).loss, model(**other).loss)
    with torch.no_grad():
        found = model.enlarge(shrunk(np.zeros((2, 32, 32, 3), np.float32)))
    assert found.min() >= 0 and found.max() <= 1


def test_what_is_counted():
    perfect = lambda small: sharper.pictures(len(small), 7)[1]  # noqa: E731
    row = sharper.row("perfect", perfect, n=40)
    assert row["right"] >= 39 and row["invented"] <= 1
    others = lambda small: sharper.pictures(len(small), 8)[1]  # noqa: E731
    row = sharper.row("others", others, n=40)
    assert row["right"] == 0 and row["invented"] >= 38
    grey = sharper.row("grey", lambda small: np.full((len(small), 32, 32, 3), 0.5, np.float32), n=10)
    assert grey["right"] == grey["invented"] == 0
    assert enlarging.BESIDE == 3
