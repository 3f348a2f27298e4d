"""`fmcourse ask`: let a shipped model continue a text in the terminal. Any string is safe to pass."""

import sys


def readable(text: str) -> str:
    """The text with control characters made visible, so that a terminal shows it and obeys none of it."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)


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
        print(readable(str(e)), file=sys.stderr)
        return 2
    print(readable(prompt + text))
    return 0
