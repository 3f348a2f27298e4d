"""Exercises of notebook 06: weights of one query, a mask for a batch, heads, a head by hand, and three bugs to name."""

from fmcourse.classroom.exercise import exercise


def _weights(q, keys):
    return (keys @ q / len(q) ** 0.5).softmax(-1)


@exercise(
    "06.weights",
    difficulty=1,
    minutes=4,
    solution=_weights,
    hints=[
        "`keys @ q` gives one score for each key.",
        "Divide the scores by the square root of `len(q)`, then take the softmax.",
        "return (keys @ q / len(q) ** 0.5).softmax(-1)",
    ],
    wrong=[
        (lambda q, keys: (keys @ q).softmax(-1), "square root"),
        (lambda q, keys: keys @ q / len(q) ** 0.5, "softmax"),
        (lambda q, keys: (keys @ q / len(q)).softmax(-1), "square root"),
        (lambda q, keys: (keys @ q / len(keys) ** 0.5).softmax(-1), "number of keys"),
        (lambda q, keys: (keys @ q / len(q) ** 0.5).softmax(-1)[None], "shape"),
    ],
    praise="Everything else in attention is this line, done many times at once.",
)
def _(answer, t):
    import torch

    t.function(answer, 2)
    for _ in range(6):
        count, size = int(t.rng.integers(3, 12)), int(t.rng.integers(13, 30))
        q, keys = torch.from_numpy(t.rng.normal(size=size)), torch.from_numpy(t.rng.normal(size=(count, size)))
        got = answer(q, keys)
        t.shape(got, (count,), what=f"The weights of one query over {count} keys")
        t.true(not torch.allclose(got, keys @ q / size**0.5), "These are scores, not weights: the softmax is missing.")
        for other in (1.0, float(size)):
            t.true(
                not torch.allclose(got, (keys @ q / other).softmax(-1)),
                f"Divide the scores by the square root of the query's length, here {size}, "
                f"{'and not by the length itself' if other > 1 else 'before the softmax'}.",
            )
        t.true(
            not torch.allclose(got, (keys @ q / count**0.5).softmax(-1)),
            "You divide by the square root of the number of keys; it is the length of the query that counts.",
        )
        t.close(got, _weights(q, keys), what=f"The weights over {count} keys")


def _may_look(real):
    import torch

    size = real.shape[1]
    itself = torch.eye(size, dtype=torch.bool)
    return (real[:, None, None, :] | itself) & torch.ones(size, size, dtype=torch.bool).tril()


def _tril(real):
    import torch

    size = real.shape[1]
    return torch.ones(len(real), 1, size, size, dtype=torch.bool).tril()


@exercise(
    "06.mask",
    difficulty=2,
    minutes=8,
    solution=_may_look,
    hints=[
        "Two conditions must hold at once: the key is a real token, and it is not later than the query.",
        "`real[:, None, None, :]` has the shape (B, 1, 1, T): one row of keys for each text. "
        "`torch.ones(T, T, dtype=torch.bool).tril()` is the condition of order.",
        "A padding token at the start would see nothing at all. `| torch.eye(T, dtype=torch.bool)` on the "
        "first condition lets each token look at itself.",
    ],
    wrong=[
        (_tril, "padding"),
        (lambda real: real[:, None, None, :] & _tril(real), "nowhere"),
        (lambda real: real[:, None, :, None] & _tril(real) | _eye(real), "keys"),
        (lambda real: ~_may_look(real), "upside down"),
        (lambda real: (real[:, None, None, :] | _eye(real)) & _tril(real).mT, "later"),
        (lambda real: (real[:, None, None, :] | _eye(real)).expand(-1, 1, real.shape[1], -1), "later"),
        (lambda real: _may_look(real)[:, 0], "shape"),
    ],
    praise="This is the mask of every batch that a decoder reads.",
)
def _(answer, t):
    import torch

    t.function(answer, 1)
    for _ in range(6):
        rows, size = int(t.rng.integers(2, 5)), int(t.rng.integers(5, 12))
        real = torch.arange(size) >= torch.from_numpy(t.rng.integers(2, size - 1, size=(rows, 1)))  # padding first
        got = answer(real)
        t.shape(got, (rows, 1, size, size), what=f"The mask for {rows} texts of {size} tokens")
        t.true(got.dtype == torch.bool, "The mask should hold booleans, True where a query may look.")
        wanted = _may_look(real)
        t.true(not torch.equal(got, ~wanted), "It is upside down: True means that a query may look.")
        t.true(not bool((got & ~_tril(real)).any()), "A query may look at a later token in yours.")
        t.true(
            bool((got.any(-1)).all()),
            "Some query may look nowhere: a padding token at the start. Let every token look at itself.",
        )
        real_rows = real[:, None, :, None] & torch.ones(size, dtype=torch.bool)
        padded = real_rows & ~real[:, None, None, :]
        t.true(
            not torch.equal(got, real[:, None, :, None] & _tril(real) | _eye(real)),
            "You hide the rows of padding queries; it is padding among the keys that must not be looked at.",
        )
        t.true(not bool((got & padded).any()), "A real token may look at padding in yours.")
        t.equal(got, wanted, what="The mask")


