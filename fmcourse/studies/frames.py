"""A counter that knows which word asks: frames with a hole, and what has filled them. A rival in notebook 04.

A sentence without one span of words is a frame, such as "The pet of _ is a". For a prompt the counter takes out each
span in turn and multiplies two counts: how often the span shared a sentence with an object, and how well the frames
that this object has ended agree with those of the objects that ended this frame. The best product answers.

But: sentences that end with their object alone make frames; spans of at most four words; no network, and nothing that
was not counted.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from fmcourse.world import Relation
from fmcourse.world.baselines import words

LONGEST, SHARED = 4, 8  # words of a span; readings that a frame needs, so that it is one and not a name

Span = tuple[str, ...]


def frame_counter(relations: Iterable[Relation]) -> Callable[[str], str | None]:
    """prompt -> the object that fits best, counted over every sentence that may occur in training, or None.

    >>> from fmcourse.world import World
    >>> frame_counter([World.default().relations["capital"]])("The capital of Norway is")
    'Oslo'
    """
    ended: dict[Span, Counter[str]] = defaultdict(Counter)  # frame -> the objects that ended it
    beside: dict[Span, Counter[str]] = defaultdict(Counter)  # span -> the objects in the same sentence
    for r in relations:
        for s, o in r.values.items():
            for phrasing in r.phrasings(s):
                sentence, last = tuple(words(phrasing.format(s=s, o=o))), tuple(words(o))
                begins = len(sentence) - 1 - len(last)
                at_end = sentence[begins:-1] == last
                for a, b in _spans(sentence):
                    beside[sentence[a:b]][o] += 1
                    if at_end and b <= begins:
                        ended[(*sentence[:a], "_", *sentence[b:begins])][o] += 1
    frames = {frame: count for frame, count in ended.items() if count.total() >= SHARED}
    of: dict[str, set[Span]] = defaultdict(set)
    for frame, count in frames.items():
        for o in count:
            of[o].add(frame)

    def answer(prompt: str) -> str | None:
        said, best = tuple(words(prompt)), (0.0, None)
        for a, b in _spans(said):
            count = frames.get((*said[:a], "_", *said[b:]))
            if count is None or said[a:b] not in beside:
                continue
            alike = Counter[Span]()
            for o, k in count.items():
                alike.update(dict.fromkeys(of[o], k))
            total, weight = beside[said[a:b]].total(), 1 + alike.total()
            for o, k in beside[said[a:b]].items():
                score = k / total * sum(alike[frame] for frame in of[o]) / weight
                if o not in prompt.split() and score > best[0]:
                    best = score, o
        return best[1]

    return answer


def _spans(sentence: Span) -> list[tuple[int, int]]:
    n = len(sentence)
    return [(a, b) for a in range(n) for b in range(a + 1, min(a + LONGEST, n) + 1)]
