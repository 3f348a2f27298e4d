"""The reader of sounds: right on true ones at stated noise, patient with small errors, not fooled by what is none."""

import time

import numpy as np
import pytest

from fmcourse.scenes.sounds import (
    LENGTH,
    MARKS,
    SPOKEN,
    Utterance,
    Voice,
    dataset,
    from_patches,
    parse,
    read_many,
    read_one,
    render,
    sample,
    to_patches,
    voice,
)
from tests.scenes.test_reader import wilson

N = 1200


@pytest.mark.slow
@pytest.mark.parametrize("words", [1, 2, 3])
def test_true_sounds_are_read_wholly_right(words):
    data = dataset(100 + words, N, words, "all")
    rng = np.random.default_rng(words)
    read_many(data.sounds[:1])  # templates are learnt once
    for noise in (0.0, 0.01, 0.03, 0.05):
        sounds = data.sounds + noise * rng.standard_normal(data.sounds.shape)
        start = time.process_time()
        readings = read_many(sounds)
        speed = N / (time.process_time() - start)
        right = sum(r.scene == u for r, u in zip(readings, data.utterances, strict=True))
        both = sum(r.legal and r.scene == u for r, u in zip(readings, data.utterances, strict=True))
        low, high = wilson(both, N)
        print(
            f"{words} words, noise {noise}: {right / N:.4f} read right, {both / N:.4f} and called legal "
            f"[{low:.4f}, {high:.4f}], n = {N}, {speed:.0f} sounds/s; "
            f"fit at most {max(r.fit for r in readings):.2f}, tune at least {min(r.tune for r in readings):.2f}"
        )
        assert low >= 0.99


@pytest.mark.slow
def test_each_withheld_split_is_read_as_well_as_what_is_seen():
    for split in ("withheld order", "withheld mark"):
        data = dataset(5, 400, split=split, noise=0.03)
        right = [r.legal and r.scene == u for r, u in zip(read_many(data.sounds), data.utterances, strict=True)]
        assert np.mean(right) >= 0.99


def _smooth(sounds: np.ndarray, width: int, rng: np.random.Generator) -> np.ndarray:
    """Slow random waves of spread 1, as many as there are sounds."""
    kernel = np.hanning(width)
    waves = [np.convolve(rng.standard_normal(LENGTH), kernel, "same") for _ in sounds]
    return np.array(waves) / np.sqrt((kernel**2).sum())


def test_small_smooth_errors_are_still_read():
    rng = np.random.default_rng(6)
    data = dataset(6, 150, split="all")
    sounds, patches = data.sounds, to_patches(data.sounds)
    erring = {
        "a slight blur": np.stack([np.convolve(sound, [0.15, 0.7, 0.15], "same") for sound in sounds]),
        "1.5 dB too quiet": sounds * 0.84,
        "1.5 dB too loud": sounds * 1.19,
        "loudness that wavers": sounds * np.exp(0.15 * _smooth(sounds, 800, rng)),
        "noise of 0.05": sounds + 0.05 * rng.standard_normal(sounds.shape),
        "patches off by 0.1": from_patches(patches + 0.1 * rng.standard_normal(patches.shape)),
        "patches off by 0.2": from_patches(patches + 0.2 * rng.standard_normal(patches.shape)),
        "patches off by 30 %": from_patches(patches * (1 + 0.3 * rng.standard_normal(patches.shape))),
        "small coefficients lost": from_patches(np.sign(patches) * np.maximum(abs(patches) - 0.15, 0)),
        "moved by 3.5 samples": np.stack([np.interp(np.arange(LENGTH) - 3.5, np.arange(LENGTH), s) for s in sounds]),
    }
    for name, wrong in erring.items():
        readings = read_many(wrong)
        right = np.mean([r.scene == u for r, u in zip(readings, data.utterances, strict=True)])
        legal = np.mean([r.legal for r in readings])
        print(f"{name}: {right:.3f} read right, {legal:.3f} called legal")
        assert right >= 0.98 and legal >= 0.95, name


