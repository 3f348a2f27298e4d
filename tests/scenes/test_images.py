"""Images: in range, anti-aliased, things apart and inside their cells, colours apart for colour-blind eyes too."""

from itertools import combinations

import numpy as np
import pytest

from fmcourse.scenes import (
    COLOURS,
    PLACES,
    SHAPES,
    SIZES,
    Scene,
    Thing,
    clips,
    image,
    parse,
    read,
    render,
    sample,
    sounds,
    voxels,
)
from fmcourse.scenes.images import SIZE, WOBBLES, background, centre
from fmcourse.scenes.modalities import READERS

# Machado, Oliveira and Fernandes (2009), table of severity 1.0, for linear RGB.
SIGHT = {
    "full": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(rgb: np.ndarray, sight: str) -> np.ndarray:
    """CIE L*a*b* of an sRGB colour as that eye sees it."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(SIGHT[sight]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    t = xyz / [0.9505, 1.0, 1.089]
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_stay_apart_for_every_kind_of_eye(sight):
    named = {**COLOURS, "background": background()[SIZE // 2, 0]}
    seen = {name: lab(np.array(rgb), sight) for name, rgb in named.items()}
    apart = {pair: np.linalg.norm(seen[pair[0]] - seen[pair[1]]) for pair in combinations(seen, 2)}
    nearest = min(apart, key=apart.get)
    print(f"{sight}: nearest pair {nearest}, {apart[nearest]:.1f} apart (2.3 is just noticeable)")
    assert apart[nearest] > 20


@pytest.mark.parametrize("size", [16, 32, 41, 64])
def test_pictures_are_in_range_and_of_the_size_asked_for(size):
    rng = np.random.default_rng(0)
    for _ in range(20):
        picture = image(sample(rng, (1, 2, 3))[0], 0.1, rng, size, wobble=True)
        assert picture.shape == (size, size, 3) and 0 <= picture.min() and picture.max() <= 1


def test_each_thing_changes_only_its_own_cell_whatever_the_wobble():
    rng = np.random.default_rng(1)
    for place in PLACES:
        x, y = centre(place)
        for shape in SHAPES:
            for _ in range(10):
                changed = (
                    image(Scene((Thing(shape, "black", "large", place),)), rng=rng, wobble=True) != background()
                ).any(-1)
                rows, columns = np.nonzero(changed)
                assert y - 5 <= rows.min() and rows.max() < y + 5 and x - 5 <= columns.min() and columns.max() < x + 5


def test_edges_are_smooth_and_the_middle_is_the_colour_itself():
    picture = image(parse("a large black circle in the centre"))
    cover = (background() - picture).sum(-1) / (background() - np.array(COLOURS["black"])).sum(-1)
    assert cover[16, 16] == pytest.approx(1) and ((0.1 < cover) & (cover < 0.9)).sum() > 8
    assert cover.sum() == pytest.approx(np.pi * SIZES["large"] ** 2, rel=0.01)  # area of the circle


def test_a_larger_picture_averages_down_to_the_smaller_one():
    scene = parse("a large blue star at the left and a small red ring at the bottom right")
    large = image(scene, size=64).reshape(32, 2, 32, 2, 3).mean((1, 3))
    assert abs(large - image(scene, size=32)).max() < 0.06


def test_without_noise_and_wobble_a_picture_is_always_the_same_and_differs_between_scenes():
    scenes = [Scene((Thing(shape, colour, size, "top"),)) for shape in SHAPES for colour in COLOURS for size in SIZES]
    pictures = [image(scene) for scene in scenes]
    assert all(np.array_equal(image(scene), picture) for scene, picture in zip(scenes, pictures, strict=True))
    assert min(((a - b) ** 2).sum() for a, b in combinations(pictures, 2)) > 0.3


def test_noise_has_the_spread_it_says():
    scene = parse("a large black square at the top")
    noise = image(scene, 0.03, np.random.default_rng(2)) - image(scene)
    assert noise.std() == pytest.approx(0.03, rel=0.1)
    assert len(WOBBLES) == len(set(WOBBLES)) and max(WOBBLES) + SIZES["large"] <= 5


def test_noise_without_a_generator_and_a_wrong_background_are_refused():
    scene = parse("a large red circle at the top")
    with pytest.raises(ValueError, match="default_rng"):
        image(scene, noise=0.1)
    with pytest.raises(ValueError, match=r"\(16, 16, 3\)"):
        image(scene, behind=np.zeros((16, 16, 3)))


def test_modalities_are_found_by_name():
    scene = parse("a large red circle at the top")
    assert read(render(scene)).scene == scene
    with pytest.raises(ValueError, match="no form called 'imgae'; did you mean 'image'"):
        render(scene, "imgae")
    with pytest.raises(ValueError, match="no form called"):
        read(render(scene), "smell")


@pytest.mark.parametrize("form", [name for name in READERS if name != "image"])
def test_other_forms_are_rendered_and_read_by_name(form):
    world = {"clip": clips, "sound": sounds, "voxels": voxels}[form]
    truth, _ = world.sample(np.random.default_rng(3))
    found = read(render(truth, form, rng=np.random.default_rng(4)), form)
    assert found.scene == truth and found.legal and not found.reason
