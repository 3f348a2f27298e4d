"""The reader: right on true pictures at stated noise, indifferent to order, and not fooled by what is no scene."""

import time
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from fmcourse.scenes import COLOURS, Scene, all_scenes, caption, dataset, image, parse, read_image, read_images, sample
from fmcourse.scenes.images import background
from fmcourse.scenes.scene import GROUNDS

N = 2400


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share (Wilson score)."""
    middle, half = right + z * z / 2, z * sqrt(right * (n - right) / n + z * z / 4)
    return (middle - half) / (n + z * z), (middle + half) / (n + z * z)


def kinds_of_picture(n, objects, noise, free, seed):
    """Pictures of `n` scenes on all four grounds, and the scenes."""
    rng, scenes = np.random.default_rng(seed), []
    for i in range(n):
        scenes.append(replace(sample(rng, objects, "all")[0], ground=GROUNDS[i % len(GROUNDS)]))
    return np.stack([image(s, noise, rng, wobble=not free, free=free) for s in scenes]), scenes


def share_right(n, objects, noise, free):
    pictures, scenes = kinds_of_picture(n, objects, noise, free, 100 * objects + round(100 * noise) + free)
    start = time.process_time()
    readings = read_images(pictures)
    speed = n / (time.process_time() - start)
    right = sum(r.legal and r.scene == scene for r, scene in zip(readings, scenes, strict=True))
    low, high = wilson(right, n)
    print(
        f"{objects} things, noise {noise}, free {free}: {right / n:.4f} read right and called legal "
        f"[{low:.4f}, {high:.4f}], n = {n}, {speed:.0f} pictures/s"
    )
    return right / n, low


@pytest.mark.parametrize("noise", [0.0, 0.10])
@pytest.mark.parametrize("objects", [1, 3, 4])
def test_true_pictures_are_read_wholly_right(objects, noise):
    assert share_right(300, objects, noise, free=True)[0] >= 0.99


@pytest.mark.law
@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("noise", [0.0, 0.05, 0.10])
@pytest.mark.parametrize("objects", [1, 2, 3, 4])
def test_of_very_many_pictures_99_in_100_are_read_wholly_right(objects, noise, free):
    assert share_right(N, objects, noise, free)[1] >= 0.99


def test_every_one_object_scene_is_read_from_its_clean_picture():
    scenes = list(all_scenes(1))
    readings = read_images(np.stack([image(scene) for scene in scenes]))
    assert [r.scene for r in readings] == scenes
    assert all(r.legal and r.confidence > 0.99 and r.residual < 1e-3 for r in readings)


def test_uint8_and_larger_pictures_are_read_too():
    rng = np.random.default_rng(1)
    scenes = [sample(rng, (1, 2, 3), "all")[0] for _ in range(100)]
    large = np.stack([image(scene, 0.05, rng, 64, wobble=True) for scene in scenes])
    assert [r.scene for r in read_images(large) if r.legal] == scenes
    small = np.stack([image(scene) for scene in scenes])
    assert [r.scene for r in read_images(np.rint(small * 255).astype(np.uint8)) if r.legal] == scenes


def test_a_batch_is_read_as_its_pictures_are_one_by_one():
    data = dataset(5, 120, (1, 2, 3), noise=0.1)
    batch = read_images(data.images)
    order = np.random.default_rng(0).permutation(120)
    assert [batch[i].scene for i in order] == [r.scene for r in read_images(data.images[order])]
    assert all(read_image(data.images[i]).scene == batch[i].scene for i in range(20))


def test_a_mirrored_picture_is_read_as_the_mirrored_scene():
    flip = {"left": "right", "right": "left"}
    for scene in list(all_scenes(1))[::5]:
        mirrored = parse(" ".join(flip.get(word, word) for word in caption(scene).split()))
        assert read_image(image(scene)[:, ::-1]).scene == mirrored


def test_noise_and_confidence_are_honest():
    data = dataset(8, 500, 2, "all", noise=0.05)
    readings = read_images(data.images)
    assert np.median([r.noise for r in readings]) == pytest.approx(0.05, rel=0.1)
    hard = dataset(9, 600, 2, "all", noise=0.2)  # beyond what is promised: now readings may be wrong, and are less sure
    readings = read_images(hard.images)
    sure, right = np.array([(r.confidence, r.scene == s) for r, s in zip(readings, hard.scenes, strict=True)]).T
    doubt = sure[right == 0].mean()
    print(f"noise 0.2: confidence {sure.mean():.3f}, right {right.mean():.3f}; confidence where wrong {doubt:.3f}")
    assert doubt < sure[right == 1].mean() - 0.1


def _no_scenes(rng: np.random.Generator) -> dict[str, np.ndarray]:
    n = 100

    def clean(objects):
        return np.stack([image(sample(rng, objects, "all")[0], rng=rng, wobble=True) for _ in range(n)])

    a, b = clean(1), clean(1)
    three, others = clean(3), clean(3)
    four = np.where(abs(b - background()) > 0, b, three)
    ys, xs = np.mgrid[:32, :32]
    grey = rng.uniform(0, 1, (n, 1, 1, 3)) * np.ones((n, 32, 32, 3))
    return {
        "white noise": rng.uniform(0, 1, (n, 32, 32, 3)),
        "Gaussian noise around grey": (0.5 + 0.2 * rng.standard_normal((n, 32, 32, 3))).clip(0, 1),
        "the empty background": background()[None] + 0.05 * rng.standard_normal((n, 32, 32, 3)),
        "one flat colour": grey,
        "a scene on another background": np.where(abs(a - background()) > 0, a, grey),
        "colours mixed half and half": _mixed(rng, n),
        "waves": 0.5 + 0.5 * np.sin(rng.uniform(0.2, 1, (n, 1, 1, 1)) * (xs + 2 * ys)[..., None] + np.zeros(3)),
        "half of one scene, half of another": (three + others) / 2,
        "a scene faded to half": (a + background()) / 2,
        "things shuffled as 4 x 4 tiles": _tiles(three, rng),
        "every colour channel swapped": 1 - three,
        "a blurred scene": _blur(three),
        "scenes laid over each other": np.minimum(np.minimum(three, others), four),
    }


def _mixed(rng: np.random.Generator, n: int) -> np.ndarray:
    """Two scenes that differ in colour alone, averaged: the shape is true and the colour is none of ours."""
    scenes = [sample(rng, 1, "all")[0] for _ in range(n)]
    others = [replace(s.things[0], colour=rng.choice([c for c in COLOURS if c != s.things[0].colour])) for s in scenes]
    return np.stack([(image(s) + image(Scene((o,)))) / 2 for s, o in zip(scenes, others, strict=True)])


def _tiles(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    tiles = pictures.reshape(-1, 8, 4, 8, 4, 3).transpose(0, 1, 3, 2, 4, 5).reshape(-1, 64, 4, 4, 3)
    tiles = tiles[:, rng.permutation(64)]
    return tiles.reshape(-1, 8, 8, 4, 4, 3).transpose(0, 1, 3, 2, 4, 5).reshape(-1, 32, 32, 3)


def _blur(pictures: np.ndarray) -> np.ndarray:
    for axis in (1, 2):
        for _ in range(4):
            pictures = (np.roll(pictures, 1, axis) + np.roll(pictures, -1, axis) + pictures) / 3
    return pictures


def test_what_is_no_scene_is_rejected():
    for name, pictures in _no_scenes(np.random.default_rng(2)).items():
        readings = read_images(pictures)
        legal = np.mean([r.legal for r in readings])
        reason = next((r.reason for r in readings if not r.legal), "")
        print(f"{name}: {legal:.3f} called legal; for example: {reason}")
        assert legal <= 0.02, name
        assert all(r.reason for r in readings if not r.legal)


def test_a_wrong_shape_or_value_is_refused_with_a_remedy():
    with pytest.raises(ValueError, match=r"\(2, 3, 32, 32\).*Channels come last"):
        read_images(np.zeros((2, 3, 32, 32)))
    with pytest.raises(ValueError, match="not a number"):
        read_images(np.full((1, 32, 32, 3), np.nan))
    assert read_images(np.zeros((0, 32, 32, 3))) == []