def _no_sounds(rng: np.random.Generator) -> dict[str, np.ndarray]:
    n = 150
    asked, voices = [sample(rng, split="all")[0] for _ in range(n)], [voice(rng) for _ in range(n)]

    def spoken(utterances: list[Utterance]) -> np.ndarray:
        return np.stack([render(u, rng, who=who) for u, who in zip(utterances, voices, strict=True)])

    sounds, t = spoken(asked), np.arange(LENGTH)
    others = dataset(1, n, split="all").sounds
    marks = spoken([Utterance(u.words, MARKS[(MARKS.index(u.mark) + 1) % 3]) for u in asked])
    turned = [SPOKEN[(SPOKEN.index(u.words[0]) + 5) % 12] for u in asked]
    words = spoken([Utterance((w, *u.words[1:]), u.mark) for w, u in zip(turned, asked, strict=True)])
    patches = to_patches(sounds)
    faster = np.stack([np.interp(t * 1.25, t, sound, right=0) for sound in sounds])
    tiles = sounds.reshape(n, 8, 512)
    return {
        "silence": np.zeros((n, LENGTH)),
        "faint noise": 0.03 * rng.standard_normal((n, LENGTH)),
        "white noise": 0.2 * rng.standard_normal((n, LENGTH)),
        "a pure tone": 0.25 * np.sin(t * rng.uniform(0.1, 1, (n, 1))),
        "two sounds at once": (sounds + others) / 2,
        "two words at once, by one voice": (sounds + words) / 2,
        "two melodies at once": (sounds + marks) / 2,
        "played backwards": sounds[:, ::-1],
        "the second half missing": np.where(t < LENGTH // 2, sounds, 0),
        "a hole in the middle": np.where(abs(t - LENGTH // 2) < 350, 0, sounds),
        "played faster": faster,
        "parts shuffled": np.stack([part[rng.permutation(8)] for part in tiles]).reshape(n, LENGTH),
        "half as loud": sounds / 2,
        "loud noise in it": sounds + 0.15 * rng.standard_normal(sounds.shape),
        "signs of the patches lost": from_patches(patches * rng.choice([-1, 1], patches.shape)),
        "patches blurred over time": from_patches((patches + np.roll(patches, 1, 1) + np.roll(patches, -1, 1)) / 3),
        "another mouth": np.stack([render(u, rng, who=Voice(mouth=1.3)) for u in asked]),
        "monotone": _monotone(asked, rng),
    }


def _monotone(asked: list[Utterance], rng: np.random.Generator) -> np.ndarray:
    """Utterances on one note."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fmcourse.scenes.sounds.synthesis.melody", lambda mark, u: np.full(len(u), 1.2))
        return np.stack([render(u, rng) for u in asked])


def test_what_is_no_true_sound_is_rejected():
    for name, sounds in _no_sounds(np.random.default_rng(2)).items():
        readings = read_many(sounds)
        legal = np.mean([r.legal for r in readings])
        reason = next((r.reason for r in readings if not r.legal), "")
        print(f"{name}: {legal:.3f} called legal; for example: {reason}")
        assert legal <= 0.05, name
        assert all(r.reason for r in readings if not r.legal)


def test_a_batch_is_read_as_its_sounds_are_one_by_one():
    data = dataset(8, 70, noise=0.03)
    batch = read_many(data.sounds)
    assert [read_one(sound).scene for sound in data.sounds[60:]] == [r.scene for r in batch[60:]]
    assert batch[3].words == batch[3].scene.words and batch[3].mark == batch[3].scene.mark
    assert np.median([r.noise for r in batch]) == pytest.approx(0.03, rel=0.15)


def test_a_sound_between_two_words_is_said_to_be_between():
    go, no = (render(parse(text), np.random.default_rng(0), who=Voice()) for text in ("go.", "no."))
    clean, half = read_one(no), read_one((go + no) / 2)
    assert clean.legal and clean.between < 0.2 and clean.fit < 0.5
    assert half.between > 0.25 and half.fit > clean.fit


def test_a_wrong_shape_or_value_is_refused_with_a_remedy():
    with pytest.raises(ValueError, match=r"must be \(n, 4096\), not \(4096,\); one sound goes to read_one"):
        read_many(np.zeros(LENGTH))
    with pytest.raises(ValueError, match="not a number"):
        read_many(np.full((1, LENGTH), np.nan))
    assert read_many(np.zeros((0, LENGTH))) == []
    loud = read_one(20 * render(parse("go."), np.random.default_rng(0)))  # clipped, not an error
    assert not loud.legal
