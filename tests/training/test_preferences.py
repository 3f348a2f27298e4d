"""Losses equal trl's, best-of-n equals counting, and comparisons that cannot teach are refused in a sentence."""

import copy
import itertools
import math
from types import SimpleNamespace

import pytest
import torch

from fmcourse.training import preferences
from fmcourse.training.preferences import Comparison, DPORecipe, Pair, bradley_terry_loss, dpo_loss, usable
from tests.harness import tiny

trl = pytest.importorskip("trl")
N = 7


def some(*size, seed=0):
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def data(columns):
    import datasets

    return datasets.Dataset.from_dict({c: ["a b", "c d"] for c in columns})


@pytest.fixture(scope="module")
def dpo_trainer(tmp_path_factory):
    # bf16, which trl would choose, stays on in accelerate for every later training of this process
    args = trl.DPOConfig(
        output_dir=str(tmp_path_factory.mktemp("dpo")), use_cpu=True, bf16=False, report_to=[], beta=0.3
    )
    model = copy.deepcopy(tiny.decoder("llama"))
    return trl.DPOTrainer(model=model, ref_model=copy.deepcopy(model), args=args, processing_class=tiny.tokenizer(),
                          train_dataset=data(("prompt", "chosen", "rejected")))  # fmt: skip


@pytest.fixture(scope="module")
def reward_trainer(tmp_path_factory):
    from transformers import LlamaForSequenceClassification

    args = trl.RewardConfig(output_dir=str(tmp_path_factory.mktemp("reward")), use_cpu=True, bf16=False, report_to=[])
    config = copy.deepcopy(tiny.decoder("llama").config)
    config.num_labels = 1
    return trl.RewardTrainer(model=LlamaForSequenceClassification(config), args=args, processing_class=tiny.tokenizer(),
                             train_dataset=data(("chosen", "rejected")))  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_bradley_terry_equals_trl(reward_trainer, seed):
    chosen, rejected = some(N, seed=seed) * 3, some(N, seed=seed + 50) * 3

    def model(**inputs):
        return SimpleNamespace(logits=torch.cat([chosen, rejected])[:, None])

    theirs = reward_trainer.compute_loss(model, {"attention_mask": torch.ones(2 * N, 3)})
    assert abs(float(bradley_terry_loss(chosen, rejected)) - float(theirs)) < 1e-6
    assert abs(float(bradley_terry_loss(rejected, chosen)) - float(theirs)) > 1e-3, "a turned sign is seen"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("beta", [0.1, 0.7])
def test_dpo_equals_trl(dpo_trainer, beta, seed):
    length = 11
    logps, ref = some(2 * N, length, seed=seed), some(2 * N, length, seed=seed + 50)
    outputs = SimpleNamespace(log_probs=logps, entropy=logps, mean_logits=logps, is_top1=logps > 0)
    mask = torch.ones(2 * N, length + 1, dtype=torch.long)
    inputs = {"input_ids": mask, "attention_mask": mask, "completion_mask": mask}
    dpo_trainer.beta, dpo_trainer.precompute_ref_logps = beta, True
    chosen, rejected = logps.sum(1).chunk(2)
    inputs["ref_chosen_logps"], inputs["ref_rejected_logps"] = ref.sum(1).chunk(2)
    theirs = float(dpo_trainer._compute_loss(lambda **_: outputs, inputs, return_outputs=False))
    mine = [chosen, rejected, *ref.sum(1).chunk(2)]
    assert abs(float(dpo_loss(*mine, beta=beta)) - theirs) < 1e-6
    for wrong in ([mine[1], mine[0], *mine[2:]], [*mine[:2], mine[3], mine[2]]):
        assert abs(float(dpo_loss(*wrong, beta=beta)) - theirs) > 1e-3, "a turned sign is seen"


def test_the_whole_way_from_texts_to_the_dpo_loss_equals_trl(dpo_trainer):
    tokenizer, model = tiny.tokenizer(), dpo_trainer.model
    other = copy.deepcopy(tiny.decoder("llama"))
    with torch.no_grad():
        for p in other.parameters():
            p += 0.01 * torch.randn(p.shape, generator=torch.Generator().manual_seed(p.numel()))
    prompts, texts = ["Say it:", "And now:", "Once"] * 2, ["a cat", "two", "red dogs run", "b", "a cow eats", "no"]
    rows = [(preferences.encode_prompt(tokenizer, p), [*preferences.encode_prompt(tokenizer, f"{p} {t}"), 2])
            for p, t in zip(prompts, texts, strict=True)]  # fmt: skip
    ids, mask = preferences.pad([whole for _, whole in rows], 0)
    completion = preferences.pad([[0] * len(b) + [1] * (len(w) - len(b)) for b, w in rows], 0)[0]
    dpo_trainer.beta, dpo_trainer.precompute_ref_logps = 0.3, False
    patched = {"input_ids": ids, "attention_mask": mask, "completion_mask": completion}
    with torch.no_grad():
        mine = [preferences.text_logps(m, tokenizer, prompts, texts).chunk(2) for m in (model, other)]
        assert torch.allclose(torch.cat(mine[0]), plain_logps(model, ids, mask, completion), atol=1e-4)
        ours = float(dpo_loss(*mine[0], *mine[1], beta=0.3))

        def as_trl_reads(which):
            def call(**kw):
                logits = which(input_ids=ids, attention_mask=mask).logits[:, :-1].log_softmax(-1)
                logps = logits.gather(-1, ids[:, 1:, None])[..., 0] * completion[:, 1:]
                return SimpleNamespace(log_probs=logps, entropy=logps, mean_logits=logps, is_top1=logps > 0)

            return call

        dpo_trainer.ref_model = as_trl_reads(other)
        theirs = float(dpo_trainer._compute_loss(as_trl_reads(model), patched, return_outputs=False))
    assert abs(ours - theirs) < 1e-5


