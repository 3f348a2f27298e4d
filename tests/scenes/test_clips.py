"""Clips: captions and their inverse, exact probabilities, what is withheld, drawing, patches."""

from collections import Counter
from itertools import permutations
from math import exp, inf, log

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import chisquare

from fmcourse.scenes import COLOURS, SHAPES, SIZES, WITHHELD
from fmcourse.scenes.clips import (
    EVENTS,
    KINDS,
    LONGEST,
    PLACES,
    SPLITS,
    WITHHELD_ORDERS,
    WORDS,
    Actor,
    CaptionError,
    Story,
    all_actors,
    audit,
    caption,
    compare,
    dataset,
    from_patches,
    log_prob,
    parse,
    render,
    sample,
    split_words,
    to_patches,
)
from fmcourse.scenes.clips.drawing import LEVELS, REACH, cover, freedom, half_track, middle_level, track
from fmcourse.scenes.clips.truth import sizes_for
from fmcourse.scenes.images import background, mask

GROUND = background(32).astype(np.float32)
pick = st.sampled_from


@st.composite
def actors(draw, place=None):
    parts = [draw(pick(choices)) for choices in (SHAPES, list(COLOURS), list(SIZES))]
    try:
        return Actor(*parts, place or draw(pick(PLACES)), (draw(pick(EVENTS)), draw(pick(EVENTS))))
    except ValueError:
        assume(False)


stories = st.one_of(
    st.builds(lambda one: Story((one,)), actors()),
    st.builds(lambda a, b: Story((b, a)), actors("left"), actors("right")),
)


def drawn(
    seed: int, n: int, objects=(1, 2), noise: float = 0.0, splits=tuple(SPLITS)
) -> tuple[list[Story], np.ndarray]:
    """Stories of all splits in turn, and their clips."""
    rng = np.random.default_rng(seed)
    truths = [sample(rng, objects, splits[i % len(splits)])[0] for i in range(n)]
    return truths, np.stack([render(truth, rng, noise) for truth in truths])


# Truth and captions


@given(stories)
def test_round_trip_of_any_story_in_either_order(story):
    told = caption(story)
    assert parse(told) == story and caption(parse(told)) == told
    assert parse(" and ".join(reversed(told.split(" and ")))) == story
    assert set(split_words(told)) <= set(WORDS) and len(split_words(told)) <= LONGEST


@pytest.mark.parametrize("split", SPLITS)
def test_every_thing_survives_the_round_trip(split):
    one_half = list(all_actors("left", split))
    told = [caption(Story((actor,))) for actor in one_half]
    assert len(set(told)) == len(told) == {"seen": 4020, "withheld order": 720, "withheld combination": 924}[split]
    assert [parse(text).things[0] for text in told] == one_half


def test_captions_by_hand():
    circle = Actor("circle", "red", "small", "left", ("moves up", "grows"))
    star = Actor("star", "blue", "large", "right", ("turns green", "moves left"))
    told = "a small red circle at the left moves up, then grows and "
    told += "a large blue star at the right turns green, then moves left"
    assert caption(Story((star, circle))) == told
    longest = caption(parse(told.replace("grows", "moves down")))
    assert len(split_words(longest)) == LONGEST == 27
    assert list(WORDS) == sorted(WORDS) and len(set(WORDS)) == len(WORDS) == 29
    assert parse(told.upper() + ".") == Story((circle, star))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ends after 0 words"),
        ("a large rde star at the left stays, then shrinks", "word 3 is 'rde', where a colour should be; did you mean"),
        ("a large red star at the top stays, then shrinks", "word 7 is 'top', where a place"),
        ("a large red star at the left jumps, then shrinks", "word 8 is 'jumps', where a verb"),
        ("a large red star at the left moves away, then shrinks", "word 9 is 'away', where a direction"),
        ("a large red star at the left turns left, then shrinks", "word 9 is 'left', where a colour"),
        ("a large red star at the left stays then shrinks", "where a comma"),
        ("a large red star at the left stays, shrinks", "word 10 is 'shrinks', where a word 'then'"),
        ("a large red star at the left stays", "ends after 8 words, where a comma"),
        ("a large red star at the left stays, then grows", "only what is small grows"),
        ("a large red star at the left stays, then stays", "two of different kinds"),
        ("a large red star at the left turns blue, then turns green", "two of different kinds"),
        ("a large red star at the left turns red, then stays", "cannot turn red"),
        ("a large red star at the left stays, then shrinks today", "word 12 is 'today', where a word 'and'"),
        (" and ".join(["a large red star at the left stays, then shrinks"] * 2), "two things are at the left"),
        (" and ".join(["a large red star at the left stays, then shrinks"] * 3), "comes after 2 things"),
    ],
)
def test_errors_name_the_word_the_place_and_the_remedy(text, said):
    with pytest.raises(CaptionError) as error:
        parse(text)
    assert said in str(error.value)