def _eye(real):
    import torch

    return torch.eye(real.shape[1], dtype=torch.bool)


def _join(x):
    return x.transpose(1, 2).flatten(2)


@exercise(
    "06.join",
    difficulty=2,
    minutes=5,
    solution=_join,
    hints=[
        "Each token should end up with the results of its heads side by side.",
        "Bring the axis of the heads next to that of the channels first: (B, T, H, D).",
        "return x.transpose(1, 2).flatten(2)",
    ],
    wrong=[
        (lambda x: x.reshape(x.shape[0], x.shape[2], -1), "mixes"),
        (lambda x: x.transpose(1, 2), "shape"),
        (lambda x: x.sum(1), "shape"),
        (lambda x: x.permute(0, 2, 3, 1).flatten(2), "interleaves"),
    ],
    praise="A reshape never complains when the number of elements fits. Only a test on numbers finds it.",
)
def _(answer, t):
    import torch

    t.function(answer, 1)
    for _ in range(5):
        rows, heads, size, width = (int(n) for n in t.rng.permutation([2, 3, 5, 7]))
        x = torch.from_numpy(t.rng.normal(size=(rows, heads, size, width)))
        got = answer(x)
        t.shape(got, (rows, size, heads * width), what=f"{heads} heads of {width} channels, joined,")
        if size > 1:
            t.true(
                not torch.equal(got, x.reshape(rows, size, -1)),
                "The shape is right and the numbers are not: reshape alone mixes tokens. Move the axis of the heads "
                "first.",
            )
        t.true(
            not torch.equal(got, x.permute(0, 2, 3, 1).flatten(2)),
            "Yours interleaves the heads; all channels of head 0 come first, then those of head 1.",
        )
        t.close(got, _join(x), what="The joined heads")


def _before(size):
    import math

    import torch

    place = 2 * math.pi * torch.arange(size, dtype=torch.float64) / size
    step = 2 * math.pi / size
    q = torch.stack([(place - step).cos(), (place - step).sin()], -1) * 100 * size**2
    return q, torch.stack([place.cos(), place.sin()], -1)


def _circle(shift, strength):
    def made(size):
        import math

        import torch

        place = 2 * math.pi * torch.arange(size, dtype=torch.float64) / size
        looked = place + shift * 2 * math.pi / size
        q = torch.stack([looked.cos(), looked.sin()], -1) * strength
        return q, torch.stack([place.cos(), place.sin()], -1)

    return made


def _one_hot(size):
    import torch

    eye = torch.eye(size, dtype=torch.float64)
    return 1000 * eye.roll(-1, 1), eye


@exercise(
    "06.before",
    difficulty=3,
    minutes=15,
    solution=_before,
    hints=[
        "Give each position a vector of its own as key. The query at i should be the key of i - 1, made long.",
        "With one-hot vectors D grows with the text. Two numbers are enough: put the positions on a circle, "
        "(cos a, sin a) with a = 2 pi i / T.",
        "The query at i is (cos b, sin b) with b = 2 pi (i - 1) / T, times a large number, such as 100 T²: "
        "neighbours on the circle are close together, so the scores must be stretched.",
    ],
    wrong=[
        (_one_hot, "at most 8"),
        (_circle(0, 1e5), "itself"),
        (_circle(-1, 1.0), "weight"),
        (lambda size: _before(size)[0], "two"),
        (lambda size: (_before(size)[0][1:], _before(size)[1]), "shape"),
    ],
    praise="Trained transformers grow such heads by themselves; they are half of what copies a pattern.",
)
def _(answer, t):
    import torch

    t.function(answer, 1)
    for size in [2, 3, *(int(n) for n in t.rng.integers(5, 40, size=4)), 40]:
        got = answer(size)
        t.true(isinstance(got, (tuple, list)) and len(got) == 2, "Return two tensors, q and k.")
        q, k = (x.double() if isinstance(x, torch.Tensor) else t.fail("q and k should be tensors.") for x in got)
        t.true(q.ndim == 2 and k.ndim == 2, "q and k should have the shape (T, D).")
        t.shape(q, (size, k.shape[1]), what=f"q for {size} tokens")
        t.shape(k, (size, k.shape[1]), what=f"k for {size} tokens")
        t.true(k.shape[1] <= 8, f"D should be at most 8 for any length; for {size} tokens yours is {k.shape[1]}.")
        scores = q @ k.T / k.shape[1] ** 0.5
        weights = scores.masked_fill(~torch.ones(size, size, dtype=torch.bool).tril(), -1e300).softmax(-1)
        reached = weights[1:].diagonal()
        t.true(
            float(weights.diagonal()[1:].min()) < 0.5, "Your queries look at the token itself; you want the one before."
        )
        t.true(
            bool((reached >= 0.99).all()),
            f"With {size} tokens the smallest weight on the token before is "
            f"{float(reached.min()):.2f}; the target is 0.99.",
        )


