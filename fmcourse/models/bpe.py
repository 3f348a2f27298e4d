"""Byte-pair encoding by hand: train, encode, decode, in plain Python that can be read in one sitting.

The same texts give the same merges and the same token ids as the library `tokenizers`, ties included; a test compares
the two. What this leaves out: speed (all pairs are counted anew for each merge), special tokens, and the library's
other ways to split a text into words.

Source: Sennrich, Haddow, Birch 2016, "Neural machine translation of rare words with subword units"; on bytes: Radford
et al. 2019, "Language models are unsupervised multitask learners".
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

WORDS = r" ?[^ ]+| +"  # a word keeps the space before it; merges never cross from one word into the next
PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
BYTES = [*PRINTABLE, *(b for b in range(256) if b not in set(PRINTABLE))]  # in the order of the library's numbers
ID_OF_BYTE = {byte: i for i, byte in enumerate(BYTES)}

Pair = tuple[int, int]


def split(text: str, words: str = WORDS) -> list[str]:
    """The text cut into words; joined again they give the text.

    >>> split("the fox, the  den")
    ['the', ' fox,', ' the', '  ', 'den']
    """
    return re.findall(words, text)


def byte_ids(word: str) -> list[int]:
    """One id from 0 to 255 for each UTF-8 byte. Raises UnicodeEncodeError for half a character (a lone surrogate).

    >>> byte_ids("é") == [ID_OF_BYTE[0xC3], ID_OF_BYTE[0xA9]]
    True
    """
    return [ID_OF_BYTE[b] for b in word.encode("utf-8")]


def count_pairs(words: Iterable[tuple[Sequence[int], int]]) -> Counter[Pair]:
    """How often each two ids stand side by side; `words` holds (ids, how often the word occurs).

    >>> count_pairs([([1, 2, 1, 2], 10)])
    Counter({(1, 2): 20, (2, 1): 10})
    """
    pairs: Counter[Pair] = Counter()
    for ids, times in words:
        for pair in zip(ids, ids[1:], strict=False):
            pairs[pair] += times
    return pairs


def most_frequent(pairs: Counter[Pair]) -> Pair:
    """The pair to merge: the most frequent one; of equally frequent ones, that with the smallest ids.

    >>> most_frequent(Counter({(7, 3): 2, (5, 9): 2, (1, 1): 1}))
    (5, 9)
    """
    return min(pairs, key=lambda pair: (-pairs[pair], pair))


def merge(ids: Sequence[int], pair: Pair, new: int) -> list[int]:
    """Replace `pair` by `new`, from left to right; an id that was used once is not used again.

    >>> merge([1, 1, 1], (1, 1), 256)
    [256, 1]
    """
    out, i = [], 0
    while i < len(ids):
        found = i + 1 < len(ids) and (ids[i], ids[i + 1]) == pair
        out.append(new if found else ids[i])
        i += 2 if found else 1
    return out


@dataclass(frozen=True)
class BPE:
    """A trained tokenizer. Token k < 256 is a byte; token 256 + k joins the two tokens of `merges[k]`."""

    merges: tuple[Pair, ...]
    words: str = WORDS

    @classmethod
    def train(cls, texts: Iterable[str], vocab_size: int, words: str = WORDS) -> "BPE":
        """Learn merges until there are `vocab_size` tokens, or no two tokens are left side by side.

        >>> BPE.train(["low lower lowest"], 258).tokens("lowest")
        [b'low', b'e', b's', b't']
        """
        if vocab_size < 256:
            raise ValueError(f"vocab_size is {vocab_size}; the 256 bytes alone need 256.")
        counts = Counter(word for text in texts for word in split(text, words))
        corpus = [(byte_ids(word), times) for word, times in counts.items()]
        merges: list[Pair] = []
        while 256 + len(merges) < vocab_size:
            pairs = count_pairs(corpus)
            if not pairs:
                break
            best = most_frequent(pairs)
            corpus = [(merge(ids, best, 256 + len(merges)), times) for ids, times in corpus]
            merges.append(best)
        return cls(tuple(merges), words)

    @cached_property
    def rank(self) -> dict[Pair, int]:
        """How early each pair was learned; 0 is the first merge."""
        return {pair: rank for rank, pair in enumerate(self.merges)}

    @cached_property
    def vocab(self) -> list[bytes]:
        """The bytes that each token stands for, by id."""
        pieces = [bytes([b]) for b in BYTES]
        for left, right in self.merges:
            pieces.append(pieces[left] + pieces[right])
        return pieces

    def encode(self, text: str) -> list[int]:
        """Token ids: in each word, the pair that was learned first is merged first, until none is left."""
        out = []
        for word in split(text, self.words):
            ids = byte_ids(word)
            while known := [p for p in zip(ids, ids[1:], strict=False) if p in self.rank]:
                first = min(known, key=self.rank.__getitem__)
                ids = merge(ids, first, 256 + self.rank[first])
            out += ids
        return out

    def decode(self, ids: Iterable[int]) -> str:
        """The text again. Bytes that are no character become U+FFFD, as in the library."""
        return b"".join(self.vocab[i] for i in ids).decode("utf-8", errors="replace")

    def tokens(self, text: str) -> list[bytes]:
        """The bytes of each token of the text, to look at."""
        return [self.vocab[i] for i in self.encode(text)]