@given(
    st.lists(pick("a , then and at the left small large red blue star stays grows moves turns up".split())).map(
        " ".join
    )
)
def test_any_text_gives_a_story_or_a_caption_error(text):
    try:
        assert parse(caption(parse(text))) == parse(text)
    except CaptionError:
        pass


def events_of(kinds: tuple[str, str], turned: str = "blue") -> tuple[str, ...]:
    return tuple(f"turns {turned}" if kind == "turns" else kind for kind in kinds)


def test_every_order_of_two_kinds_can_be_told_of_the_sizes_that_can_do_it():
    for kinds in permutations(KINDS, 2):
        for size in SIZES:
            if size in sizes_for(kinds):
                assert Actor("star", "red", size, "left", events_of(kinds)).kinds == kinds
            else:
                with pytest.raises(ValueError, match="only what is small grows"):
                    Actor("star", "red", size, "left", events_of(kinds))


def test_what_is_outside_the_world_is_refused():
    with pytest.raises(ValueError, match="'move up' is not an event; did you mean 'moves up'"):
        Actor("star", "red", "small", "left", ("move up", "grows"))
    with pytest.raises(ValueError, match="2 events, not 1"):
        Actor("star", "red", "small", "left", ("grows",))
    with pytest.raises(ValueError, match="1 to 2 things, not 0"):
        Story(())


# Probabilities


@pytest.mark.parametrize("split", SPLITS)
def test_probabilities_of_one_thing_sum_to_one(split):
    total = sum(exp(log_prob(Story((a,)), 1, split)) for place in PLACES for a in all_actors(place, split))
    assert total == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("split", SPLITS)
def test_two_things_are_drawn_on_their_own(split):
    """p(a, b) = p(a) p(b), each in its half: with the sum above, two things sum to one as well."""
    rng = np.random.default_rng(1)
    left, right = (list(all_actors(place, split)) for place in PLACES)
    for i, j in zip(rng.integers(len(left), size=200), rng.integers(len(right), size=200), strict=True):
        apart = log_prob(Story((left[i],)), 1, split) + log_prob(Story((right[j],)), 1, split)
        assert log_prob(Story((left[i], right[j])), 2, split) == pytest.approx(apart + 2 * log(2))
        assert log_prob(Story((left[i], right[j])), (1, 2), split) == pytest.approx(apart + log(2))


def test_frequencies_follow_the_probabilities():
    rng, n = np.random.default_rng(3), 20_000
    for of in (lambda a: (a.kinds, a.size), lambda a: (a.shape, a.colour), lambda a: (a.shape, a.turned, a.place)):
        expected = Counter()
        for place in PLACES:
            for actor in all_actors(place):
                expected[of(actor)] += n * exp(log_prob(Story((actor,)), 1))
        counts = Counter(of(sample(rng, 1)[0].things[0]) for _ in range(n))
        assert set(counts) <= set(expected)
        assert chisquare([counts[key] for key in expected], list(expected.values())).pvalue > 1e-3


