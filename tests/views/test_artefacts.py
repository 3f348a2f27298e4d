"""Views of what is drawn: words that were read, nothing that plays by itself, files that open again."""

import io
import wave

import numpy as np
import pytest
from PIL import Image

from fmcourse.scenes import image, parse, read_images
from fmcourse.views import artefacts

TEXTS = ["a large red circle at the top", "a small blue ring at the left"]


@pytest.fixture
def shown(monkeypatch):
    pages = []
    monkeypatch.setattr(artefacts, "emit", lambda page, words: pages.append((page, words)))
    return pages


def test_the_words_say_what_was_read(shown):
    pictures = np.stack([image(parse(text)) for text in TEXTS])
    artefacts.read_grid(pictures, [TEXTS[0], "a red star"], read_images, [True, False], finding="A try.")
    page, words = shown[0]
    assert "A try. 1 of 2 are what was asked for." in words
    assert f"2, asked for 'a red star': {TEXTS[1]}" in words and page.count("<img") == 1
    artefacts.read_grid(np.full((1, 32, 32, 3), 0.5), ["a red star"], read_images)
    assert "no true scene (" in shown[1][1]
    with pytest.raises(ValueError, match="2 pictures and 1 captions"):
        artefacts.read_grid(pictures, ["one"], read_images)


def test_a_sound_can_be_opened_again(shown):
    sound = np.sin(np.arange(800) / 10)
    with wave.open(io.BytesIO(artefacts.wav(sound, 8000))) as file:
        assert (file.getframerate(), file.getnframes()) == (8000, 800)
        back = np.frombuffer(file.readframes(800), "<i2") / 32767
    assert np.allclose(back, sound, atol=1e-4)
    pitch = np.linspace(0, 0.1, 5), np.array([120, np.nan, 130, 140, 150])
    artefacts.player(sound, 8000, alt="A tone that rises, spoken once.", pitch=pitch, words=[(0.0, 0.05, "go")])
    page, words = shown[0]
    assert "autoplay" not in page and "<audio controls" in page and page.count("A tone that rises") >= 3
    for wrong in (np.zeros((2, 3)), np.array([np.nan]), np.zeros(0)):
        with pytest.raises(ValueError, match="a sound is"):
            artefacts.wav(wrong, 8000)
    with pytest.raises(ValueError, match="says too little"):
        artefacts.player(sound, 8000, alt="hm")


def test_a_clip_moves_only_when_it_is_opened(shown):
    frames = np.random.default_rng(0).random((8, 32, 32, 3))
    artefacts.clip(frames, alt="A red circle moves to the left and then grows.")
    page, _ = shown[0]
    still, moving = page.split("<details>")
    assert "image/png" in still and "image/gif" not in still and 'alt="The same frames' in moving
    opened = Image.open(io.BytesIO(artefacts.gif(frames)))
    assert opened.n_frames == 8 and opened.size == (128, 128)
    with pytest.raises(ValueError, match="a clip is"):
        artefacts.gif(frames[0])


def test_a_solid_is_seen_from_two_sides(shown):
    voxels = np.zeros((16, 16, 16, 4))
    voxels[2:5, 2:5, 2:5] = [1, 0.8, 0.1, 0.1]
    artefacts.solid(voxels, alt="A small red cube at the top back left.")
    artefacts.solid(np.zeros((16, 16, 16, 4)), alt="Nothing at all stands here, on purpose.")
    assert len(shown) == 2
    with pytest.raises(ValueError, match="voxels are"):
        artefacts.solid(voxels[0], alt="A small red cube at the top back left.")


def test_stages_stand_side_by_side(shown):
    artefacts.strip([np.zeros((32, 32, 3))] * 3, ["1", "2", "3"], alt="From noise to nothing in three steps.")
    assert "From noise" in shown[0][1]
