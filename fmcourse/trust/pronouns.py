"""Jobs and pronouns: what a model expects after "The nurse said that", and a small model that reads nothing else."""

from collections.abc import Sequence

import torch
from torch import Tensor

from fmcourse.models.encoding import encode_prompt
from fmcourse.studies.teach import batch
from fmcourse.training.fit import Recipe, fit
from fmcourse.types import Model, Tokenizer


@torch.no_grad()
def she_or_he(model: Model, tokenizer: Tokenizer, jobs: Sequence[str]) -> Tensor:
    """Probabilities of "she" and "he" after "The {job} said that", on the CPU: (jobs, 2).

    Other words get the rest.
    """
    words = [tokenizer.encode(" " + word)[-1] for word in ("she", "he")]
    prompts = [torch.tensor([encode_prompt(tokenizer, f"The {job} said that")], device=model.device) for job in jobs]
    return torch.stack([model(ids).logits[0, -1].float().softmax(-1)[words].cpu() for ids in prompts]).double()


def train_small(tokenizer: Tokenizer, texts: Sequence[str], seed: int, steps: int = 300) -> Model:
    """A transformer of two layers and 32 numbers a token that read `texts` for so many steps of 32 sentences.

    `seed` decides its first weights and the order of the sentences.
    """
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=96, num_hidden_layers=2, num_attention_heads=2,
        head_dim=16, max_position_embeddings=64, tie_word_embeddings=True, pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    torch.manual_seed(seed)
    model: Model = LlamaForCausalLM(config)
    rows, order = batch(tokenizer, texts), torch.Generator().manual_seed(seed)

    def some(step: int) -> dict[str, Tensor]:
        chosen = torch.randint(len(texts), (32,), generator=order)
        return {name: part[chosen] for name, part in rows.items()}

    fit(model, some, Recipe(steps=steps, lr=0.02, lr_adam=0.006, warmup=10, seed=seed), progress=False)
    return model.eval()