def test_the_log_probability_that_comes_with_a_draw_is_that_of_the_story():
    rng = np.random.default_rng(4)
    for split in SPLITS:
        for _ in range(50):
            story, logp = sample(rng, split=split)
            assert logp == log_prob(story, split=split) < 0
            assert all(logp == -inf for logp in (log_prob(story, split=other) for other in SPLITS if other != split))
    turning = parse("a large red circle at the left turns blue, then moves down")
    assert log_prob(turning, 1) == pytest.approx(-log(2 * 48 * 2 * 30 * 4))
    assert log_prob(turning, 2) == -inf
    assert log_prob(parse("a large red circle at the left turns green, then moves down"), 1) == -inf


def test_what_is_withheld_never_occurs_unless_asked_for():
    rng = np.random.default_rng(11)
    seen = [sample(rng)[0] for _ in range(5000)]
    assert set(audit(seen).values()) == {0}
    orders = Counter(thing.kinds for story in seen for thing in story.things)
    assert all(orders[b, a] > 0 for a, b in WITHHELD_ORDERS)  # each reverse is seen
    assert len(orders) == 48
    order = audit(sample(rng, 2, "withheld order")[0] for _ in range(300))
    assert min(order[pair] for pair in WITHHELD_ORDERS) > 0 and sum(order.values()) == 600
    combos = audit(sample(rng, 2, "withheld combination")[0] for _ in range(300))
    assert min(combos[pair] for pair in WITHHELD) > 0 and sum(combos.values()) == 600
    turned = parse("a small red circle at the left turns green, then moves down")
    assert audit([turned])["circle", "green"] == 1


def test_withholding_leaves_every_kind_and_both_sizes_equally_common():
    assert Counter(a for a, _ in WITHHELD_ORDERS) == Counter(b for _, b in WITHHELD_ORDERS) == Counter(KINDS)
    assert not {(b, a) for a, b in WITHHELD_ORDERS} & set(WITHHELD_ORDERS)
    sizes = Counter()
    for actor in all_actors("left"):
        sizes[actor.size] += exp(log_prob(Story((actor,)), 1))
    assert sizes["small"] == pytest.approx(sizes["large"])


def test_unknown_options_are_refused_with_a_remedy():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="did you mean 'withheld order'"):
        sample(rng, 1, "witheld order")
    with pytest.raises(ValueError, match="number from 1 to 2"):
        sample(rng, 3)


def test_a_data_set_repeats_with_its_seed_and_its_parts_agree():
    a, b, c = (dataset(seed, 30, noise=0.05) for seed in (7, 7, 8))
    assert np.array_equal(a.clips, b.clips) and a.captions == b.captions and not np.array_equal(a.clips, c.clips)
    assert a.clips.shape == (30, 8, 32, 32, 3) and a.clips.dtype == np.float32
    assert [parse(text) for text in a.captions] == a.stories
    assert a.nats.tolist() == [-log_prob(story) for story in a.stories]


@pytest.mark.parametrize(
    ("found", "right"),
    [
        ("R {up}, then stays and B turns pink, then {up}", "whole events order"),
        ("R stays, then {up} and B turns pink, then {up}", "events misordered"),
        ("R turns pink, then {up} and B {up}, then stays", "misbound"),
        ("R {up}, then stays and B turns green, then {up}", ""),
    ],
)
def test_comparing_tells_parts_order_and_binding(found, right):
    def story(text):
        ring, star = "a small red ring at the left", "a large blue star at the right"
        return parse(text.format(up="moves up").replace("R ", ring + " ").replace("B ", star + " "))

    compared = compare(story(found), story("R {up}, then stays and B turns pink, then {up}"))
    parts = ["shape", "colour", "size", "place"]
    assert sorted(name for name, true in compared.items() if true) == sorted([*parts, *right.split()])


def test_colours_swapped_between_things_are_misbound_and_nothing_is_wrong():
    asked = parse(
        "a small red ring at the left moves up, then stays and a small blue ring at the right stays, then grows"
    )
    found = parse(
        "a small blue ring at the left moves up, then stays and a small red ring at the right stays, then grows"
    )
    assert [name for name, true in compare(found, asked).items() if not true] == ["whole", "misordered"]
    assert not any(compare(None, asked).values())


# Clips and patches


