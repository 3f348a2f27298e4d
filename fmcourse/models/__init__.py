"""Networks, and the way to get one: `load("world-gpt")`. Heavy imports happen when a part is first used."""

from importlib import import_module

_WHERE = {
    "load": "loading",
    "Loaded": "loading",
    "SHIPPED": "loading",
    "ModelProblem": "loading",
    "encode_document": "encoding",
    "encode_prompt": "encoding",
    "document_losses": "encoding",
    "train_tokenizer": "tokenizer",
    "pieces": "readable",
}
__all__ = sorted(_WHERE)


def __getattr__(name: str):
    if name in _WHERE:
        return getattr(import_module(f"fmcourse.models.{_WHERE[name]}"), name)
    try:
        return import_module(f"fmcourse.models.{name}")
    except ModuleNotFoundError as e:
        if e.name != f"fmcourse.models.{name}":
            raise
        raise AttributeError(
            f"module 'fmcourse.models' has no attribute {name!r}; it has {', '.join(__all__)}"
        ) from None
