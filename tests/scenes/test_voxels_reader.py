"""The reader of voxels: right on true grids at stated noise and small smooth errors, not fooled by what is no space."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from fmcourse.scenes import COLOURS
from fmcourse.scenes.voxels import PLACES, caption, from_patches, parse, read_many, read_one, render, to_patches
from fmcourse.scenes.voxels.drawing import EMPTY, octant
from tests.scenes.test_reader import wilson
from tests.scenes.test_voxels import EVERY, drawn


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.0, 0.05, 0.10])
@pytest.mark.parametrize("objects", [1, 2])
def test_true_grids_are_read_wholly_right(objects, noise):
    n = 1000
    truths, grids = drawn(100 * objects + round(100 * noise), n, objects, noise)
    readings = read_many(grids)
    right = sum(r.legal and r.scene == truth for r, truth in zip(readings, truths, strict=True))
    low, high = wilson(right, n)
    print(f"{objects} solids, noise {noise}: {right / n:.4f} right and legal [{low:.4f}, {high:.4f}], n = {n}")
    assert low >= 0.99


def test_every_kind_of_solid_is_read_in_every_octant():
    rng = np.random.default_rng(0)
    readings = read_many(np.stack([render(space, rng) for space in EVERY]))
    assert [r.scene for r in readings] == EVERY
    assert all(r.legal and r.confidence > 0.99 and r.residual < 1e-3 for r in readings)


def _smooth(rng: np.random.Generator, shape: tuple[int, ...], spread: float) -> np.ndarray:
    waves = gaussian_filter(rng.standard_normal(shape), (0, 1.5, 1.5, 1.5, 0))
    return spread * waves / waves.std()


@pytest.mark.slow
def test_small_smooth_errors_do_not_matter():
    """As a network makes them: a blur of half a voxel, waves, faint colours, offsets between those that are drawn."""
    truths, clean = drawn(6, 150)
    rng = np.random.default_rng(6)
    blurred = gaussian_filter(clean, (0, 0.5, 0.5, 0.5, 0))
    third = 2 / 3 * clean + 1 / 3 * np.roll(clean, 1, 3)  # moved by a third of a voxel
    third[:, :, :, ::8] = clean[:, :, :, ::8]
    for name, grids in {
        "blur": blurred,
        "blur and noise": blurred + 0.05 * rng.standard_normal(clean.shape),
        "waves": clean + _smooth(rng, clean.shape, 0.04),
        "faint": EMPTY + 0.8 * (clean - EMPTY),
        "between offsets": third,
        "all a little": gaussian_filter(clean, (0, 0.4, 0.4, 0.4, 0))
        + _smooth(rng, clean.shape, 0.03)
        + 0.03 * rng.standard_normal(clean.shape),
    }.items():
        readings = read_many(grids)
        right = np.mean([r.scene == truth for r, truth in zip(readings, truths, strict=True)])
        legal = np.mean([r.legal for r in readings])
        print(f"{name}: {right:.3f} right, {legal:.3f} legal, n = {len(truths)}")
        assert right >= 0.99 and legal >= 0.99, name


def _no_spaces(rng: np.random.Generator) -> dict[str, np.ndarray]:
    n = 60
    _, one = drawn(21, n, 1)
    truths, two = drawn(22, n, 2)
    _, others = drawn(23, n, 2)
    half_faded, three = two.copy(), two.copy()
    for i, truth in enumerate(truths):
        taken = octant(truth.things[0].place)
        half_faded[(i, *taken)] = EMPTY + 0.6 * (two[(i, *taken)] - EMPTY)
        free = next(place for place in PLACES if place not in [one.place for one in truth.things])
        three[(i, *octant(free))] = two[(i, *taken)]
    white = rng.standard_normal(two.shape)
    shuffled = from_patches(to_patches(two)[:, rng.permutation(64)])
    halved = two.copy()
    halved[:, :, :, :4] = halved[:, :, :, 8:12] = EMPTY
    grey = np.concatenate([one[..., :1], np.full_like(one[..., 1:], 0.5)], -1)
    colourful = np.concatenate([one[..., :1], 1 - one[..., 1:]], -1)
    lying = [parse(f"a large red {shape} at the {place}") for shape in ("ring", "cylinder") for place in PLACES]
    return {
        "nothing": np.zeros((1, 16, 16, 16, 4)) + EMPTY,
        "nothing, with noise": EMPTY + 0.05 * white,
        "white noise": rng.uniform(0, 1, two.shape),
        "noise around grey": 0.5 + 0.2 * white,
        "all zero": np.zeros((1, 16, 16, 16, 4)),
        "all full": np.ones((1, 16, 16, 16, 4)),
        "blends of two": (two + others) / 2,
        "three solids": three,
        "faded to half": EMPTY + 0.5 * (one - EMPTY),
        "one of two solids faded": half_faded,
        "blurred strongly": gaussian_filter(two, (0, 1.5, 1.5, 1.5, 0)),
        "halves of solids": halved,
        "shuffled as cubes": shuffled,
        "moved by half an octant": np.roll(two, 4, 3),
        "without colour": grey,
        "without occupancy": np.concatenate([np.zeros_like(one[..., :1]), one[..., 1:]], -1),
        "in other colours": colourful,
        "standing rings and lying cylinders": np.stack([render(s, rng) for s in lying]).transpose(0, 2, 1, 3, 4),
        "pyramids on their tips": np.stack(
            [render(parse(f"a small {c} pyramid at the {p}"), rng)[::-1] for c in COLOURS for p in PLACES]
        ),
        "too much noise": (two + 0.25 * white).clip(0, 1),
    }


@pytest.mark.slow
def test_what_is_no_space_is_rejected():
    for name, grids in _no_spaces(np.random.default_rng(2)).items():
        readings = read_many(grids)
        legal = np.mean([r.legal for r in readings])
        reason = next((r.reason for r in readings if not r.legal), "")
        print(f"{name}: {legal:.3f} called legal, n = {len(grids)}; for example: {reason}")
        assert legal <= 0.02, name
        assert all(r.reason for r in readings if not r.legal)


def test_confidence_falls_where_the_reader_errs():
    truths, grids = drawn(9, 200, 1, 0.0)
    rng = np.random.default_rng(9)
    readings = read_many(grids + 0.6 * rng.standard_normal(grids.shape))  # far beyond what is promised
    sure, right = np.array([(r.confidence, r.scene == truth) for r, truth in zip(readings, truths, strict=True)]).T
    print(f"noise 0.6: confidence {sure.mean():.3f}, right {right.mean():.3f}")
    assert right.mean() < 0.95 and sure[right == 0].mean() < sure[right == 1].mean() - 0.1


def test_a_batch_is_read_as_its_grids_one_by_one_and_mirrors_are_read_as_mirrored():
    truths, grids = drawn(10, 40, noise=0.05)
    batch = read_many(grids)
    assert [read_one(grid).scene for grid in grids[:10]] == [r.scene for r in batch[:10]]
    flip = {"left": "right", "right": "left"}
    mirrored = [parse(" ".join(flip.get(word, word) for word in caption(truth).split())) for truth in truths]
    assert [r.scene for r in read_many(grids[:, :, :, ::-1])] == mirrored
    swap = {"front": "back", "back": "front"}
    mirrored = [parse(" ".join(swap.get(word, word) for word in caption(truth).split())) for truth in truths]
    assert [r.scene for r in read_many(grids[:, :, ::-1])] == mirrored
    assert [r.scene for r in read_many(from_patches(to_patches(grids)))] == truths


def test_a_wrong_shape_or_value_is_refused_with_a_remedy():
    with pytest.raises(ValueError, match=r"\(2, 64, 256\).*from_patches"):
        read_many(np.zeros((2, 64, 256)))
    with pytest.raises(ValueError, match="not a number"):
        read_many(np.full((1, 16, 16, 16, 4), np.nan))
    assert read_many(np.zeros((0, 16, 16, 16, 4))) == []