# three bugs --------------------------------------------------------------------------------------------------------
def _attend(q, k, v, real, order="tril", pad="hidden", scale="sqrt"):
    """Causal attention for one text, right by default, or with one thing wrong."""
    import torch

    size = len(q)
    scores = q @ k.T / (q.shape[1] ** 0.5 if scale == "sqrt" else 1.0)
    may = torch.ones(size, size, dtype=torch.bool)
    if order in ("tril", "one"):
        may = may.tril(1 if order == "one" else 0)
    if pad == "hidden":
        may = may & (real | torch.eye(size, dtype=torch.bool))
    elif pad == "zeroed":  # a key of zeros still has a score, 0, and so a weight
        scores = scores * real
    weights = scores.masked_fill(~may, torch.finfo(scores.dtype).min).softmax(-1)
    if order == "after":  # hidden after the softmax: the future still counts in the sum
        weights = weights * torch.ones(size, size, dtype=torch.bool).tril()
    return weights @ v


def _loops(q, k, v, real):
    """The same, right, computed in another way."""
    import torch

    rows = []
    for i in range(len(q)):
        seen = [j for j in range(i + 1) if real[j] or j == i]
        rows.append((q[i] @ k[seen].T / q.shape[1] ** 0.5).softmax(-1) @ v[seen])
    return torch.stack(rows)


def _with(**wrong):
    return lambda q, k, v, real: _attend(q, k, v, real, **wrong)


_CASES = [
    ("leak", _with(order="all"), "a mask that hides nothing"),
    ("none", _with(), "a right function"),
    ("leak", _with(order="one"), "a leak of one token"),
    ("leak", _with(order="after"), "a mask laid on after the softmax"),
    ("padding", _with(pad="seen"), "padding attended to"),
    ("padding", _with(pad="zeroed"), "padding with its scores set to 0, not hidden"),
    ("scaling", _with(scale="none"), "no scaling"),
    ("none", _loops, "a right function made of loops"),
]


def _name_bug(attend, size=7, width=5, hidden=0, moved=-1, looked=slice(None, -1), scaled=True):
    import torch

    generator = torch.Generator().manual_seed(1)
    q, k, v = (2 * torch.randn(size, width, generator=generator) for _ in range(3))
    real = torch.ones(size, dtype=torch.bool)

    def moves(place, real, looked):
        k2, v2 = k.clone(), v.clone()
        k2[place], v2[place] = k[place] + 3, v[place] + 3
        return not torch.allclose(attend(q, k, v, real)[looked], attend(q, k2, v2, real)[looked], atol=1e-5)

    if moves(moved, real, looked):
        return "leak"
    some = real.clone()
    some[hidden] = False
    if hidden == 0 and moves(0, some, slice(1, None)):
        return "padding"
    if scaled and not torch.allclose(attend(q, k, v, real), _attend(q, k, v, real), atol=1e-4):
        return "scaling"
    return "none"


@exercise(
    "06.bug",
    difficulty=3,
    minutes=20,
    solution=_name_bug,
    hints=[
        "Do not read the functions: ask them. Call each twice, with one thing changed, and compare what must "
        "not change.",
        "Leak: change k and v of the last token; all earlier outputs must stay. Padding: mark the *first* "
        "token as padding and change its k and v; all later outputs must stay. (Padding at the end proves "
        "nothing: the causal mask hides it anyway.)",
        "Scaling: with all tokens real, compare with `torch.nn.functional.scaled_dot_product_attention(q, k, "
        'v, is_causal=True)` at a width D of 5 or so. What passes all three is "none".',
    ],
    wrong=[
        (lambda attend: "none", "a mask that hides nothing"),
        (lambda attend: "leak", "right function"),
        (lambda attend: _name_bug(attend, looked=slice(0, 1)), "one token"),
        (lambda attend: _name_bug(attend, hidden=-1), "padding"),
        (lambda attend: _name_bug(attend, width=1), "no scaling"),
        (lambda attend: _name_bug(attend, scaled=False), "no scaling"),
        (lambda attend: "leek", "one of"),
    ],
    praise="Three tests of behaviour, and they work on code that you cannot read.",
    seconds=10,
)
def _(answer, t):
    t.function(answer, 1)
    _says_words(answer, t)
    for i in [*range(len(_CASES)), *t.rng.permutation(len(_CASES))]:  # shuffled too: counting calls must not help
        bug, attend, words = _CASES[int(i)]
        got = answer(attend)
        t.true(
            got == bug,
            f'One of our functions has {words}. Yours calls it "{got}"; it is "{bug}".'
            if bug != "none"
            else f'One of our functions is {words}. Yours calls it "{got}".',
        )


def _says_words(answer, t):
    got = answer(_CASES[0][1])
    t.true(
        got in ("leak", "padding", "scaling", "none"),
        f'The answer should be one of "leak", "padding", "scaling", "none"; yours is {got!r}.',
    )
