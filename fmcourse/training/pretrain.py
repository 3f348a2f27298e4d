"""`fmcourse pretrain NAME`: make a shipped model again, from the world alone.

A run checkpoints at least every two minutes and goes on after an interruption. At the end the weights are stored in
float16, read back, measured as stored, and written down with recipe and results in `training.json`, `README.md` and
`SHA256SUMS`.
"""

import json
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from fmcourse.paths import course_root, data_dir
from fmcourse.training.cards import card_text


@dataclass(frozen=True)
class Spec:
    """How one shipped model is made: `model(tokenizer)`, `batch(world, tokenizer, seed, step)`, recipe and
    measurements.
    """

    title: str
    model: Callable
    batch: Callable
    steps: int
    results: Callable
    lr: float = 0.02
    lr_adam: float = 0.006
    seed: int = 0


def _gpt(tokenizer):
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=384,
            num_hidden_layers=4,
            num_attention_heads=4,
            max_position_embeddings=256,
            tie_word_embeddings=True,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def _bert(tokenizer):
    from transformers import BertConfig, BertForMaskedLM

    return BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=512,
            num_hidden_layers=4,
            num_attention_heads=4,
            max_position_embeddings=128,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def _t5(tokenizer):
    from transformers import T5Config, T5ForConditionalGeneration

    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(tokenizer),
            d_model=128,
            d_kv=32,
            d_ff=384,
            num_layers=3,
            num_decoder_layers=3,
            num_heads=4,
            feed_forward_proj="gated-gelu",
            dropout_rate=0.0,
            tie_word_embeddings=True,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            decoder_start_token_id=tokenizer.bos_token_id,
            relative_attention_num_buckets=32,
        )
    )


def _causal(world, tokenizer, seed, step):
    from fmcourse.training.batches import causal_batch

    return causal_batch(world, tokenizer, 20, 128, seed, step)


MASKED_KINDS = ("fact", "person", "moon", "borders", "question", "story", "work")


def _masked(world, tokenizer, seed, step):
    from fmcourse.training.masking import masked_batch

    return masked_batch(world, tokenizer, 20, 128, seed, step, kinds=MASKED_KINDS)


def _paired(world, tokenizer, seed, step):
    from fmcourse.training.pairs import pair_batch

    return pair_batch(world, tokenizer, 64, seed, step)


def _measure(which: str, *args):
    from fmcourse.training import evaluate

    return getattr(evaluate, which)(*args)


SPECS = {
    "world-gpt": Spec(
        "a decoder that reads and writes every kind of document",
        _gpt,
        _causal,
        8000,
        partial(_measure, "decoder_results"),
    ),
    "world-bert": Spec(
        "an encoder that fills masked words", _bert, _masked, 3000, partial(_measure, "encoder_results")
    ),
    "world-t5": Spec(
        "an encoder-decoder that translates, summarises and simplifies",
        _t5,
        _paired,
        2000,
        partial(_measure, "seq2seq_results"),
        lr=0.015,
    ),
}


def pretrain(
    name: str, out: Path | None = None, fresh: bool = False, steps: int | None = None, progress: bool = True
) -> Path:
    """Train `name` and write it to `out` (by default its place in data/models); returns the folder.

    `steps` shortens the run for a test. Raises `ValueError` for an unknown name.
    """
    import torch

    from fmcourse.models.tokenizer import train_tokenizer
    from fmcourse.training.fit import Recipe, fit
    from fmcourse.world import World

    if name not in SPECS:
        raise ValueError(f"no recipe is called {name!r}; there are {', '.join(SPECS)}.")
    spec, world = SPECS[name], World.default()
    out = Path(out) if out else data_dir() / "models" / name
    checkpoint = course_root() / "build" / "pretrain" / f"{name}.safetensors"
    if fresh:
        checkpoint.unlink(missing_ok=True)
    tokenizer = train_tokenizer(world)
    torch.manual_seed(spec.seed)
    model = spec.model(tokenizer)
    recipe = Recipe(steps=steps or spec.steps, lr=spec.lr, lr_adam=spec.lr_adam, seed=spec.seed)
    history = fit(
        model,
        lambda step: spec.batch(world, tokenizer, spec.seed, step),
        recipe,
        checkpoint=checkpoint,
        progress=progress,
        floor=_floor(name, world, tokenizer),
    )
    ship(
        name,
        model,
        tokenizer,
        out,
        recipe=asdict(recipe),
        tokens=history.tokens[-1],
        seconds=history.seconds[-1],
        loss=history.loss[:: max(1, len(history.loss) // 200)],
    )
    return out


def _floor(name: str, world, tokenizer) -> float | None:
    from itertools import islice

    from fmcourse.world import floor

    return {"world-gpt": lambda: floor(tokenizer, islice(world.documents("floor"), 5000)), "world-t5": lambda: 0.0}.get(
        name, lambda: None
    )()


def ship(name: str, model, tokenizer, out: Path, **training) -> None:
    """Store weights in float16, read them back, measure them, and write card and digests."""
    import torch

    from fmcourse.models.loading import load, write_digests
    from fmcourse.world import World

    out.mkdir(parents=True, exist_ok=True)
    model.to("cpu").to(torch.float16).save_pretrained(out, safe_serialization=True)
    tokenizer.save_pretrained(out)
    (out / "model.safetensors").chmod(0o644)
    stored = load(name, source=out, device="cpu")
    began = time.monotonic()
    results = SPECS[name].results(stored.model, stored.tokenizer, World.default())
    card = {
        "name": name,
        "parameters": sum(p.numel() for p in stored.model.parameters()),
        **training,
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "results": results,
    }
    (out / "training.json").write_text(json.dumps(card, indent=1) + "\n")
    (out / "README.md").write_text(card_text(card, spec=SPECS[name].title), encoding="utf-8")
    write_digests(out)
    print(f"{name} measured in {time.monotonic() - began:.0f} s and written to {out}.")


def main(name: str, out: Path | None = None, fresh: bool = False) -> int:
    """The command; 130 after Ctrl-C with the checkpoint kept, 2 for an unknown name."""
    from fmcourse.training.fit import Interrupted

    try:
        pretrain(name, out=out, fresh=fresh)
    except Interrupted as stop:
        print(stop, file=sys.stderr)
        return 130
    except ValueError as e:
        print(e, file=sys.stderr)
        return 2
    return 0
