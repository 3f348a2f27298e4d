"""Voxels: captions and their inverse, exact probabilities, what is withheld, grids, patches."""

from collections import Counter
from itertools import combinations
from math import exp, inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from fmcourse.scenes import COLOURS
from fmcourse.scenes.voxels import (
    LONGEST,
    PLACES,
    SHAPES,
    SIZES,
    SPLITS,
    WITHHELD,
    WORDS,
    CaptionError,
    Solid,
    Space,
    all_spaces,
    audit,
    caption,
    compare,
    dataset,
    from_patches,
    log_prob,
    parse,
    render,
    sample,
    to_patches,
)
from fmcourse.scenes.voxels.drawing import ADDS, EMPTY, OFFSETS, cover, octant

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
    assert len(SPLITS["seen"]) == 30


def test_unknown_options_are_refused_with_a_remedy():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="did you mean 'withheld'"):
        sample(rng, 1, "witheld")
    with pytest.raises(ValueError, match="number from 1 to 2"):
        sample(rng, 3)


def test_a_data_set_repeats_with_its_seed_and_its_parts_agree():
    a, b, c = (dataset(seed, 30, noise=0.05) for seed in (7, 7, 8))
    assert np.array_equal(a.grids, b.grids) and a.captions == b.captions and not np.array_equal(a.grids, c.grids)
    assert a.grids.shape == (30, 16, 16, 16, 4) and a.grids.dtype == np.float32
    assert [parse(text) for text in a.captions] == a.spaces
    assert a.nats.tolist() == [-log_prob(space) for space in a.spaces]


def test_comparing_tells_parts_from_binding():
    asked = parse("a small red cube at the top back left and a large blue ring at the bottom front right")
    swapped = parse("a small blue cube at the top back left and a large red ring at the bottom front right")
    right = compare(swapped, asked)
    assert [name for name, true in right.items() if not true] == ["whole"]
    other = parse("a small red cross at the top back left and a large blue ring at the bottom front right")
    assert [name for name, true in compare(other, asked).items() if not true] == ["whole", "shape", "misbound"]
    assert all(true for name, true in compare(asked, asked).items() if name != "misbound")
    assert not any(compare(None, asked).values()) and not compare(asked, asked)["misbound"]


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
