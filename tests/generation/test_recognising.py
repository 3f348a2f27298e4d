"""The recogniser: what a row of choices spells, the loss beside a sum over all ways, and a little training."""

from itertools import product

import numpy as np
import pytest
import torch

from fmcourse.generation.recognising import (
    Recogniser,
    Recognising,
    collapse,
    examples,
    hear,
    learn,
    moved,
    numbers,
    recognise,
)
from fmcourse.scenes.sounds import LENGTH, SPOKEN, Utterance, dataset, word_errors


def test_repeats_are_one_word_and_none_is_left_out():
    assert collapse([0, 3, 3, 0, 3, 5, 5]) == [3, 3, 5]
    assert collapse([]) == collapse([0, 0]) == [] and collapse([7]) == collapse([7, 7, 0]) == [7]


def test_the_loss_is_the_sum_over_all_ways_to_spell_the_text():
    """Enumerated for five steps; mean over words and rows, as torch has it."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 5, 13, generator=generator)
    logits[:, :, 4:] = -30  # only none and three words matter, so that all ways can be counted
    said = [Utterance((SPOKEN[0], SPOKEN[0]), "."), Utterance((SPOKEN[2],), "!")]

    class Fixed(Recogniser):
        def forward(self, frames):
            return logits

    loss = Recognising(Fixed(8))(torch.zeros(2, 10, 24), numbers(said)).loss
    by_hand = []
    for row, one in zip(logits.softmax(-1).double(), said, strict=True):
        wanted = [SPOKEN.index(word) + 1 for word in one.words]
        ways = [way for way in product(range(4), repeat=5) if collapse(way) == wanted]
        chance = sum(row[range(5), list(way)].prod() for way in ways)
        by_hand.append(-torch.log(chance) / len(wanted))
    assert loss.item() == pytest.approx(float(sum(by_hand)) / 2, abs=1e-5)


def test_frames_and_numbers():
    made = dataset(1, 5)
    assert hear(made.sounds).shape == (5, 32, 24)
    rows = numbers([Utterance(("go", "now"), "?"), Utterance(("you",), ".")])
    assert rows.tolist() == [[2, 6, 0], [12, 0, 0]]
    first, again = (examples(np.random.default_rng(3), 4) for _ in range(2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert Recogniser()(first["frames"]).shape == (4, 16, 13)
    batches = [moved(first, 3, np.random.default_rng(i)) for i in range(9)]
    assert all(b["frames"].shape == (3, 32, 24) and b["words"].shape == (3, 3) for b in batches)
    shifts = {i for i in range(-2, 3) for b in batches if any(
        torch.equal(b["frames"][0], frames.roll(i, 0)) for frames in first["frames"])}  # fmt: skip
    assert len(shifts) > 2


def test_a_little_training_hears_most_words_and_silence_is_no_word():
    ear = learn(seed=1, n=300, steps=150, rows=48)
    made = dataset(2, 60)
    heard = recognise(ear, made.sounds)
    wrong = sum(word_errors(found, one.words) for found, one in zip(heard, made.utterances, strict=True))
    spoken = sum(len(one.words) for one in made.utterances)
    assert 1 - wrong / spoken > 0.8
    exchanged = sum(word_errors(a, one.words) for a, one in zip(heard[1:] + heard[:1], made.utterances, strict=True))
    assert exchanged > 2 * wrong + 30
    assert len(recognise(ear, np.zeros((2, LENGTH)))) == 2 and recognise(ear, made.sounds[:1]) == heard[:1]
