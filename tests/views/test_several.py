"""Several at once: a mark and a finding for each, players that wait, and one figure with its words."""

import numpy as np
import pytest

from fmcourse.scenes import clips, sounds, voxels
from fmcourse.views import artefacts, several

SOUNDS = ["go now?", "me!"]
CLIPS = ["a small red ring at the left moves up, then grows", "a large blue star at the right stays, then shrinks"]
SOLIDS = ["a large red cube at the top back left", "a small blue ring at the bottom front right"]


@pytest.fixture
def shown(monkeypatch):
    pages = []
    monkeypatch.setattr(artefacts, "emit", lambda page, words: pages.append((page, words)))
    return pages


def made(world, texts):
    return np.stack([world.render(world.parse(text), np.random.default_rng(0)) for text in texts])


def test_sounds_have_a_player_each_and_none_starts_by_itself(shown):
    several.sound_grid(made(sounds, SOUNDS), sounds.RATE, SOUNDS, ["go now?", "my!"], [True, False], pitch=sounds.pitch)
    page, words = shown[0]
    assert page.count("<audio controls") == 2 and "autoplay" not in page and page.count("<img") == 1
    assert "✓ go now?" in page and "✗ me!" in page and 'aria-label="Sound 2: me!"' in page
    assert "1 of 2 are what was asked for." in words and "2, asked for 'me!': my!" in words


def test_clips_are_still_until_they_are_opened(shown):
    several.clip_grid(made(clips, CLIPS), CLIPS, CLIPS, [True, True])
    page, words = shown[0]
    still, *moving = page.split("<details>")
    assert "image/png" in still and "image/gif" not in still and len(moving) == 2
    assert all('alt="Clip' in part for part in moving) and "2 of 2 are what was asked for." in words


def test_solids_have_one_figure(shown):
    several.solid_grid(made(voxels, SOLIDS), SOLIDS, SOLIDS)
    page, words = shown[0]
    assert page.count("<img") == 1 and words.count("asked for") == 2 and "of 2 are what" not in words


@pytest.mark.parametrize("found", [["one"], ["one", "two", "three"]])
def test_there_must_be_a_finding_for_each(found):
    with pytest.raises(ValueError, match=f"2 things, 2 captions and {len(found)} findings"):
        several.clip_grid(made(clips, CLIPS), CLIPS, found)
    with pytest.raises(ValueError, match="0 things"):
        several.sound_grid(np.zeros((0, 4096)), 8000, [], [], pitch=sounds.pitch)


def test_words_stand_where_they_were_spoken():
    who = sounds.Voice()
    sound = sounds.render(sounds.parse("show me!"), np.random.default_rng(0), who=who)
    (begin, _, first), (_, end, last) = sounds.spans(sound)
    assert (first, last) == ("show", "me")
    assert abs(begin - who.start / sounds.RATE) < 0.01 and abs(end - (who.start + who.length) / sounds.RATE) < 0.015
