"""The course's tokenizer: byte-level byte-pair encoding, trained by the library `tokenizers` on the world's documents.

Any string goes in and comes back unchanged, since the alphabet is the 256 bytes. Two choices matter for a small model:
a space is put before the text (and taken off again), so that a name is the same token at the start of a text as inside
it, as in Llama's tokenizer; and every digit is a token of its own, so that numbers have parts to compute with.
"""

from collections.abc import Iterable

from fmcourse.types import Tokenizer
from fmcourse.world import KINDS, World
from fmcourse.world.tables import LABELS

SPECIAL = ("<pad>", "<bos>", "<eos>", "<mask>", "<cls>", "<sep>")
SPLIT = r" ?\p{N}| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def _texts(world: World, per_kind: int) -> Iterable[str]:
    for kind in KINDS:
        for _, document in zip(range(per_kind), world.documents(seed=1, kinds=[kind]), strict=False):
            yield document.text
    # each name, thing and label often enough to become one token: what is looked up in a prompt has one place there
    for word in [*world.people, *world.strangers, *world.things, *LABELS]:
        yield f"{word} " * 3000


def train_tokenizer(world: World | None = None, vocab_size: int = 2560, per_kind: int = 3000) -> Tokenizer:
    """Train and return a `PreTrainedTokenizerFast` with `vocab_size` tokens; the same world gives the same tokenizer.

    Its `encode(text)` adds nothing; models read `[bos] + tokens + [eos]`, which `fmcourse.models.encode_document`
    makes.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.normalizer = normalizers.Prepend(" ")
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.Sequence([decoders.ByteLevel(), decoders.Strip(content=" ", left=1, right=0)])
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(SPECIAL),
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    bpe.train_from_iterator(_texts(world or World.default(), per_kind), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        mask_token="<mask>",
        cls_token="<cls>",
        sep_token="<sep>",
        clean_up_tokenization_spaces=False,
        model_max_length=256,
    )
