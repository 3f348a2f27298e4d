"""What each token stands for, written so that a person can read it, whatever the text is.

The library writes bytes that are no letters as stand-in letters ("Ġ" for a space); here they are bytes again, and a
token that is only part of a character, or a control character, is shown as its bytes. What this leaves out: tokenizers
that are not byte-level; their tokens are returned as they are.
"""

from typing import Any

from fmcourse.models.bpe import BYTES, PRINTABLE
from fmcourse.types import Tokenizer

BYTE_OF_LETTER = {chr(b) if n < len(PRINTABLE) else chr(256 + n - len(PRINTABLE)): b for n, b in enumerate(BYTES)}


def pieces(tokenizer: Tokenizer, text: str, **settings: Any) -> list[str]:
    """One readable string for each token of `text`; `settings` go to `tokenizer.encode`.

    >>> from fmcourse import load
    >>> pieces(load("world-gpt").tokenizer, "Kator saw 42 ☃")
    [' Kator', ' saw', ' 4', '2', ' ', '<E2>', '<98>', '<83>']
    """
    settings = {"add_special_tokens": False, **settings}
    return [readable(token) for token in tokenizer.convert_ids_to_tokens(tokenizer.encode(text, **settings))]


def readable(token: str) -> str:
    """A byte-level token as text, or as its bytes where they are no printable text.

    >>> readable("Ġfox"), readable("Ã"), readable("Ċ")
    (' fox', '<C3>', '<0A>')
    """
    if not all(letter in BYTE_OF_LETTER for letter in token):
        return token
    data = bytes(BYTE_OF_LETTER[letter] for letter in token)
    text = data.decode("utf-8", errors="replace")
    return text if text.isprintable() and "\ufffd" not in text else "<" + data.hex(" ").upper() + ">"
