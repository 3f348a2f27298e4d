"""Reading on with a cache of keys and values, whatever this version of transformers calls it.

A decoder's cache lets a step read one new token instead of the whole text again (notebook 09). Until transformers
5.23 a model takes and returns it as `past_key_values`; since 5.24 it is `cache`, and the old name warns until it goes
in 5.40.
"""

from typing import Any

from fmcourse.types import Model

NAMES = ("cache", "past_key_values")  # the newest first


def step(model: Model, past: dict[str, Any] | None = None, **inputs: Any) -> tuple[Any, dict[str, Any]]:
    """(output, past): run `model` on what is new. `past` is None at first, then what the call before returned.

    `inputs` are the model's other arguments, such as `input_ids` (B, new tokens) and `attention_mask` (B, all tokens).
    What is returned as `past` is a dict of one argument, to be handed over unread.
    """
    out = model(**inputs, **(past or {}), use_cache=True)
    name = next(name for name in NAMES if name in out)
    return out, {name: out[name]}
