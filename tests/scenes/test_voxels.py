"""Voxels: captions and their inverse, exact probabilities, what is withheld, grids, patches, and an exact reader."""

from collections import Counter
from itertools import combinations
from math import exp, inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.stats import chisquare

from fmcourse.scenes import COLOURS, compare
from fmcourse.scenes.captions import CaptionError
from fmcourse.scenes.voxels import (
    LONGEST,
    PLACES,
    SHAPES,
    SIZES,
    WITHHELD,
    WORDS,
    Solid,
    Space,
    all_spaces,
    audit,
    caption,
    from_patches,
    log_prob,
    parse,
    read_many,
    read_one,
    render,
    sample,
    to_patches,
)
from fmcourse.scenes.voxels.drawing import ADDS, EMPTY, OFFSETS, cover, octant
from fmcourse.scenes.voxels.sampling import _SPLITS
from tests.scenes.test_reader import wilson

EVERY = [*all_spaces(1, "seen"), *all_spaces(1, "withheld")]
pick = st.sampled_from
solids = st.builds(Solid, pick(SHAPES), pick(list(COLOURS)), pick(list(SIZES)), pick(list(PLACES)))
spaces = st.builds(Space, st.lists(solids, min_size=1, max_size=2, unique_by=lambda one: one.place).map(tuple))


def drawn(seed: int, n: int, objects=(1, 2), noise: float = 0.0) -> tuple[list[Space], np.ndarray]:
    """Spaces, every second one of withheld combinations, and their grids."""
    rng = np.random.default_rng(seed)
    truths = [sample(rng, objects, ("seen", "withheld")[i % 2])[0] for i in range(n)]
    return truths, np.stack([render(truth, rng, noise) for truth in truths])


# Captions


def test_every_space_of_one_solid_survives_the_round_trip():
    told = [caption(space) for space in EVERY]
    assert len(set(told)) == 8 * 2 * 6 * 6
    assert [parse(text) for text in told] == EVERY


@given(spaces)
def test_round_trip_of_any_space_in_either_order(space):
    told = caption(space)
    assert parse(told) == space and caption(parse(told)) == told
    assert parse(" and ".join(reversed(told.split(" and ")))) == space
    assert set(told.split()) <= set(WORDS) and len(told.split()) <= LONGEST


def test_captions_by_hand():
    cube, ring = Solid("cube", "red", "small", "top back left"), Solid("ring", "blue", "large", "bottom front right")
    told = "a small red cube at the top back left and a large blue ring at the bottom front right"
    assert caption(Space((ring, cube))) == told and len(told.split()) == LONGEST
    assert list(WORDS) == sorted(WORDS) and len(WORDS) == 4 + 6 + 6 + 2 + 6
    assert set(" ".join(map(caption, all_spaces(1))).split()) | {"and"} == set(WORDS)
    assert parse(" A small red  cube at the top back left.") == Space((cube,))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ends after 0 words"),
        ("a large red", "ends after 3 words, where a shape"),
        ("a large rde cube at the top back left", "word 3 is 'rde', where a colour should be; did you mean 'red'?"),
        ("a large red circle at the top back left", "word 4 is 'circle', where a shape"),
        ("a red cube at the top back left", "word 2 is 'red', where a size"),
        ("a large red cube at the top left", "word 8 is 'left', where a depth"),
        ("a large red cube at the back top left", "word 7 is 'back', where a height"),
        ("a large red cube at the top back left today", "word 10 is 'today', where a word 'and'"),
        (" and ".join(["a large red cube at the top back left"] * 2), "two solids are at the same place"),
        (" and ".join(f"a large red cube at the {place}" for place in list(PLACES)[:3]), "comes after 2 solids"),
    ],
)
def test_errors_name_the_word_the_place_and_the_remedy(text, said):
    with pytest.raises(CaptionError) as error:
        parse(text)
    assert said in str(error.value)


@given(st.text(max_size=60) | st.lists(pick("a and at the top back left small red cube".split())).map(" ".join))
def test_any_text_gives_a_space_or_a_caption_error(text):
    try:
        assert parse(caption(parse(text))) == parse(text)
    except CaptionError:
        pass


