"""Exercises of notebook 07: a norm, the number of weights, cross-attention, and a block with two mistakes."""

import torch  # here and not in the checkers: their time limit would cut a slow first import in two

from fmcourse.classroom.exercise import exercise


def _norm(x, weight, shift, eps=1e-5):
    x = x - x.mean(-1, keepdim=True)
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight + shift


def _norm_tokens(x, weight, shift, eps=1e-5):
    x = x - x.mean(-2, keepdim=True)
    return x / (x.square().mean(-2, keepdim=True) + eps).sqrt() * weight + shift


def _norm_rms(x, weight, shift, eps=1e-5):
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight + shift


def _norm_unbiased(x, weight, shift, eps=1e-5):
    return (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True) + eps).sqrt() * weight + shift


def _norm_plain(x, weight, shift, eps=1e-5):
    x = x - x.mean(-1, keepdim=True)
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt()


@exercise("07.norm", difficulty=1, minutes=6, solution=_norm,
          hints=["Each token is treated alone: the mean runs over the last axis, with `keepdim=True`.",
                 "After the mean is taken away, divide by `(x.square().mean(-1, keepdim=True) + eps).sqrt()`.",
                 "x = x - x.mean(-1, keepdim=True); "
                 "return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight + shift"],
          wrong=[(_norm_tokens, "last axis"), (_norm_rms, "mean"), (_norm_unbiased, "C - 1"), (_norm_plain, "weight"),
                 (lambda x, weight, shift, eps=1e-5: x, "length")],
          praise="That is the norm of GPT-2 and BERT. Without the mean and the shift it is Llama's.")  # fmt: skip
def _(answer, t):
    t.function(answer, 3)
    for _ in range(4):
        b, n, c = (int(v) for v in t.rng.integers(2, 9, size=3))
        x = torch.from_numpy(t.rng.normal(1.7, 3, size=(b, n, c + 2)))
        weight, shift = (torch.from_numpy(t.rng.normal(size=c + 2)) for _ in range(2))
        expected, got = torch.nn.functional.layer_norm(x, (c + 2,), weight, shift, 1e-5), answer(x, weight, shift)
        t.shape(got, tuple(x.shape), "The result")

        def like(wrong, got=got, args=(x, weight, shift)):
            return bool((got - wrong(*args)).abs().max() < 1e-9)

        t.true(not like(lambda x, w, s: x), "Nothing happened to the vectors: bring each one to a standard length.")
        t.true(not like(_norm_tokens), "You averaged over the tokens; each token is alone, so use the last axis.")
        t.true(not like(_norm_rms), "Before the length is measured, the mean of each vector must be taken away.")
        t.true(not like(_norm_unbiased), "Close: `var` divides by C - 1 by itself; the norm divides by C.")
        t.true(not like(_norm_plain), "At the end, multiply by `weight` and add `shift`.")
        t.close(got, expected, what="The result")


def _count(vocab, width, layers, inner):
    return vocab * width + layers * (4 * width**2 + 3 * width * inner + 2 * width) + width


@exercise("07.count", difficulty=2, minutes=10, solution=_count,
          hints=["The embedding is a table with one row of `width` numbers per token. The head uses the same table.",
                 "A block has four square matrices for attention, three of width x inner for the gated feed-forward, "
                 "and two norms of `width` weights each. One more norm stands at the end.",
                 "return vocab * width + layers * (4 * width**2 + 3 * width * inner + 2 * width) + width"],
          wrong=[(lambda v, c, n, f: v * c + n * (4 * c**2 + 3 * c * f), "norms"),
                 (lambda v, c, n, f: v * c + n * (4 * c**2 + 2 * c * f + 2 * c) + c, "three"),
                 (lambda v, c, n, f: _count(v, c, n, f) + v * c, "once"),
                 (lambda v, c, n, f: v * c + n * (4 * c**2 + 3 * c * f + 2 * c), "last norm")],
          praise="Try it on a published Llama: its head has its own table, and newer ones group keys.")  # fmt: skip
def _(answer, t):
    t.function(answer, 4)
    for _ in range(5):
        v, c, n, f = (int(x) for x in (*t.rng.integers(11, 99, size=2), t.rng.integers(2, 9), t.rng.integers(100, 300)))
        got, right = t.number(answer(v, c, n, f), "The number of weights"), _count(v, c, n, f)
        t.true(got != right + v * c, "The table of the tokens is counted twice; the head shares it, so it counts once.")
        t.true(got != right - n * c * f, "The gated feed-forward has three matrices: gate, up and down.")
        t.true(got != right - c, "One part is missing: the last norm, before the head.")
        t.true(got != right - 2 * n * c - c, "The norms are missing: two in each block, and one at the end.")
        t.equal(got, right, "The number of weights")


def _cross(x, memory, w_q, w_k, w_v, real):
    scores = (x @ w_q) @ (memory @ w_k).mT / w_q.shape[1] ** 0.5
    return scores.masked_fill(~real[:, None, :], -torch.inf).softmax(-1) @ (memory @ w_v)


