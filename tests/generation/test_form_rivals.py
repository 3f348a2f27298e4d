"""Rivals without a network: who remembers, who cuts and pastes, who tosses a coin."""

import numpy as np
import pytest

from fmcourse.generation import form_rivals as rivals
from fmcourse.scenes import clips, sounds
from fmcourse.scenes.sounds.hearing import nearest_melody


def test_the_likest_caption_shares_words_and_has_few_others():
    stored = ["a red ring", "a small red cube", "a blue cube"]
    assert rivals.likest(["a red cube", "a blue ring", "a blue cube"], stored) == [1, 0, 2]
    assert rivals.likest(["up, then grows"], ["grows, then up", "up, then grows"], clips.split_words) == [0]  # a bag
    with pytest.raises(ValueError, match="empty"):
        rivals.likest(["a red cube"], [])


def test_cut_and_paste_says_the_words_and_not_the_mark():
    rng = np.random.default_rng(0)
    asked = [sounds.sample(rng)[0] for _ in range(60)]
    made = rivals.cut_and_paste(asked, rivals.tape(rng, 400), rng)
    assert made.shape == (60, sounds.LENGTH) and np.abs(made).max() <= 1
    heard = [found.scene for found in sounds.read_many(made)]
    wrong = sum(sounds.word_errors(found.words, one.words) for found, one in zip(heard, asked, strict=True))
    marks = np.mean([found.mark == one.mark for found, one in zip(heard, asked, strict=True)])
    assert wrong / sum(len(one.words) for one in asked) < 0.1 and marks < 0.65
    with pytest.raises(ValueError, match="nobody recorded"):
        rivals.cut_and_paste(asked, [], rng)


def test_word_errors_count_the_least_changes():
    count = sounds.word_errors
    assert count((), ()) == 0 and count(("go",), ()) == 1 and count((), ("go", "now")) == 2
    assert count(("now", "go"), ("go", "now")) == 2 and count(("go", "go", "now"), ("go", "now")) == 1
    assert count(("see", "me", "now"), ("see", "my", "now")) == 1


def test_events_are_exchanged_and_every_story_can_be():
    rng = np.random.default_rng(1)
    for _ in range(300):
        story, _ = clips.sample(rng)
        other = rivals.exchanged(story)
        assert [one.events[::-1] for one in story.things] == [one.events for one in other.things]
        assert rivals.exchanged(other) == story
    story = clips.parse("a small red ring at the left moves up, then turns blue")
    tosses = [rivals.coin(story, rng) == story for _ in range(200)]
    assert 60 < sum(tosses) < 140


def test_cut_and_paste_with_an_eye_to_the_mark_has_it_where_the_tape_has_it():
    rng = np.random.default_rng(1)
    asked = [sounds.sample(rng, words=n)[0] for n in (1, 2, 3) * 8]
    pieces = rivals.tape(rng, 400)
    marks = [nearest_melody(sound) for sound in rivals.cut_and_paste(asked, pieces, rng, same_mark=True)]
    assert np.mean([mark == one.mark for mark, one in zip(marks, asked, strict=True)]) > 0.9
    never = [sounds.sample(rng, split="withheld mark")[0] for _ in range(12)]
    marks = [nearest_melody(sound) for sound in rivals.cut_and_paste(never, pieces, rng, same_mark=True)]
    assert not any(mark == one.mark for mark, one in zip(marks, never, strict=True))