def test_what_is_outside_the_world_is_refused():
    with pytest.raises(ValueError, match="'circle' is not a shape"):
        Solid("circle", "red", "small", "top back left")
    with pytest.raises(ValueError, match="'top left' is not a place; did you mean 'top back left'"):
        Solid("cube", "red", "small", "top left")
    with pytest.raises(ValueError, match="1 to 2 solids, not 0"):
        Space(())


# Probabilities


@pytest.mark.parametrize("split", ["seen", "withheld"])
def test_probabilities_sum_to_one(split):
    one = sum(exp(log_prob(space, (1, 2), split)) for space in all_spaces(1, split))
    two = sum(exp(log_prob(space, (1, 2), split)) for space in all_spaces(2, split))
    assert one == pytest.approx(0.5, abs=1e-9) and one + two == pytest.approx(1, abs=1e-9)


def test_frequencies_follow_the_probabilities():
    rng = np.random.default_rng(3)
    counts = Counter(sample(rng, 1)[0] for _ in range(20_000))
    seen = list(all_spaces(1))
    assert set(counts) <= set(seen) and len(set(seen)) == 480
    assert chisquare([counts[space] for space in seen]).pvalue > 1e-3
    pairs = Counter(tuple(one.place for one in sample(rng, 2)[0].things) for _ in range(10_000))
    assert len(pairs) == 28 and chisquare(list(pairs.values())).pvalue > 1e-3


def test_the_log_probability_that_comes_with_a_draw_is_that_of_the_space():
    rng = np.random.default_rng(4)
    for split in ("seen", "withheld"):
        for _ in range(50):
            space, logp = sample(rng, split=split)
            assert logp == log_prob(space, split=split) < 0
    assert log_prob(parse("a large red cube at the top back left"), 1) == pytest.approx(-log(8 * 2 * 30))
    assert log_prob(parse("a large pink cube at the top back left")) == -inf
    assert log_prob(parse("a large red cube at the top back left"), 2) == -inf


def test_withheld_combinations_never_occur_unless_asked_for():
    rng = np.random.default_rng(11)
    assert set(audit(sample(rng)[0] for _ in range(5000)).values()) == {0}
    asked = audit(sample(rng, 2, "withheld")[0] for _ in range(300))
    assert min(asked.values()) > 0 and sum(asked.values()) == 600
    assert sorted(shape for shape, _ in WITHHELD) == sorted(SHAPES)
    assert sorted(colour for _, colour in WITHHELD) == sorted(COLOURS)
    assert len(_SPLITS["seen"]) == 30


def test_unknown_options_are_refused_with_a_remedy():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="did you mean 'withheld'"):
        sample(rng, 1, "witheld")
    with pytest.raises(ValueError, match="number from 1 to 2"):
        sample(rng, 3)


# Grids and patches


def test_a_grid_holds_occupancy_and_colour_where_the_caption_says():
    rng = np.random.default_rng(1)
    for place, (z, y, x) in PLACES.items():
        grid = render(parse(f"a small blue cube at the {place}"), rng)
        middle = grid[8 * z + 4, 8 * y + 4, 8 * x + 4]
        assert middle == pytest.approx([1, *COLOURS["blue"]])
        outside = np.ones((16, 16, 16), bool)
        outside[octant(place)] = False
        assert (grid[outside] == EMPTY).all()
    assert grid.shape == (16, 16, 16, 4) and grid.dtype == np.float32


def test_a_solid_stays_inside_its_octant_whatever_its_offset():
    padded = [np.pad(cover(shape, "large", 0, 0, 0), 1) for shape in SHAPES]
    for shape, middle in zip(SHAPES, padded, strict=True):
        assert cover(shape, "large", 0.5, 0.5, 0.5).sum() == pytest.approx(middle.sum(), rel=1e-6)
        assert cover(shape, "large", -0.5, -0.5, -0.5).sum() == pytest.approx(middle.sum(), rel=1e-6)


