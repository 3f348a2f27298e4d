"""`fmcourse pretrain NAME`: make a shipped model again, from the world alone.

A run checkpoints at least every two minutes and goes on after an interruption. At the end the weights are stored in
float16, read back, measured as stored, and written down with recipe and results in `training.json`, `README.md` and
`SHA256SUMS`.
"""

import copy
import json
import math
import platform
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from fmcourse.making.cards import card_text
from fmcourse.paths import course_root, data_dir


class Reads(NamedTuple):
    """What a step reads: documents of `world` and these `kinds`, as many as fill `rows` rows (or `rows` pairs)."""

    world: Any
    kinds: Sequence[str] | None
    rows: int


@dataclass(frozen=True)
class Stage:
    """One stretch of training with its own falling learning rates: `batch(world, tokenizer, seed, step)`.

    `reads(world, seed, step)` says which documents a batch is made of, so that they can be drawn again without it.
    """

    steps: int
    batch: Callable
    reads: Callable[..., Reads]
    lr: float = 0.02
    lr_adam: float = 0.006


@dataclass(frozen=True)
class Spec:
    """How one shipped model is made: `model(tokenizer)`, its stages, and what it is measured on.

    Steps are numbered through all stages, so that no two see the same documents.
    """

    title: str
    model: Callable
    stages: tuple[Stage, ...]
    results: Callable
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
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=128,
            initializer_range=0.05,  # BERT's 0.02 was chosen for vectors six times as long
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


LENGTH = 128  # tokens in a row

# Documents whose answer stands in the document. Copying and looking up take long to appear and then stay, so the
# decoder begins with these alone; a kind that stands here twice is drawn twice as often. The rates are low: in one
# trial of each, the loss on such documents lay 0.18 nats a token lower after 1,000 steps than at four times the rate.
IN_CONTEXT = (*["labelling"] * 2, "repeat", "recall", "instruct", "reading", *["finance"] * 2)
FEW = {500: 3, 1000: 6}  # until this step, a labelling sorts only so many things of a category, and they come again


