"""Reading and changing what happens inside a model: record activations, patch them, switch heads off, logit lens.

Everything is done by hooks on the models of `transformers`, and every hook is gone after the `with`, also when the
code inside raises. A place is a pair (name, layer), the layer counted from 0:

    ("stream", 2)   what leaves block 2: the residual stream, (B, T, C)
    ("heads", 2)    what the heads of block 2 found, before they are mixed, (B, T, H, D)
    ("neurons", 2)  what the neurons of its feed-forward layer say, before they are mixed, (B, T, F)
    ("mlp", 2)      what the feed-forward layer of block 2 adds, (B, T, C)
    ("embed", 0)    what enters block 0, (B, T, C)

But: only GPT-2, Llama and BERT, one document a row without padding where positions are compared, no gradients.

Sources: nostalgebraist 2020, "Interpreting GPT: the logit lens"; Vig et al. 2020, "Investigating gender bias in
language models using causal mediation analysis"; Meng et al. 2022, "Locating and editing factual associations in GPT".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from fmcourse.types import Model

Place = tuple[str, int]
Head = tuple[int, int]
NAMES = ("embed", "stream", "heads", "neurons", "mlp")


@dataclass(frozen=True)
class Parts:
    """Where a model keeps its parts. `mixers[l]` mixes the heads of block l, `downs[l]`
    its neurons; `speak` turns a stream into logits."""

    blocks: list[nn.Module]
    mixers: list[nn.Module]
    mlps: list[nn.Module]
    downs: list[nn.Module]
    heads: int
    speak: Callable[[Tensor], Tensor]


def parts(model: Model) -> Parts:
    """The parts of a Llama, GPT-2 or BERT of `transformers`. Raises `ValueError` for another kind of model."""
    heads = getattr(model.config, "num_attention_heads", 0)
    kind = model.config.model_type
    if kind == "llama":
        blocks = list(model.model.layers)
        return Parts(blocks, [b.self_attn.o_proj for b in blocks], [b.mlp for b in blocks],
                     [b.mlp.down_proj for b in blocks], heads,
                     lambda x: model.lm_head(model.model.norm(x)))  # fmt: skip
    if kind == "gpt2":
        blocks = list(model.transformer.h)
        return Parts(blocks, [b.attn.c_proj for b in blocks], [b.mlp for b in blocks],
                     [b.mlp.c_proj for b in blocks], heads,
                     lambda x: model.lm_head(model.transformer.ln_f(x)))  # fmt: skip
    if kind == "bert":
        blocks = list(model.bert.encoder.layer)
        return Parts(blocks, [b.attention.output.dense for b in blocks], [b.output.dense for b in blocks],
                     [b.output.dense for b in blocks], heads, model.cls)  # fmt: skip
    raise ValueError(f"a model of kind {kind!r} cannot be opened here; Llama, GPT-2 and BERT can.")


def all_heads(model: Model) -> list[Head]:
    """Every head of the model as (layer, head)."""
    found = parts(model)
    return [(layer, head) for layer in range(len(found.blocks)) for head in range(found.heads)]


@contextmanager
def hooked(model: Model, changes: Mapping[Place, Callable[[Tensor], Tensor | None]]) -> Iterator[None]:
    """While inside, each place's activation goes through its function; None leaves it as it is.

    All else here is made of this. Raises `ValueError` for a place that the model does not have.
    """
    found = parts(model)
    with ExitStack() as stack:
        for place, change in changes.items():
            name, layer = place
            if name not in NAMES or not 0 <= layer < len(found.blocks) or (name == "embed" and layer):
                raise ValueError(f"there is no place {place}; names are {', '.join(NAMES)}, layers 0 to "
                                 f"{len(found.blocks) - 1} (embed: 0 alone).")  # fmt: skip
            stack.callback(_hook(found, name, layer, change).remove)
        yield


def _hook(found: Parts, name: str, layer: int, change: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
    if name in ("embed", "heads", "neurons"):
        module = found.blocks[0] if name == "embed" else (found.mixers if name == "heads" else found.downs)[layer]

        def before(
            _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
        ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
            x = args[0] if args else kwargs["hidden_states"]
            new = change(_split(x, found.heads) if name == "heads" else x)
            if new is None:
                return None
            new = new.flatten(-2) if name == "heads" else new
            return ((new, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": new})

        return module.register_forward_pre_hook(before, with_kwargs=True)
    module = found.blocks[layer] if name == "stream" else found.mlps[layer]

    def after(_: nn.Module, args: tuple[Any, ...], out: Any) -> Any:
        new = change(out[0] if isinstance(out, tuple) else out)
        return None if new is None else (new, *out[1:]) if isinstance(out, tuple) else new

    return module.register_forward_hook(after)


def _split(x: Tensor, heads: int) -> Tensor:
    """(B, T, H * D) -> (B, T, H, D)."""
    return x.unflatten(-1, (heads, -1))


@contextmanager
def reading(model: Model, places: Iterable[Place]) -> Iterator[dict[Place, Tensor]]:
    """A dictionary that each run of the model inside fills with the activations of `places`, where the model lies."""
    seen: dict[Place, Tensor] = {}

    def note(place: Place) -> Callable[[Tensor], None]:
        return lambda x: seen.__setitem__(place, x.detach().clone())

    with hooked(model, {place: note(place) for place in places}):
        yield seen


@torch.no_grad()
def read(model: Model, inputs: Mapping[str, Tensor], places: Iterable[Place]) -> dict[Place, Tensor]:
    """The activations of one run, lying where `inputs` do."""
    with reading(model, places) as seen:
        model(**inputs)
    home = next(iter(inputs.values())).device
    return {place: x.to(home) for place, x in seen.items()}


def patching(model: Model, values: Mapping[Place, Tensor], at: Tensor | None = None) -> AbstractContextManager[None]:
    """While inside, each place holds `values` instead of what the model computed there.

    at: booleans (B, T); only these positions are replaced. Use as `with patching(model, {("stream", 1): x}): ...`
    """

    def put(value: Tensor) -> Callable[[Tensor], Tensor]:
        def change(x: Tensor) -> Tensor:
            here = value.to(x.device)
            if at is None:
                return here.expand_as(x)
            return torch.where(at.to(x.device).view(*at.shape, *[1] * (x.ndim - 2)), here, x)

        return change

    return hooked(model, {place: put(value) for place, value in values.items()})


def ablate(
    model: Model, heads: Iterable[Head], means: Mapping[int, Tensor] | None = None
) -> AbstractContextManager[None]:
    """While inside, what these heads found is zero, or, with `means` (see `head_means`), their average finding.

    heads: pairs (layer, head). Raises `ValueError` for a head that is not there.
    """
    heads, there = list(heads), set(all_heads(model))
    for head in heads:
        if tuple(head) not in there:
            layers, number = max(there)
            raise ValueError(f"there is no head {head}; layers are 0 to {layers}, heads 0 to {number}.")

    def silence(layer: int) -> Callable[[Tensor], Tensor]:
        mine = [h for at, h in heads if at == layer]

        def change(x: Tensor) -> Tensor:
            x = x.clone()
            x[:, :, mine] = 0.0 if means is None else means[layer][mine].to(x)
            return x

        return change

    return hooked(model, {("heads", layer): silence(layer) for layer in {at for at, _ in heads}})


@torch.no_grad()
def head_means(model: Model, batches: Iterable[Mapping[str, Tensor]]) -> dict[int, Tensor]:
    """The average finding of every head over all positions of all batches: layer -> (H, D)."""
    layers = range(len(parts(model).blocks))
    total, count = dict.fromkeys(layers, 0.0), 0
    for inputs in batches:
        seen = read(model, inputs, [("heads", layer) for layer in layers])
        total = {layer: total[layer] + seen["heads", layer].sum((0, 1)) for layer in layers}
        count += seen["heads", 0].shape[0] * seen["heads", 0].shape[1]
    if not count:
        raise ValueError("the average of no batches is not defined; pass at least one.")
    return {layer: x / count for layer, x in total.items()}  # type: ignore[misc]  # tensors, after the first batch


@torch.no_grad()
def logit_lens(model: Model, inputs: Mapping[str, Tensor]) -> Tensor:
    """What the model would say after each block, if it had to speak there: logits (1 + blocks, B, T, V).

    Entry 0 is what enters the first block. The last entry equals the model's own logits.
    """
    found = parts(model)
    places = [("embed", 0), *(("stream", layer) for layer in range(len(found.blocks)))]
    seen = read(model, inputs, places)
    return torch.stack([found.speak(seen[place]) for place in places])


@torch.no_grad()
def trace(
    model: Model,
    clean: Mapping[str, Tensor],
    other: Mapping[str, Tensor],
    measure: Callable[[Tensor], Tensor],
    name: str = "stream",
) -> Tensor:
    """Which place carries the difference between two prompts of the same length? (blocks, T) numbers.

    The model reads `other` (1, T), but at one layer and one position it gets what it computed there for `clean`; each
    of the layers and positions in turn. measure(logits (T, V) at the last position of each run) -> (T,) numbers.
    """
    ids = other["input_ids"]
    length = ids.shape[1]
    if clean["input_ids"].shape != ids.shape or len(ids) != 1:
        raise ValueError("the two prompts must be single ones with the same number of tokens.")
    layers = range(len(parts(model).blocks))
    seen, at = read(model, clean, [(name, layer) for layer in layers]), torch.eye(length, dtype=torch.bool)
    rows = []
    for layer in layers:  # row t of the batch is patched at position t
        with patching(model, {(name, layer): seen[name, layer]}, at):
            rows.append(measure(model(input_ids=ids.expand(length, -1)).logits[:, -1]))
    return torch.stack(rows)
