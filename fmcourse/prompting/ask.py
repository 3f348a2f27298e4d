"""`fmcourse ask`: let a shipped model continue a text in the terminal. Any string is safe to pass."""

import sys
from typing import TextIO


def readable(text: str) -> str:
    """The text with control characters made visible, so that a terminal shows it and obeys none of it."""
    return "".join(c if c.isprintable() or c == "\n" else _escape(c) for c in text)


def _escape(c: str) -> str:
    return f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}"


def _say(text: str, where: TextIO) -> None:
    """Print readable text, also to a terminal whose encoding lacks some of its letters."""
    encoding = getattr(where, "encoding", None) or "utf-8"
    print(readable(text).encode(encoding, "backslashreplace").decode(encoding), file=where)


def main(
    prompt: str, model: str = "world-gpt", max_new_tokens: int = 40, temperature: float = 0.0, seed: int = 0
) -> int:
    """Print prompt and continuation; 2 with one sentence when the question cannot be asked."""
    from fmcourse.models.loading import ModelProblem, load
    from fmcourse.prompting.decoding import generate

    try:
        loaded = load(model)
        text = generate(
            loaded.model, loaded.tokenizer, prompt, max_new_tokens=max_new_tokens, temperature=temperature, seed=seed
        )
    except (ModelProblem, ValueError) as e:
        _say(str(e), sys.stderr)
        return 2
    _say(prompt + text, sys.stdout)
    return 0
