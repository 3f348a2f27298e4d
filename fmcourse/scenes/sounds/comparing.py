"""Hold an utterance that was heard against the one that was asked for: what is right, and is the order?

But: a word that is nearly right counts as wrong.
"""

from collections import Counter
from collections.abc import Sequence

from fmcourse.scenes.sounds.truth import Utterance


def compare(found: Utterance | None, asked: Utterance) -> dict[str, bool]:
    """What is right in `found` (None: nothing is).

    "whole" is true when all is right, "count" when there are as many words as asked for, "words" when they are the same
    words in any order, "order" when they are in their order too, "mark" when the mark is. "misordered" is true when the
    words are right and their order is not.

    >>> right = compare(Utterance(("now", "go"), "?"), Utterance(("go", "now"), "?"))
    >>> [name for name, true in right.items() if true]
    ['count', 'words', 'mark', 'misordered']
    """
    if found is None:
        return dict.fromkeys(("whole", "count", "words", "order", "mark", "misordered"), False)
    words = Counter(found.words) == Counter(asked.words)
    order = found.words == asked.words
    return {
        "whole": found == asked,
        "count": len(found.words) == len(asked.words),
        "words": words,
        "order": order,
        "mark": found.mark == asked.mark,
        "misordered": words and not order,
    }


def word_errors(found: Sequence[str], said: Sequence[str]) -> int:
    """The least number of words that must be put in, left out or changed to make `found` of what was said.

    Divided by the number of words said it is the word error rate, by which recognisers of speech are compared.
    Source: Levenshtein 1966, "Binary codes capable of correcting deletions, insertions, and reversals".

    >>> word_errors(("go", "now"), ("go", "now", "you")), word_errors(("my",), ("me",)), word_errors((), ("me", "me"))
    (1, 1, 2)
    """
    before = list(range(len(said) + 1))  # to make nothing of the first words said
    for i, word in enumerate(found, 1):
        now = [i]
        for j, true in enumerate(said, 1):
            now.append(min(before[j] + 1, now[j - 1] + 1, before[j - 1] + (word != true)))
        before = now
    return before[-1]
