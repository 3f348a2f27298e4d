"""Byte-pair encoding by hand gives the library's merges and ids, and gives every string back."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from fmcourse.models.bpe import BPE, WORDS, merge
from fmcourse.world import World

SCRIPTS = [
    "ab",
    "aab ",
    "the fox and den ",
    "0123456789+-= ",
    "éèàüßñ aei",
    "αβγδ ",
    "жизнь ",
    "مرحبا ",
    "नमस्ते ",
    "你好世界",
    "🙂👩‍🚀🇫🇷",
    "\x00\x01\n\t\r\x7f ",
    "<eos> <pad> ",
    "\u200d\ufeff\u0301\uffff",
]


def theirs(texts, vocab_size):
    """The same tokenizer as `BPE.train`, by the library."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=vocab_size, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
        ),
    )
    return made


def merges_of(library):
    """The library's merges as pairs of ids, in order."""
    import json

    model = json.loads(library.to_str())["model"]
    return tuple((model["vocab"][a], model["vocab"][b]) for a, b in model["merges"])


def strings(seed, n, longest=30):
    """`n` random strings: few letters, so that pairs repeat, overlap and tie; many scripts; a third any code points."""
    rng = random.Random(seed)
    for _ in range(n):
        length = rng.randrange(longest + 1)
        if rng.random() < 0.33:
            points = [
                rng.choice(
                    [rng.randrange(0x80), rng.randrange(0x800), rng.randrange(0xD800), rng.randrange(0xE000, 0x110000)]
                )
                for _ in range(length)
            ]
            yield "".join(map(chr, points))
        else:
            alphabet = rng.choice(SCRIPTS)
            yield "".join(rng.choice(alphabet) for _ in range(length))


@pytest.mark.parametrize("seed", range(20))
def test_same_merges_on_random_corpora(seed):
    """20 corpora of 50 random strings: merge for merge as the library, where most counts tie."""
    corpus = list(strings(seed, 50))
    mine, library = BPE.train(corpus, 256 + 97), theirs(corpus, 256 + 97)
    assert mine.merges == merges_of(library) and len(mine.merges) == 97
    assert sorted(library.token_to_id(c) for c in pre_tokenizers.ByteLevel.alphabet()) == list(range(256))


def test_same_ids_on_10000_random_strings():
    """Merges learned from the world and from random strings; then 10,000 other strings."""
    documents = World.default().documents(seed=3)
    corpus = [next(documents).text for _ in range(300)] + list(strings("corpus", 300))
    mine, library = BPE.train(corpus, 512), theirs(corpus, 512)
    assert mine.merges == merges_of(library)
    tried = list(strings("others", 10_000))
    assert len(set(tried)) > 8_000
    for text, encoded in zip(tried, library.encode_batch(tried), strict=True):
        ids = mine.encode(text)
        assert ids == encoded.ids, ascii(text)
        assert mine.decode(ids) == text


@settings(max_examples=200, deadline=None)
@given(st.text(), st.lists(st.integers(0, 299), max_size=12))
def test_laws(text, ids):
    """Every string comes back; any ids decode to what the library makes of them."""
    assert TRAINED.decode(TRAINED.encode(text)) == text
    assert b"".join(TRAINED.tokens(text)) == text.encode()
    assert TRAINED.decode(ids) == LIBRARY.decode(ids, skip_special_tokens=False)


SMALL = list(strings("small", 80))
TRAINED, LIBRARY = BPE.train(SMALL, 300), theirs(SMALL, 300)


def test_edges():
    assert BPE.train([], 300).merges == () and BPE.train(["a b c"], 300).merges == BPE.train(["a b c"], 258).merges
    assert merge([5] * 5, (5, 5), 9) == [9, 9, 5]
    with pytest.raises(ValueError, match="256"):
        BPE.train(["a"], 255)
    with pytest.raises(UnicodeEncodeError):
        TRAINED.encode("\ud800")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda pairs: max(pairs, key=lambda p: (pairs[p], p)),  # ties to the largest ids
        lambda pairs: max(pairs, key=lambda p: pairs[p]),
    ],
)  # ties to the first one met
def test_the_comparison_notices_other_ties(monkeypatch, wrong):
    monkeypatch.setattr("fmcourse.models.bpe.most_frequent", wrong)
    corpus = list(strings(0, 50))
    assert BPE.train(corpus, 300).merges != merges_of(theirs(corpus, 300))
