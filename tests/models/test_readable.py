"""Tokens are shown as text or as bytes, and nothing is lost or left unreadable."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmcourse import load
from fmcourse.models.readable import BYTE_OF_LETTER, pieces, readable

TOKENIZER = load("world-gpt").tokenizer


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_pieces_hold_every_byte(text):
    shown = pieces(TOKENIZER, text, split_special_tokens=True)
    assert all(piece.isprintable() for piece in shown)
    back = b"".join(bytes.fromhex(p[1:-1]) if re.fullmatch(r"<([0-9A-F]{2} ?)+>", p) else p.encode() for p in shown)
    if "<" not in text:  # else a text may look like bytes
        assert back == (b" " + text.encode() if text else b"")


def test_stand_in_letters():
    from tokenizers import pre_tokenizers

    assert set(BYTE_OF_LETTER) == set(pre_tokenizers.ByteLevel.alphabet())
    assert sorted(BYTE_OF_LETTER.values()) == list(range(256))


@pytest.mark.parametrize(
    "token, shown", [("Ġ", " "), ("\u0100", "<00>"), ("âĢ®", "<E2 80 AE>"), ("<eos>", "<eos>"), ("▁der", "▁der")]
)
def test_readable(token, shown):
    assert readable(token) == shown