def plain_logps(model, ids, mask, completion):
    """One text at a time, without padding."""
    out = []
    for row, seen, written in zip(ids, mask, completion, strict=True):
        row = row[seen.bool()][None]
        logps = model(input_ids=row).logits[0, :-1].log_softmax(-1)
        out.append(logps.gather(-1, row[0, 1:, None])[:, 0][written[1 : row.shape[1]].bool()].sum())
    return torch.stack(out)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_best_of_n_equals_trying_every_draw(n):
    learned, true = some(3, 5, seed=1), some(3, 5, seed=2)
    for row in range(3):
        draws = list(itertools.combinations(range(5), n))
        chosen = [true[row, max(draw, key=lambda i, row=row: float(learned[row, i]))] for draw in draws]
        assert abs(float(preferences.best_of_n(learned, true, n)[row]) - float(sum(chosen)) / len(draws)) < 1e-9


def test_best_of_n_takes_the_best_and_refuses_more_than_there_are():
    pool = some(2, 5)
    assert torch.allclose(preferences.best_of_n(pool, pool, 5), pool.max(1).values)
    assert torch.allclose(preferences.best_of_n(-pool, pool, 5), pool.min(1).values)
    with pytest.raises(ValueError, match="from 1 to 5"):
        preferences.best_of_n(pool, pool, 6)


def test_the_kl_of_best_of_n_is_that_of_the_distribution():
    """With all scores different and many equally likely texts, the bound is reached."""
    n, size = 4, 4000
    i = torch.arange(1, size + 1, dtype=torch.float64)
    p = (i / size) ** n - ((i - 1) / size) ** n
    assert abs(float((p * (p * size).log()).sum()) - preferences.best_of_n_kl(n)) < 1e-3
    assert preferences.best_of_n_kl(1) == 0 and preferences.best_of_n_kl(2) == math.log(2) - 0.5


def comparisons(*choices, same=False):
    return [Comparison("p", "a", "a" if same else f"b{i}", c) for i, c in enumerate(choices)]


@pytest.mark.parametrize(("made", "words"), [
    ([], "no comparisons yet"),
    (comparisons(*["tie"] * 6), "all 6 comparisons are ties"),
    (comparisons("first", "second", "tie", "tie"), "only 2 of 4"),
    (comparisons(*["first"] * 5, same=True), "both texts are the same"),
    ([Comparison("p", "a", "b", c) for c in ("first", "second") * 3], "contradict each other"),
    ([Comparison("p", *t, "first") for t in (("a", "b"), ("b", "a")) * 3], "contradict each other"),
])  # fmt: skip
def test_what_cannot_teach_is_refused_in_one_sentence(made, words):
    before = list(made)
    with pytest.raises(ValueError, match=words) as problem:
        usable(made)
    assert made == before and str(problem.value).endswith(".")


def test_a_partial_contradiction_stays_and_ties_go():
    made = [*comparisons("first", "second", "tie", "first"), Comparison("p", "b0", "a", "first")]
    assert usable(made) == [Pair("p", "a", "b0"), Pair("p", "b1", "a"), Pair("p", "a", "b3"), Pair("p", "b0", "a")]
    with pytest.raises(ValueError, match="must be"):
        Comparison("p", "a", "b", "left")


def test_dpo_moves_the_model_toward_the_chosen_and_leaves_the_reference():
    model = copy.deepcopy(tiny.decoder("llama"))
    reference, tokenizer = copy.deepcopy(model), tiny.tokenizer()
    kept = [p.clone() for p in reference.parameters()]
    pairs = [Pair("Say:", "a cat", "no dog"), Pair("Tell:", "a cow", "no hen")] * 3
    before = preferences.text_logps(model, tokenizer, ["Say:"] * 2, ["a cat", "no dog"]).detach()
    history = preferences.dpo(model, tokenizer, pairs, DPORecipe(epochs=6, rows=3, lr=1e-3), reference=reference)
    after = preferences.text_logps(model, tokenizer, ["Say:"] * 2, ["a cat", "no dog"]).detach()
    assert float(after[0] - after[1]) > float(before[0] - before[1]) + 1
    assert len(history.loss) == 12 and abs(history.loss[0] - math.log(2)) < 1e-6 and history.loss[-1] < 0.6
    assert all(torch.equal(a, b) for a, b in zip(kept, reference.parameters(), strict=True))
    with pytest.raises(ValueError, match="no pairs"):
        preferences.dpo(model, tokenizer, [])
