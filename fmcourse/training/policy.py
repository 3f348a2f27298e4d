"""Policy gradient for a language model: let it write, reward what it wrote, make the rewarded texts likelier.

The method is GRPO (Shao et al. 2024, "DeepSeekMath"): several texts for each prompt, and each text's advantage is how
far its reward lies above the average of its group. A penalty on the KL divergence keeps the model near its start.

    history = improve(model, tokenizer, prompts, reward, PolicyRecipe(steps=60))

Each text is `bos + prompt + written`, padded on the left, so that all prompts end in one column. B texts, T tokens,
P prompts, n texts a prompt (B = P * n).

But: no value network (the group's average stands in for it), no replay of old texts, one process.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from fmcourse.models import cached
from fmcourse.models.encoding import pad
from fmcourse.prompting.decoding import prompt_tokens
from fmcourse.types import Model, Tokenizer

Reward = Callable[[list[str], list[str]], Sequence[float]]


@dataclass(frozen=True)
class Samples:
    """Texts that a model wrote. `written` marks, among the predicted tokens `ids[:, 1:]`, those the model chose itself
    (its end-of-document included); `prompt_of[i]` is the number of the prompt that text i continues.
    """

    ids: Tensor  # (B, T)
    attention_mask: Tensor  # (B, T)
    written: Tensor  # (B, T - 1), bool
    prompt_of: Tensor  # (B,)
    texts: list[str]

    @property
    def lengths(self) -> Tensor:
        """How many tokens each text has beyond its prompt, (B,)."""
        return self.written.sum(1)


@torch.no_grad()
def sample(
    model: Model,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    *,
    n: int = 1,
    max_new_tokens: int = 40,
    temperature: float = 1.0,
    stop: str | None = None,
    generator: torch.Generator | None = None,
) -> Samples:
    """Let a decoder continue each prompt `n` times, all at once, with a cache.

    A text ends with end-of-document, after the first token that contains `stop`, or after `max_new_tokens`. Temperature
    0 takes the most likely token. Raises `ValueError` when there is no prompt, or no token that contains `stop`, and
    `PromptTooLong` when prompt and new tokens do not fit into the model.
    """
    if not prompts or n < 1 or max_new_tokens < 1:
        raise ValueError(f"{len(prompts)} prompts, n = {n}, {max_new_tokens} new tokens: there is nothing to write.")
    coded = [prompt_tokens(model, tokenizer, p, max_new_tokens) for p in prompts for _ in range(n)]
    ids, mask = (t.to(model.device) for t in pad(coded, tokenizer.pad_token_id, left=True))
    begin, ends = ids.shape[1], _ending(tokenizer, stop).to(model.device)
    position, feed, cache = (mask.cumsum(1) - 1).clamp(min=0), ids, None
    done = torch.zeros(len(ids), dtype=torch.bool, device=model.device)
    for _ in range(max_new_tokens):
        out, cache = cached.step(model, cache, input_ids=feed, attention_mask=mask, position_ids=position)
        logits = out.logits[:, -1].float()
        if temperature == 0:
            token = logits.argmax(-1)
        else:
            p = (logits / temperature).softmax(-1)
            token = torch.multinomial(p.cpu(), 1, generator=generator)[:, 0].to(model.device)
        token = token.masked_fill(done, tokenizer.pad_token_id)
        feed = token[:, None]
        ids, mask = torch.cat([ids, feed], 1), torch.cat([mask, (~done).long()[:, None]], 1)
        position = position[:, -1:] + 1
        done = done | ends[token]
        if done.all():
            break
    written = mask[:, 1:].bool() & (torch.arange(1, ids.shape[1], device=ids.device) >= begin)
    texts = [_text(tokenizer, row, begin) for row in ids.masked_fill(mask == 0, tokenizer.pad_token_id).tolist()]
    return Samples(ids, mask, written, torch.arange(len(prompts)).repeat_interleave(n), texts)


def _ending(tokenizer: Tokenizer, stop: str | None) -> Tensor:
    """(V,) bool: after which tokens a text is over."""
    ends = torch.zeros(len(tokenizer), dtype=torch.bool)
    ends[tokenizer.eos_token_id] = True
    if stop is not None:
        holding = [i for i, t in enumerate(tokenizer.batch_decode([[i] for i in range(len(tokenizer))])) if stop in t]
        if not stop or not holding:
            raise ValueError(f"no token of this model contains {stop!r}; give a stop string of one token, such as '.'.")
        ends[holding] = True
    return ends


def _text(tokenizer: Tokenizer, row: list[int], begin: int) -> str:
    """The written part with the space that parts it from the prompt."""
    before = tokenizer.decode(row[:begin], skip_special_tokens=True)
    return tokenizer.decode(row, skip_special_tokens=True)[len(before) :]


def _logits(model: Model, samples: Samples) -> Tensor:
    """What the model expects at each token but the first: (B, T - 1, V)."""
    mask = samples.attention_mask
    position = (mask.cumsum(1) - 1).clamp(min=0)
    return model(input_ids=samples.ids, attention_mask=mask, position_ids=position).logits[:, :-1].float()


def token_logps(model: Model, samples: Samples) -> Tensor:
    """The log-probability of each token after those before it, (B, T - 1), in nats; count only `samples.written`."""
    return _logits(model, samples).log_softmax(-1).gather(-1, samples.ids[:, 1:, None])[..., 0]


@torch.no_grad()
def kl_from(reference: Model, model: Model, samples: Samples) -> Tensor:
    """KL(model || reference) of each text, (B,), in nats, for texts that `model` wrote at temperature 1.

    At each written token the two whole distributions are compared, and the sum over the text is returned: its average
    over many texts estimates the KL divergence between the two ways of writing, with less noise than the log-ratio of
    the chosen tokens alone.
    """
    mine, theirs = (_logits(m, samples).log_softmax(-1) for m in (model, reference))
    return ((mine.exp() * (mine - theirs)).sum(-1) * samples.written).sum(1)


def group_advantages(rewards: Tensor, scale: bool = True) -> Tensor:
    """How far each reward lies above its group's average: (P, n) to (P, n), in units of the group's spread if `scale`.

    A group of equal rewards teaches nothing and gets zeros. The spread is the standard deviation with n - 1, plus 1e-4.

    >>> group_advantages(torch.tensor([[1.0, 0.0], [1.0, 1.0]]), scale=False).tolist()
    [[0.5, -0.5], [0.0, 0.0]]
    """
    centred = rewards - rewards.mean(1, keepdim=True)
    return centred / (rewards.std(1, keepdim=True) + 1e-4) if scale else centred


def policy_loss(
    logps: Tensor,
    old_logps: Tensor,
    ref_logps: Tensor | None,
    advantages: Tensor,
    written: Tensor,
    *,
    clip: float = 0.2,
    kl: float = 0.0,
    average: str = "text",
) -> Tensor:
    """What a step minimises, one number: minus the clipped, weighted advantage, plus `kl` times the distance to `ref`.

    All but `advantages` (B,) have shape (B, T - 1). `old_logps` are those under which the texts were written: the ratio
    to them is kept within 1 - clip and 1 + clip (PPO, Schulman et al. 2017). The penalty of a token is
    exp(d) - d - 1 with d = ref - logp, never negative, and on average the KL divergence (Schulman 2020, "Approximating
    KL divergence"). `average`: "text" takes the mean over each text's tokens first, as GRPO does, so that a token of a
    long text weighs less; "token" takes all tokens alike.
    """
    if average not in ("text", "token"):
        raise ValueError(f"average is {average!r}; it must be 'text' or 'token'.")
    ratio = (logps - old_logps).exp()
    gain = torch.min(ratio * advantages[:, None], ratio.clamp(1 - clip, 1 + clip) * advantages[:, None])
    loss = -gain
    if kl:
        if ref_logps is None:
            raise ValueError("a penalty on KL needs ref_logps, the log-probabilities under the model of the start.")
        d = ref_logps - logps
        loss = loss + kl * (d.exp() - d - 1)
    loss = loss.masked_fill(~written, 0.0)
    if average == "token":
        return loss.sum() / written.sum()
    return (loss.sum(1) / written.sum(1).clamp(min=1)).mean()


@dataclass(frozen=True)
class PolicyRecipe:
    """`steps` steps of `prompts` prompts with `n` texts each; `epochs` passes over the texts of a step.

    `kl` weighs the penalty, `scale` and `average` are those of `group_advantages` and `policy_loss`. The learning rate
    rises over the first tenth of the steps and stays.
    """

    steps: int = 60
    prompts: int = 16
    n: int = 8
    lr: float = 3e-4
    kl: float = 0.05
    clip: float = 0.2
    epochs: int = 1
    temperature: float = 1.0
    max_new_tokens: int = 40
    stop: str | None = None
    scale: bool = True
    average: str = "text"
    seed: int = 0


@dataclass
class PolicyHistory:
    """One entry a step: mean reward of the texts, mean KL from the start in nats a text, mean length in tokens."""

    reward: list[float] = field(default_factory=list)
    kl: list[float] = field(default_factory=list)
    length: list[float] = field(default_factory=list)


def improve(
    model: Model,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    reward: Reward,
    recipe: PolicyRecipe,
    *,
    reference: Model | None = None,
    on_step: Callable[[int, PolicyHistory], None] | None = None,
) -> PolicyHistory:
    """Train `model` in place so that its texts earn more of `reward`.

    `reward(prompts, texts)` gets one prompt and one written text a row and gives one number each. `reference` is the
    model that KL is measured from: a copy of the start if None. Prompts are drawn without replacement within a step.
    `on_step(done, history)` is called after each step. Raises `ValueError` for too few prompts, for a group of one, and
    for rewards that are not finite numbers, one a text.
    """
    if recipe.n < 2 or len(prompts) < recipe.prompts:
        raise ValueError(
            f"each step needs {recipe.prompts} prompts with at least 2 texts each; there are {len(prompts)} prompts "
            f"and n = {recipe.n}."
        )
    reference = copy.deepcopy(model) if reference is None else reference
    reference.eval()
    rng = torch.Generator().manual_seed(recipe.seed)
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=recipe.lr, weight_decay=0.0)
    history = PolicyHistory()
    for step in range(recipe.steps):
        asked = [prompts[i] for i in torch.randperm(len(prompts), generator=rng)[: recipe.prompts].tolist()]
        model.eval()
        texts = sample(
            model,
            tokenizer,
            asked,
            n=recipe.n,
            max_new_tokens=recipe.max_new_tokens,
            temperature=recipe.temperature,
            stop=recipe.stop,
            generator=rng,
        )
        earned = _checked(reward([asked[i] for i in texts.prompt_of.tolist()], texts.texts), len(texts.texts))
        advantages = group_advantages(earned.view(-1, recipe.n), recipe.scale).flatten().to(texts.ids.device)
        with torch.no_grad():
            ref_logps, old_logps = token_logps(reference, texts), None
        for group in optimiser.param_groups:
            group["lr"] = recipe.lr * min(1.0, (step + 1) / max(1, recipe.steps // 10))
        for _ in range(recipe.epochs):
            logps = token_logps(model, texts)
            old_logps = logps.detach() if old_logps is None else old_logps
            loss = policy_loss(
                logps,
                old_logps,
                ref_logps,
                advantages,
                texts.written,
                clip=recipe.clip,
                kl=recipe.kl,
                average=recipe.average,
            )
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
        history.reward.append(float(earned.mean()))
        history.kl.append(float(((old_logps - ref_logps) * texts.written).sum(1).mean()))  # type: ignore[operator]  # there is an epoch
        history.length.append(float(texts.lengths.float().mean()))
        if on_step:
            on_step(step + 1, history)
    model.eval()
    return history


def _checked(rewards: Sequence[float], texts: int) -> Tensor:
    """The rewards as float32 (B,)."""
    earned = torch.as_tensor(rewards, dtype=torch.float32).detach().cpu()
    if earned.shape != (texts,) or not earned.isfinite().all():
        raise ValueError(f"reward must give one finite number for each of the {texts} texts; it gave {rewards!r:.80}.")
    return earned
