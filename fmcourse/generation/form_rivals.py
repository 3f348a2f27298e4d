"""Cheap rivals of models that draw clips, sounds and solids, and what such a model must not be mistaken for.

    texts = [clips.caption(one) for one in asked]
    found = likest(texts, stored)                        # the example whose caption shares most words with each
    sounds = cut_and_paste(asked, tape, rng)             # words cut out of true sounds, one after the other
    guess = coin(story, rng)                             # both events, in an order that a coin decides

They hold no network. The first two stand for a machine that remembers, the third for one that reads a caption as a bag
of words.

But: the joints of `cut_and_paste` are hard, and its pieces are not stretched; a studio would do it better.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from fmcourse.scenes.clips.truth import Actor, Story
from fmcourse.scenes.sounds.lexicon import slots
from fmcourse.scenes.sounds.sampling import sample
from fmcourse.scenes.sounds.synthesis import LENGTH, STARTS, render, voice
from fmcourse.scenes.sounds.truth import Utterance


def likest(texts: Sequence[str], stored: Sequence[str], split: Callable[[str], list[str]] = str.split) -> list[int]:
    """For each caption the number of the stored one whose words are most like its own.

    Words that both have count for it, words that only the stored one has against it. `split` cuts a caption into words.

    >>> likest(["a red cube"], ["a red ring", "a small red cube", "a blue cube"])
    [1]
    """
    known, asked = [set(split(text)) for text in stored], [set(split(text)) for text in texts]
    number = {word: i for i, word in enumerate(sorted(set().union(*known, *asked)))}
    have, want = (_table(some, number) for some in (known, asked))
    return (2 * want @ have.T - have.sum(1)).argmax(1).tolist()


def _table(texts: list[set[str]], number: dict[str, int]) -> np.ndarray:
    """Which words each text has: (texts, words) of 0 and 1."""
    out = np.zeros((len(texts), len(number)), np.float32)
    for row, words in zip(out, texts, strict=True):
        row[[number[word] for word in words]] = 1
    return out


class Piece(NamedTuple):
    """One spoken word, cut out of a true sound."""

    word: str
    of: int  # words in its utterance
    place: int  # from 0
    mark: str  # of its utterance
    sound: np.ndarray  # its samples


def tape(rng: np.random.Generator, n: int) -> list[Piece]:
    """The words of `n` true sounds of training, cut out where the speaker put them."""
    pieces = []
    for _ in range(n):
        said, who = sample(rng)[0], voice(rng)
        sound = render(said, rng, who=who)
        for place, (word, (a, b)) in enumerate(zip(said.words, slots(len(said.words)), strict=True)):
            begin, end = (round(who.start + share * who.length) for share in (a, b))
            pieces.append(Piece(word, len(said.words), place, said.mark, sound[begin:end]))
    return pieces


def cut_and_paste(
    asked: Sequence[Utterance], pieces: Sequence[Piece], rng: np.random.Generator, same_mark: bool = False
) -> np.ndarray:
    """Each utterance from recorded words, one after the other: (n, LENGTH).

    A word is taken from the same place of an utterance of as many words, where there is one, so that it is as long as
    it should be; with `same_mark` also from one with the same mark, where there is one, so that its pitch is right.
    Raises ValueError for a word that nobody recorded.
    """
    made = np.zeros((len(asked), LENGTH), np.float32)
    for row, one in zip(made, asked, strict=True):
        at = round(sum(STARTS) / 2)
        for place, word in enumerate(one.words):
            known = [piece for piece in pieces if piece.word == word]
            if not known:
                raise ValueError(f"nobody recorded the word '{word}'; make the tape longer.")
            fitting = [piece for piece in known if (piece.of, piece.place) == (len(one.words), place)] or known
            if same_mark:
                fitting = [piece for piece in fitting if piece.mark == one.mark] or fitting
            sound = fitting[rng.integers(len(fitting))].sound[: LENGTH - at]
            row[at : at + len(sound)] = sound
            at += len(sound) + (96 if len(one.words) > 1 else 0)  # about the pause of a true utterance
            if at >= LENGTH:
                break
    return made


def exchanged(story: Story) -> Story:
    """The same events of each thing in the other order. A thing whose events need it begins with the other size.

    >>> from fmcourse.scenes.clips import caption, parse
    >>> print(caption(exchanged(parse("a small red ring at the left grows, then moves up"))))
    a small red ring at the left moves up, then grows
    >>> print(caption(exchanged(parse("a small red ring at the left grows, then shrinks"))))
    a large red ring at the left shrinks, then grows
    """
    return Story(tuple(_exchanged(one) for one in story.things))


def _exchanged(one: Actor) -> Actor:
    other = {"small": "large", "large": "small"}
    events = (one.events[1], one.events[0])
    both = {"grows", "shrinks"} <= set(events)
    return replace(one, events=events, size=other[one.size] if both else one.size)


def coin(story: Story, rng: np.random.Generator) -> Story:
    """What a painter draws who knows both events and not their order: heads as told, tails exchanged."""
    return story if rng.random() < 0.5 else exchanged(story)
