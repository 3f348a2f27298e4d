"""A language model with an LSTM, to stand beside a `Decoder` of equal size: before 2017 this was the usual kind.

An LSTM reads one token after the other and carries what it remembers along in two vectors. Token t cannot be read
before token t - 1, so the work along a text cannot be done side by side. But: no dropout, no layer norm, one direction.

Source: Hochreiter and Schmidhuber 1997, "Long short-term memory".
"""

from torch import Tensor, nn

from fmcourse.models.transformer import Decoder


class LSTM(nn.Module):
    """Token ids (B, T) to logits (B, T, V); the logits at each token are about the next one. The head is tied."""

    def __init__(self, vocab_size: int, hidden_size: int, layers: int):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, hidden_size)
        self.layers = nn.LSTM(hidden_size, hidden_size, layers, batch_first=True)
        self.head = nn.Linear(hidden_size, vocab_size, bias=False)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.head.weight = self.embedding.weight

    def forward(self, input_ids: Tensor) -> Tensor:
        """Token ids (B, T) to logits (B, T, V)."""
        return self.head(self.layers(self.embedding(input_ids))[0])


def size(model: nn.Module) -> int:
    """How many parameters a model has; a shared one counts once."""
    return sum(p.numel() for p in model.parameters())


def as_large_as(decoder: Decoder) -> LSTM:
    """A fresh LSTM with as many layers as `decoder` (ours) and, as nearly as its width allows, as many parameters.

    >>> from fmcourse.models.transformer import Config, Decoder
    >>> decoder = Decoder(Config(vocab_size=97))
    >>> abs(size(as_large_as(decoder)) / size(decoder) - 1) < 0.02
    True
    """
    vocab, layers, goal = decoder.config.vocab_size, decoder.config.layers, size(decoder)
    width = min(range(1, 4096), key=lambda c: abs(vocab * c + layers * (8 * c * c + 8 * c) - goal))
    return LSTM(vocab, width, layers)