def _cross_self(x, memory, w_q, w_k, w_v, real):
    return ((x @ w_q) @ (x @ w_k).mT / w_q.shape[1] ** 0.5).softmax(-1) @ (x @ w_v)


def _cross_swapped(x, memory, w_q, w_k, w_v, real):
    return ((memory @ w_q) @ (x @ w_k).mT / w_q.shape[1] ** 0.5).softmax(-1) @ (x @ w_v)


def _cross_padding(x, memory, w_q, w_k, w_v, real):
    return _cross(x, memory, w_q, w_k, w_v, torch.ones_like(real))


def _cross_unscaled(x, memory, w_q, w_k, w_v, real):
    return _cross(x, memory, w_q * w_q.shape[1] ** 0.5, w_k, w_v, real)


@exercise("07.cross", difficulty=2, minutes=10, solution=_cross,
          hints=["Who asks? The text being written: queries come from `x`. Who answers? The text that was read: keys "
                 "and values come from `memory`.",
                 "Scores are (B, T, S). Hide padding of `memory` with `real[:, None, :]` before the softmax.",
                 "scores = (x @ w_q) @ (memory @ w_k).mT / w_q.shape[1] ** 0.5; "
                 "return scores.masked_fill(~real[:, None, :], -torch.inf).softmax(-1) @ (memory @ w_v)"],
          wrong=[(_cross_self, "own text"), (_cross_swapped, "rows"), (_cross_padding, "padding"),
                 (_cross_unscaled, "square root")],
          praise="No mask for order is needed here: the whole first text may be read at any time.")  # fmt: skip
def _(answer, t):
    t.function(answer, 6)
    for _ in range(4):
        b, n, c, d = (int(v) for v in t.rng.integers(3, 8, size=4))
        s = n + 2
        x, memory = torch.from_numpy(t.rng.normal(size=(b, n, c))), torch.from_numpy(t.rng.normal(size=(b, s, c)))
        w = [torch.from_numpy(t.rng.normal(size=(c, d))) for _ in range(3)]
        real = torch.arange(s) < torch.from_numpy(t.rng.integers(1, s, size=(b, 1)))
        args = x, memory, *w, real
        got = answer(*args)
        t.true(tuple(got.shape) != (b, s, d), "The result has the rows of `memory`; each token of `x` needs one.")
        t.shape(got, (b, n, d), "The result")

        def like(wrong, got=got, args=args):
            return bool((got - wrong(*args)).abs().max() < 1e-9)

        t.true(not like(_cross_self), "It looks at its own text only: keys and values must come from `memory`.")
        t.true(not like(_cross_padding), "The padding of `memory` is read too; `real` says what may be seen.")
        t.true(not like(_cross_unscaled), "The scores are not divided by the square root of D.")
        t.close(got, _cross(*args), what="The result")


def _block(x, norm_1, attend, norm_2, feed):
    x = x + attend(norm_1(x))
    return x + feed(norm_2(x))


def _their_block(x, norm_1, attend, norm_2, feed):
    x = norm_1(x)
    seen = x + attend(x)
    return x + feed(norm_2(seen))


def _normed_stream(x, norm_1, attend, norm_2, feed):
    x = norm_1(x)
    x = x + attend(x)
    return x + feed(norm_2(x))


def _lost_attention(x, norm_1, attend, norm_2, feed):
    return x + feed(norm_2(x + attend(norm_1(x))))


@exercise("07.bug", difficulty=3, minutes=10, solution=_block,
          hints=["Follow one thing only: the vector that runs straight through. What may happen to it? Additions.",
                 "The norm is for what the layer reads. If `x` itself becomes its norm, the straight way is cut.",
                 "x = x + attend(norm_1(x)); return x + feed(norm_2(x))"],
          wrong=[(_their_block, "two mistakes"), (_normed_stream, "straight way"), (_lost_attention, "what attention"),
                 (lambda x, n1, a, n2, f: f(n2(a(n1(x)))), "added")],
          praise="Both bugs train without an error message. The loss just stops falling too early.")  # fmt: skip
def _(answer, t):
    t.function(answer, 5)
    for _ in range(4):
        n, c = (int(v) for v in t.rng.integers(3, 9, size=2))
        x = torch.from_numpy(t.rng.normal(size=(n, c)))
        maps = [torch.from_numpy(t.rng.normal(size=(c, c))) for _ in range(4)]
        args = (x, *(lambda y, m=m: (y @ m).tanh() for m in maps))
        got = answer(*args)
        t.shape(got, (n, c), "The result")

        def like(wrong, got=got, args=args):
            return bool((got - wrong(*args)).abs().max() < 1e-9)

        t.true(not like(_their_block), "That is still their block; there are two mistakes in it.")
        t.true(not like(_normed_stream), "One is left: `x` itself is normed, so the straight way is cut.")
        t.true(not like(_lost_attention), "One is left: at the end, what attention said is not in the sum any more.")
        t.true(not like(lambda x, n1, a, n2, f: f(n2(a(n1(x))))), "Nothing is added to what was there before.")
        t.close(got, _block(*args), what="The result")
