"""Questions about pictures of the small world: what their captions say."""

from fmcourse.teaching.varied import Drawn, own


def _captions(rng, n):
    import numpy as np

    from fmcourse.scenes.captions import caption
    from fmcourse.scenes.sampling import sample

    generator = np.random.default_rng(rng.getrandbits(64))
    return [caption(sample(generator, objects=rng.choice([1, 2]))[0]) for _ in range(n)]


@own("16.words")
def _(rng):
    captions = _captions(rng, 40)
    words = [set(c.split()) for c in captions]
    shared = [max(len(w & o) / len(w | o) for j, o in enumerate(words) if j != i) for i, w in enumerate(words)]
    return Drawn(
        {"captions": captions},
        sum(shared) / len(shared),
        "Two captions are as near as the number of different words (what stands between blanks) they share, divided "
        "by the number of different words in either. For each caption take the nearest other one. Give the mean of "
        "these 40 values: the nearer to 1, the less a test with these captions can be passed by words alone.",
    )


@own("15.absent")
def _(rng):
    captions = _captions(rng, 30)
    pairs = sorted({tuple(p) for c in captions for p in zip(c.split(), c.split()[1:], strict=False)})
    return Drawn(
        {"captions": captions},
        [len(pairs), len({w for p in pairs for w in p}) ** 2 - len(pairs)],
        "A model learns from these captions. Count the different pairs of neighbouring words (what stands between "
        "blanks), and how many ordered pairs of words that occur in such pairs never stand side by side (a word may "
        "pair with itself). Give `[seen, never seen]`.",
    )