def test_covers_have_the_volumes_of_the_solids():
    r = SIZES["large"]
    volumes = {
        "sphere": 4 / 3 * np.pi,
        "cube": 1.8**3,
        "cylinder": np.pi * 0.72**2 * 2,
        "ring": 2 * np.pi**2 * 0.65 * 0.35**2,
        "cross": 3 * 2 * 0.7**2 - 2 * 0.7**3,
        "pyramid": (0.54 * 2) ** 2 * 1.84**3 / 3,
    }
    for shape, volume in volumes.items():
        assert cover(shape, "large", 0, 0, 0).sum() == pytest.approx(volume * r**3, rel=0.04), shape


def test_directions_a_pyramid_points_up_a_ring_lies():
    pyramid, ring = cover("pyramid", "large", 0, 0, 0), cover("ring", "large", 0, 0, 0)
    assert pyramid[1].sum() < pyramid[4].sum() < pyramid[6].sum()  # z is down
    assert ring.sum((1, 2))[[0, 1, 6, 7]].sum() == 0 and ring.sum((0, 2))[[0, 7]].min() > 0


def test_offsets_and_noise_come_from_the_generator():
    space = parse("a large red cube at the top back left")
    a, b = (render(space, np.random.default_rng(7), 0.05) for _ in range(2))
    assert np.array_equal(a, b) and 0 <= a.min() and a.max() <= 1
    rng = np.random.default_rng(0)
    assert len({render(space, rng).tobytes() for _ in range(2000)}) == len(OFFSETS) ** 3
    noise = render(parse("a small red cube at the top back left"), rng, 0.05)[8:, 8:, 8:] - EMPTY
    assert noise[..., 1:].std() == pytest.approx(0.05, rel=0.05)


def test_patches_are_the_grid_cut_into_cubes_and_back():
    _, grids = drawn(5, 7, noise=0.1)
    patches = to_patches(grids)
    assert patches.shape == (7, 64, 256) and patches.dtype == np.float32
    assert -1 <= patches.min() and patches.max() <= 1
    assert abs(from_patches(patches) - grids).max() < 1e-7
    assert abs(to_patches(from_patches(patches)) - patches).max() < 3e-7
    z, y, x = 1, 2, 3
    cube = grids[3, 4 * z : 4 * z + 4, 4 * y : 4 * y + 4, 4 * x : 4 * x + 4]
    assert np.array_equal(patches[3, 16 * z + 4 * y + x], cube.ravel() * 2 - 1)
    with pytest.raises(ValueError, match=r"\(n, 16, 16, 16, 4\)"):
        to_patches(grids[0])
    with pytest.raises(ValueError, match=r"\(n, 64, 256\)"):
        from_patches(patches[0])


def test_different_solids_differ_whatever_their_offsets():
    """The nearest two kinds: what noise would have to bridge."""
    kinds = [(shape, size) for shape in SHAPES for size in SIZES]
    covers = {kind: [cover(*kind, *o) for o in np.ndindex(2, 2, 2)] for kind in kinds}  # offsets of 0 and 1
    for a, b in combinations(kinds, 2):
        near = min(((cover(*a, 0, 0, 0) - other) ** 2).sum() for other in covers[b])
        assert near > 5, (a, b)
    assert min(((a - b) ** 2).sum() for a, b in combinations(ADDS, 2)) > 0.1


# The reader


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


def test_readings_can_be_compared_part_by_part():
    asked = parse("a small red cube at the top back left")
    parts = compare(
        read_one(render(parse("a small red cross at the top back left"), np.random.default_rng(0))).scene, asked
    )
    assert [name for name, right in parts.items() if right] == ["colour", "size", "place"]


def test_a_wrong_shape_or_value_is_refused_with_a_remedy():
    with pytest.raises(ValueError, match=r"\(2, 64, 256\).*from_patches"):
        read_many(np.zeros((2, 64, 256)))
    with pytest.raises(ValueError, match="not a number"):
        read_many(np.full((1, 16, 16, 16, 4), np.nan))
    assert read_many(np.zeros((0, 16, 16, 16, 4))) == []
