"""Networks, and the way to get one: `load("world-gpt")`. Heavy imports happen when a part is first used."""

from fmcourse.lazy import lazy

_WHERE = {
    "load": "catalogue",
    "Loaded": "loading",
    "SHIPPED": "files",
    "ModelProblem": "files",
    "encode_document": "encoding",
    "encode_prompt": "encoding",
    "document_losses": "encoding",
    "train_tokenizer": "tokenizer",
    "pieces": "readable",
}
__getattr__, __dir__, __all__ = lazy(__name__, _WHERE, modules=("*",))
