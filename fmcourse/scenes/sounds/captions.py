"""An utterance as written text, and back: `parse` is the exact inverse of `caption`.

    utterance = WORD {" " WORD} MARK      one to three words, then ".", "?" or "!"

But: a caption is what is said, letter for letter. It does not describe the voice.
"""

import re

from fmcourse.scenes.captions import CaptionError
from fmcourse.scenes.scene import did_you_mean
from fmcourse.scenes.sounds.truth import MARKS, MOST, SPOKEN, Utterance

WORDS = tuple(sorted(SPOKEN + MARKS))  # everything a caption is made of, marks included
LONGEST = MOST + 1  # the most of these in one caption


def caption(utterance: Utterance) -> str:
    """What is written for an utterance.

    >>> caption(Utterance(("show", "me"), "!"))
    'show me!'
    """
    return " ".join(utterance.words) + utterance.mark


def parse(text: str) -> Utterance:
    """The utterance that a text writes. Capitals and spaces are forgiven; CaptionError for a text outside the grammar.

    >>> parse("Go now?")
    Utterance(words=('go', 'now'), mark='?')
    >>> parse("me wsih?")
    Traceback (most recent call last):
    fmcourse.scenes.captions.CaptionError: word 2 is 'wsih', which is not spoken here; did you mean 'wish'?
    """
    *words, mark = re.findall(r"\w+|[^\w\s]", text.lower()) or [""]
    for i, word in enumerate(words):
        if word in MARKS:
            raise CaptionError(f"word {i + 1} is the mark '{word}'; there is one mark, at the end.")
        if word not in SPOKEN:
            raise CaptionError(f"word {i + 1} is '{word}', which is not spoken here; {did_you_mean(word, SPOKEN)}")
    if mark not in MARKS:
        end = f"ends with '{mark}'" if mark else "is empty"
        raise CaptionError(f"the text {end}; it must end with a mark, one of: {' '.join(MARKS)}")
    if not 1 <= len(words) <= MOST:
        raise CaptionError(f"a text has 1 to {MOST} words before its mark, this one {len(words)}.")
    return Utterance(tuple(words), mark)
