"""Ways to ask a model: decoding and scoring."""

from importlib import import_module

_WHERE = {
    "generate": "decoding",
    "complete": "decoding",
    "next_token_distribution": "decoding",
    "PromptTooLong": "decoding",
    "choose": "scoring",
    "interval": "scoring",
}
__all__ = sorted(_WHERE)


def __getattr__(name: str):
    if name in _WHERE:
        return getattr(import_module(f"fmcourse.prompting.{_WHERE[name]}"), name)
    raise AttributeError(f"module 'fmcourse.prompting' has no attribute {name!r}; it has {', '.join(__all__)}")
