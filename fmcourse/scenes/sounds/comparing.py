"""Hold an utterance that was heard against the one that was asked for: what is right, and is the order?

But: a word that is nearly right counts as wrong.
"""

from collections import Counter

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
