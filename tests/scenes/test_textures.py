"""Textures: the class is hidden from raw pixels under few labels, plain in the spectrum, and exact."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from fmcourse.scenes.textures import TEXTURES, texture, texture_dataset


def spectrum(images: np.ndarray) -> np.ndarray:
    """What a picture holds at each wavelength, whatever phase, direction and colour: a feature made by hand."""
    grey = images.mean(-1)
    grey = (grey - grey.mean((1, 2), keepdims=True)) / grey.std((1, 2), keepdims=True)
    power = np.fft.fftshift(abs(np.fft.fft2(grey * np.hanning(32)[:, None] * np.hanning(32))) ** 2, axes=(1, 2))
    power /= power.sum((1, 2), keepdims=True)
    down, right = np.mgrid[-16:16, -16:16]
    far, turn = np.hypot(down, right), np.arctan2(down, right) % np.pi
    around = np.stack(
        [power[:, (turn >= a) & (turn < a + np.pi / 12) & (far > 0)].sum(1) for a in np.arange(12) * np.pi / 12], axis=1
    )
    along = np.stack([power[:, (far >= r) & (far < r + 1)].sum(1) for r in range(1, 16)], axis=1)
    return np.concatenate([abs(np.fft.rfft(around)), along, np.sort(power.reshape(len(power), -1))[:, -8:]], axis=1)


@pytest.mark.parametrize("objects", [0, 1])
def test_raw_pixels_fail_under_few_labels_where_the_class_can_be_learned(objects):
    train, test = texture_dataset(1, 600, objects=objects), texture_dataset(2, 1500, objects=objects)
    features, tested = spectrum(train.images), spectrum(test.images)
    tested, features = ((f - features.mean(0)) / features.std(0) for f in (tested, features))
    for n in (60, 600):
        pixels, labels = train.images[:n].reshape(n, -1), train.labels[:n]
        flat = test.images.reshape(len(test.images), -1)
        scores = {
            type(reader).__name__: reader.fit(pixels, labels).score(flat, test.labels)
            for reader in (KNeighborsClassifier(1), SVC(), RidgeClassifier(100.0))
        }
        known = LogisticRegression(max_iter=500).fit(features[:n], labels).score(tested, test.labels)
        print(f"{objects} things in front, {n} labels: pixels {scores}, spectrum {known:.3f}, chance {1 / 6:.3f}")
        assert max(scores.values()) < 0.6 and known > 0.9


def test_a_seed_repeats_and_labels_are_even():
    a, b, c = texture_dataset(1, 300), texture_dataset(1, 300), texture_dataset(2, 300)
    assert np.array_equal(a.images, b.images) and np.array_equal(a.labels, b.labels)
    assert not np.array_equal(a.images, c.images)
    assert np.bincount(a.labels, minlength=len(TEXTURES)).min() > 25
    assert a.images.min() >= 0 and a.images.max() <= 1 and a.scenes == [None] * 300


def test_a_scene_may_stand_in_front():
    data = texture_dataset(3, 10, objects=2)
    assert all(len(scene.things) == 2 for scene in data.scenes)


def test_two_pictures_of_one_class_differ_in_everything_but_the_pattern():
    rng = np.random.default_rng(0)
    for kind in TEXTURES:
        pictures = np.stack([texture(kind, rng) for _ in range(200)])
        assert pictures.mean(0).std(axis=(0, 1)).max() < 0.05  # on average, a flat grey: no pixel is telling


def test_an_unknown_texture_is_refused():
    with pytest.raises(ValueError, match="did you mean 'stripes'"):
        texture("stripe", np.random.default_rng(0))
