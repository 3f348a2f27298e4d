"""Sounds: short utterances whose truth we know, written as text, spoken by a small synthesiser, and read back exactly.

truth      what an utterance is                 captions   utterance <-> text
lexicon    phones of the words, melodies        synthesis  utterance -> sound
hearing    loudness in bands, pitch             templates  how each word sounds, for the reader
matching   the words and melody that fit best   reader     sound -> utterance, and is it one at all?
comparing  an utterance heard against one asked for
sampling   random utterances, their probability, what is withheld, data sets
spectrum   sound <-> 64 patches of 64 numbers, exactly
"""

from fmcourse.scenes.captions import CaptionError
from fmcourse.scenes.sounds.captions import LONGEST, WORDS, caption, parse
from fmcourse.scenes.sounds.comparing import compare, word_errors
from fmcourse.scenes.sounds.hearing import pitch
from fmcourse.scenes.sounds.reader import Reading, read_many, read_one, spans
from fmcourse.scenes.sounds.sampling import (
    SPLITS,
    WITHHELD_MARK,
    WITHHELD_ORDER,
    Dataset,
    all_utterances,
    audit,
    dataset,
    log_prob,
    sample,
    split_of,
)
from fmcourse.scenes.sounds.spectrum import from_patches, to_patches
from fmcourse.scenes.sounds.synthesis import LENGTH, RATE, Voice, render, voice
from fmcourse.scenes.sounds.truth import MARKS, SPOKEN, Utterance

__all__ = [
    "LENGTH",
    "LONGEST",
    "MARKS",
    "RATE",
    "SPLITS",
    "SPOKEN",
    "WITHHELD_MARK",
    "WITHHELD_ORDER",
    "WORDS",
    "CaptionError",
    "Dataset",
    "Reading",
    "Utterance",
    "Voice",
    "all_utterances",
    "audit",
    "caption",
    "compare",
    "dataset",
    "from_patches",
    "log_prob",
    "parse",
    "pitch",
    "read_many",
    "read_one",
    "render",
    "sample",
    "spans",
    "split_of",
    "to_patches",
    "voice",
    "word_errors",
]
