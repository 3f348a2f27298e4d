"""What the package asks of a model and a tokenizer of `transformers`, named for signatures alone.

A `Model` is a `PreTrainedModel`, a `Tokenizer` a `PreTrainedTokenizerBase`. They have names of their own for two
reasons. To import the real ones takes seconds, which a signature must not cost. And `transformers` says of every part
of a model that it may be a tensor or a module, and of a configuration nothing, so that a type checker would object to
each `model.lm_head(x)` and each `model.config.hidden_size`.

But: nothing here is checked when the code runs, and only what this package uses is listed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import torch
    from torch import nn

    class Model(nn.Module):
        """A `PreTrainedModel`: its configuration, where it lies, and the parts that its own kind has."""

        config: Any
        generation_config: Any
        device: torch.device

        def __getattr__(self, name: str) -> Any: ...

else:

    class Model:
        """A model of `transformers` (`PreTrainedModel`)."""


class Encodes(Protocol):
    """Anything that turns a text into token ids, such as a tokenizer built by hand."""

    def encode(self, text: str, /) -> Sequence[int]:
        """The token ids of one text."""


class Tokenizer(Protocol):
    """A tokenizer of `transformers` (`PreTrainedTokenizerBase`), or what behaves like one.

    The ids of special tokens are numbers, and None where a tokenizer has no such token (T5 has no `bos_token_id`).
    """

    bos_token_id: Any
    eos_token_id: Any
    pad_token_id: Any
    mask_token_id: Any
    cls_token_id: Any
    sep_token_id: Any
    all_special_ids: list[int]
    model_max_length: int
    backend_tokenizer: Any

    def __len__(self) -> int:
        """How many tokens there are."""

    def __call__(self, text: str | Sequence[str], /, **settings: Any) -> Any:
        """One text or many as a mapping with "input_ids"."""

    def encode(self, text: str, /, **settings: Any) -> list[int]:
        """The token ids of one text."""

    def decode(self, ids: Any, /, **settings: Any) -> str:
        """The text of token ids, a list or a tensor (T,)."""

    def batch_decode(self, rows: Any, /, **settings: Any) -> list[str]:
        """The text of each row of ids."""

    def convert_ids_to_tokens(self, ids: Sequence[int], /) -> list[str]:
        """The tokens as they stand in the vocabulary."""

    def pad(self, encoded: Any, /, **settings: Any) -> Any:
        """Rows of ids brought to one length."""


T = TypeVar("T")  # anything: what comes back is of the type that went in
Net = TypeVar("Net", bound="nn.Module")  # the same for networks