def _few_things(world, seed, step):
    """The world with few things in each category, others at each step: a label can first be copied from the same thing.

    Sorting by category appeared some hundred steps after the last switch, in the trial and in the run that is shipped.
    """
    few = next((n for until, n in FEW.items() if step < until), None)
    if few is None:
        return world
    rng, narrowed = random.Random(f"few {seed} {step}"), copy.copy(world)
    narrowed.categories = {c: rng.sample(things, few) * (18 // few + 3) for c, things in world.categories.items()}
    return narrowed


def _reads_in_context(world, seed, step):
    return Reads(_few_things(world, seed, step), IN_CONTEXT, 12)


def _in_context(world, tokenizer, seed, step):
    return _packed_causal(_reads_in_context(world, seed, step), tokenizer, seed, step)


def _packed_causal(reads: Reads, tokenizer, seed, step):
    from fmcourse.training.batches import causal_batch

    return causal_batch(reads.world, tokenizer, reads.rows, LENGTH, seed, step, kinds=reads.kinds)


@dataclass(frozen=True)
class _Lookups:
    """A drill for looking things up: seven of ten documents are a `recall` whose every key is asked for, not one.

    In the world's own tables one token of about forty has to be looked up. From so thin a signal it was not learned: in
    a trial on such tables alone 400 steps changed nothing, nor did shorter tables. Asked for every key, the same model
    looked up 0.45 of single keys after 300 steps and 0.98 after 750.
    """

    world: object

    def documents(self, seed, kinds):
        rng, others = random.Random(f"lookups {seed}"), self.world.documents(seed, kinds)
        while True:
            yield self._table(rng) if rng.random() < 0.7 else next(others)

    def _table(self, rng):
        from fmcourse.world import Document

        n = rng.choice(self.world.lengths["recall"])
        rows = [f"{key} {rng.randrange(10)}" for key in rng.sample(self.world.keys, n)]
        return Document(f"Codes: {', '.join(rows)}. Look up: {', '.join(rng.sample(rows, n))}.", "recall", math.nan)


def _reads_lookups(world, seed, step):
    return Reads(_Lookups(world), ("repeat", "labelling", "recall", "reading"), 12)


def _lookups(world, tokenizer, seed, step):
    return _packed_causal(_reads_lookups(world, seed, step), tokenizer, seed, step)


def _reads_all(world, seed, step):
    return Reads(world, None, 20)


def _causal(world, tokenizer, seed, step):
    return _packed_causal(_reads_all(world, seed, step), tokenizer, seed, step)


def _reads_rare(world, seed, step):
    from fmcourse.world import KINDS

    # what came out short after the stages before is drawn more often: sorting twice, looking up three, moons four times
    return Reads(world, (*KINDS, "labelling", *["recall"] * 2, *["moon"] * 3), 20)


def _causal_rare(world, tokenizer, seed, step):
    batch = _packed_causal(_reads_rare(world, seed, step), tokenizer, seed, step)
    return _without_introductions(batch, tokenizer, random.Random(f"introductions {seed} {step}"))


def _causal_last(world, tokenizer, seed, step):
    # as often as the world has them: a kind that was drawn more often is expected more often, at the others' expense
    batch = _causal(world, tokenizer, seed, step)
    return _without_introductions(batch, tokenizer, random.Random(f"introductions {seed} {step}"))


def _without_introductions(batch: dict, tokenizer, rng: random.Random, share: float = 0.9) -> dict:
    """In `share` of the documents, do not ask for the labels of a labelling where they are first named.

    They are drawn at random there. All that a model can learn at these places is which labels never stand together, and
    then it refuses to use such a pair: after two stages, each of its 51 mistakes in 500 prompts with withheld pairs was
    a label that the prompt did not even hold.
    """
    from fmcourse.world.tables import LABELS

    names = {tokenizer.encode(label, add_special_tokens=False)[0] for label in LABELS}
    sort = tokenizer.encode("Sort:", add_special_tokens=False)[0]
    for ids, positions, labels in zip(batch["input_ids"], batch["position_ids"], batch["labels"], strict=True):
        seen, skip = set(), False
        for i, (token, position) in enumerate(zip(ids.tolist(), positions.tolist(), strict=True)):
            if position == 0:  # a document begins (or padding, one token at a time)
                seen, skip = set(), i + 1 < len(ids) and ids[i + 1] == sort and rng.random() < share
            if skip and token in names and token not in seen:
                labels[i] = -100
                seen.add(token)
    return batch


SENTENCES = ("fact", "person", "moon", "borders")
MASKED_KINDS = (*SENTENCES, "question", "story", "work")


def _packed_masked(reads: Reads, tokenizer, seed, step, **how):
    from fmcourse.training.masking import masked_batch

    return masked_batch(reads.world, tokenizer, reads.rows, LENGTH, seed, step, kinds=reads.kinds, **how)


def _reads_sentences(world, seed, step):
    return Reads(world, SENTENCES, 20)


def _masked_sentences(world, tokenizer, seed, step):
    return _packed_masked(_reads_sentences(world, seed, step), tokenizer, seed, step, p=0.3)


def _reads_masked(world, seed, step):
    return Reads(world, MASKED_KINDS, 20)


def _masked_once(world, tokenizer, seed, step):
    # a sentence holds two or three words worth asking for, so one hidden token of nine is a weak signal: it comes last
    return _packed_masked(_reads_masked(world, seed, step), tokenizer, seed, step, p=0.3 if step % 2 else None)


def _reads_names(world, seed, step):
    return Reads(world, (*SENTENCES, *["moon"] * 3) if step % 2 else SENTENCES, 20)


def _masked_names(world, tokenizer, seed, step):
    import torch

    # moons are named seldom, so they are drawn four times as often; the other batches hide one token a document, and a
    # person's name eight times as often as another word: all words but names cost next to nothing by now
    reads = _reads_names(world, seed, step)
    if step % 2:
        return _packed_masked(reads, tokenizer, seed, step, p=0.3)
    weights = torch.ones(len(tokenizer))
    names = tokenizer(list(world.relations["friend"].values), add_special_tokens=False)["input_ids"]
    weights[[ids[0] for ids in names]] = 8.0
    return _packed_masked(reads, tokenizer, seed, step, p=None, weights=weights)


def _reads_pairs(world, seed, step):
    # translation takes three of four batches, since the other two tasks are learned long before it
    return Reads(world, ("translation",), 128) if step % 4 else Reads(world, ("summary", "register"), 64)


def _paired(world, tokenizer, seed, step):
    from fmcourse.training.pairs import pair_batch

    world, tasks, rows = _reads_pairs(world, seed, step)
    return pair_batch(world, tokenizer, rows, seed, step, tasks=tasks)


def _measure(which: str, *args):
    from fmcourse.studies import evaluate

    return getattr(evaluate, which)(*args)


SPECS = {
    "world-gpt": Spec(
        "a decoder that reads and writes every kind of document",
        _gpt,
        (
            Stage(3000, _in_context, _reads_in_context, lr=0.007, lr_adam=0.005),
            Stage(6000, _causal, _reads_all, lr=0.01),
            Stage(1000, _lookups, _reads_lookups, lr=0.007, lr_adam=0.003),
            Stage(4000, _causal_rare, _reads_rare, lr=0.008, lr_adam=0.005),
            Stage(1000, _causal_last, _reads_all, lr=0.004, lr_adam=0.003),
        ),
        partial(_measure, "decoder_results"),
    ),
    "world-bert": Spec(
        "an encoder that fills masked words",
        _bert,
        (
            Stage(5000, _masked_sentences, _reads_sentences),
            Stage(2000, _masked_once, _reads_masked, lr=0.01, lr_adam=0.003),
            Stage(5000, _masked_names, _reads_names, lr=0.01, lr_adam=0.003),
        ),
        partial(_measure, "encoder_results"),
    ),
    "world-t5": Spec(
        "an encoder-decoder that translates, summarises and simplifies",
        _t5,
        (Stage(2600, _paired, _reads_pairs, lr=0.01),),
        partial(_measure, "seq2seq_results"),
    ),
}


def pretrain(
    name: str,
    out: Path | None = None,
    fresh: bool = False,
    steps: int | None = None,
    progress: bool = True,
    device: str | None = None,
) -> Path:
    """Train `name` and write it to `out` (by default its place in data/models); returns the folder.

    `steps` shortens every stage for a test. `device` None is the CPU, or what FMCOURSE_DEVICE says; "auto" a GPU when
    there is one. Raises `ValueError` for an unknown name or device.
    """
    import torch

    from fmcourse.models.tokenizer import train_tokenizer
    from fmcourse.training.fit import Recipe, fit, is_main_process, part
    from fmcourse.world import World

    if name not in SPECS:
        raise ValueError(f"no recipe is called {name!r}; there are {', '.join(SPECS)}.")
    spec, world = SPECS[name], World.default()
    out = Path(out) if out else data_dir() / "models" / name
    folder = course_root() / "build" / "pretrain"
    if fresh:
        for file in folder.glob(f"{name}-*.safetensors"):
            file.unlink()
    tokenizer = train_tokenizer(world)
    torch.manual_seed(spec.seed)
    model = spec.model(tokenizer)
    lowest = _floor(name, world, tokenizer)
    done = {"tokens": 0, "seconds": 0.0, "loss": []}
    before = 0
    for number, stage in enumerate(spec.stages, start=1):
        recipe = Recipe(steps=steps or stage.steps, lr=stage.lr, lr_adam=stage.lr_adam, seed=spec.seed)
        finished = folder / f"{name}-after-stage-{number}.safetensors"
        if finished.is_file():
            done = _open_stage(finished, model, recipe)
        else:
            batch = partial(_numbered, stage.batch, world, tokenizer, spec.seed, before)
            running = folder / f"{name}-stage-{number}.safetensors"
            history = fit(model, batch, recipe, checkpoint=running, progress=progress, floor=lowest, device=device)
            done = {
                "tokens": done["tokens"] + history.tokens[-1],
                "seconds": done["seconds"] + history.seconds[-1],
                "loss": done["loss"] + history.loss[:: max(1, len(history.loss) // 200)],
            }
            if is_main_process():
                _save_stage(finished, model, recipe, done)
        before += recipe.steps
    if not part():
        return out
    stages = [{"steps": steps or s.steps, "lr": s.lr, "lr_adam": s.lr_adam} for s in spec.stages]
    ship(name, model, tokenizer, out, stages=stages, seed=spec.seed, **done)
    for file in folder.glob(f"{name}-after-stage-*.safetensors"):
        file.unlink()
    return out


def _numbered(batch: Callable, world, tokenizer, seed: int, before: int, step: int):
    return batch(world, tokenizer, seed, before + step)


def _save_stage(file: Path, model, recipe, done: dict) -> None:
    from safetensors.torch import save_file

    file.parent.mkdir(parents=True, exist_ok=True)
    tensors = {k: v.detach().cpu().clone().contiguous() for k, v in model.state_dict().items()}
    save_file(tensors, file, metadata={"done": json.dumps(done), "recipe": json.dumps(asdict(recipe))})


def _open_stage(file: Path, model, recipe) -> dict:
    """What a finished stage left; one of another recipe is refused, such as the few steps of a test."""
    from safetensors import safe_open

    with safe_open(file, "pt") as opened:
        kept = opened.metadata()
        if json.loads(kept.get("recipe", "null")) not in (None, asdict(recipe)):
            raise ValueError(f"the finished stage {file} belongs to another recipe; delete it, or call with --fresh.")
        model.load_state_dict({k: opened.get_tensor(k) for k in opened.keys()})
        return json.loads(kept["done"])


def _floor(name: str, world, tokenizer) -> float | None:
    """The lowest possible loss where it is known: of fresh documents for the decoder, zero for the encoder-decoder."""
    from itertools import islice

    from fmcourse.world import floor

    if name == "world-gpt":
        return floor(tokenizer, islice(world.documents("floor"), 5000))
    return 0.0 if name == "world-t5" else None


def ship(name: str, model, tokenizer, out: Path, **training) -> None:
    """Store weights in float16, read them back, measure them, and write card and digests."""
    import torch

    out.mkdir(parents=True, exist_ok=True)
    model.to("cpu").to(torch.float16).save_pretrained(out, safe_serialization=True)
    tokenizer.save_pretrained(out)
    (out / "model.safetensors").chmod(0o644)
    training |= {"threads": torch.get_num_threads(), "python": platform.python_version(), "torch": torch.__version__}
    measure(name, out, training)


def measure(name: str, out: Path | None = None, training: dict | None = None) -> Path:
    """Measure the weights in `out` (by default the shipped ones), and write card and digests; returns the folder.

    `training` says how they were made; without it that part of the card stays as it is.
    """
    from fmcourse.models.files import write_digests
    from fmcourse.models.loading import load
    from fmcourse.world import World

    out = Path(out) if out else data_dir() / "models" / name
    stored, file, began = load(name, source=out, device="cpu"), out / "training.json", time.monotonic()
    if training is None:
        training = json.loads(file.read_text(encoding="utf-8"))
    results = SPECS[name].results(stored.model, stored.tokenizer, World.default())
    size = sum(p.numel() for p in stored.model.parameters())
    card = {"name": name, "parameters": size} | training | {"results": results}
    file.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    (out / "README.md").write_text(card_text(card, spec=SPECS[name].title), encoding="utf-8")
    write_digests(out)
    print(f"{name} measured in {time.monotonic() - began:.0f} s and written to {out}.")
    return out


def main(
    name: str,
    out: Path | None = None,
    fresh: bool = False,
    again: bool = False,
    device: str | None = None,
    steps: int | None = None,
    workers: int = 0,
) -> int:
    """The command, for models of texts and of scenes; `again` only measures.

    130 after Ctrl-C with the checkpoint kept; 2 for an unknown name or device, another recipe's checkpoint, `steps`
    without `out`, and `workers` for a model of texts.
    """
    from fmcourse.making import scenes
    from fmcourse.training.fit import Interrupted

    try:
        if name not in SPECS and name not in scenes.SPECS:
            raise ValueError(f"no recipe is called {name!r}; there are {', '.join((*SPECS, *scenes.SPECS))}.")
        if steps is not None and (steps < 1 or not out):
            raise ValueError("--steps shortens a run, for a try: 1 or more, and with --out, so that none is shipped.")
        if workers and name in SPECS:
            raise ValueError("--workers draw scenes ahead; texts are quick to make and need none.")
        if again:
            (measure if name in SPECS else scenes.measure)(name, out=out)
        else:
            made = pretrain if name in SPECS else partial(scenes.pretrain, workers=workers)
            made(name, out=out, fresh=fresh, steps=steps, device=device)
    except Interrupted as stop:
        print(stop, file=sys.stderr)
        return 130
    except ValueError as e:
        print(e, file=sys.stderr)
        return 2
    return 0