def test_things_have_the_outlines_of_the_pictures():
    for shape in SHAPES:
        for size, level in (("small", 0), ("large", 3)):
            pictured = mask(shape, size, -5, -5, (10, 10), 1)
            assert abs(cover(shape, level) - pictured).max() < 0.02 and LEVELS[level] == SIZES[size]


def test_a_thing_stays_inside_its_half_wherever_it_is_drawn():
    rng = np.random.default_rng(0)
    for kinds in permutations(KINDS, 2):
        for size in SIZES:
            if size in sizes_for(kinds):
                x0, x1, y0, y1 = freedom(track(kinds, middle_level(size, kinds[0])))
                assert x0 <= x1 and y0 < y1
                clips = [
                    render(Story((Actor("star", "black", size, "left", events_of(kinds)),)), rng) for _ in range(5)
                ]
                changed = (abs(np.array(clips) - GROUND).sum(-1) > 0).any(1)
                assert not changed[:, :, 16:].any()
    assert all(1.05 * width <= reach for width, reach in zip(LEVELS, REACH, strict=True))


def test_events_take_place_in_order_and_at_their_pace():
    clip = render(parse("a small black square at the left moves down, then grows"), np.random.default_rng(0))
    dark = (GROUND - clip).sum(-1)
    middle = (dark * np.arange(32)[:, None]).sum((1, 2)) / dark.sum((1, 2))
    assert np.diff(middle) == pytest.approx([2, 2, 2, 0, 0, 0, 0], abs=0.05)
    area = np.sqrt(dark.sum((1, 2)) / dark[0].sum()) * 3
    assert area == pytest.approx([3, 3, 3, 3, 3, 3.5, 4, 4.5], rel=0.03)
    clip = render(parse("a large red square at the right turns blue, then moves left"), np.random.default_rng(0))
    y, x = np.argwhere(abs(clip[0] - COLOURS["red"]).sum(-1) < 1e-3).mean(0).round().astype(int)
    red, blue = np.array(COLOURS["red"]), np.array(COLOURS["blue"])
    assert clip[:5, y, x] == pytest.approx(
        np.array([red, (2 * red + blue) / 3, (red + 2 * blue) / 3, blue, blue]), abs=1e-6
    )


def test_half_tracks_meet_between_the_events_and_impossible_ones_are_refused():
    for kind in KINDS:
        for level in (0, 3):
            if (kind, level) not in (("grows", 0), ("shrinks", 3)):
                before = half_track(kind, level, True)
                assert (before.dx[3], before.dy[3], before.level[3]) == (0, 0, level)
    with pytest.raises(ValueError, match="cannot do 'grows'"):
        half_track("grows", 0, True)


def test_places_and_noise_come_from_the_generator():
    story = parse("a small red star at the left stays, then turns blue")
    a, b = (render(story, np.random.default_rng(7), 0.05) for _ in range(2))
    assert np.array_equal(a, b) and 0 <= a.min() and a.max() <= 1 and a.dtype == np.float32
    rng = np.random.default_rng(0)
    assert len({render(story, rng).tobytes() for _ in range(2000)}) == 9 * 25
    noise = (render(story, rng, 0.02) - GROUND)[:, :, 16:]
    assert noise.std() == pytest.approx(0.02, rel=0.05)


def test_patches_are_the_clip_cut_into_blocks_and_back():
    _, clips = drawn(5, 7, noise=0.1)
    patches = to_patches(clips)
    assert patches.shape == (7, 64, 384) and patches.dtype == np.float32
    assert -1 <= patches.min() and patches.max() <= 1
    assert abs(from_patches(patches) - clips).max() < 1e-7
    assert abs(to_patches(from_patches(patches)) - patches).max() < 3e-7
    t, y, x = 1, 2, 3
    block = clips[3, 2 * t : 2 * t + 2, 8 * y : 8 * y + 8, 8 * x : 8 * x + 8]
    assert np.array_equal(patches[3, 16 * t + 4 * y + x], block.ravel() * 2 - 1)
    with pytest.raises(ValueError, match=r"\(n, 8, 32, 32, 3\)"):
        to_patches(clips[0])
    with pytest.raises(ValueError, match=r"\(n, 64, 384\)"):
        from_patches(patches[0])
