"""What a sound says: an utterance of one to three words, and the mark that its melody carries.

The words have one syllable each and are plain English; the mark is heard in the pitch alone: "." falls, "?" rises, "!"
is high and falls.

But: nothing is spoken here, and nothing is claimed about which words belong together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fmcourse.scenes.scene import did_you_mean

SPOKEN = ("all", "go", "me", "my", "no", "now", "see", "show", "us", "wish", "yes", "you")
MARKS = (".", "?", "!")
MOST = 3  # words in an utterance


@dataclass(frozen=True, slots=True)
class Utterance:
    """One to three words (of SPOKEN), in their order, and a mark (of MARKS). ValueError for others.

    >>> Utterance(("go", "now"), "?").words
    ('go', 'now')
    """

    words: tuple[str, ...]
    mark: str

    def __post_init__(self) -> None:
        if isinstance(self.words, str) or not isinstance(self.words, Sequence):
            raise ValueError(f"the words of an utterance are a tuple such as ('go', 'now'), not {self.words!r}.")
        if not 1 <= len(self.words) <= MOST:
            raise ValueError(f"an utterance has 1 to {MOST} words, not {len(self.words)}.")
        for word in self.words:
            if word not in SPOKEN:
                raise ValueError(f"'{word}' is not a word that is spoken here; {did_you_mean(word, SPOKEN)}")
        if self.mark not in MARKS:
            raise ValueError(f"'{self.mark}' is not a mark; choose one of: {' '.join(MARKS)}")
        object.__setattr__(self, "words", tuple(self.words))
