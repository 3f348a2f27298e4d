"""The policy gradient's advantages and loss equal those of trl's GRPOTrainer, on random inputs of odd sizes."""

import pytest
import torch

from fmcourse.training import policy
from tests.harness import tiny

trl = pytest.importorskip("trl")
P, G, T = 3, 5, 7


@pytest.fixture(scope="module")
def trainer(tmp_path_factory):
    import datasets
    from transformers import LlamaForCausalLM

    folder = tiny.save(tmp_path_factory.mktemp("tiny"), tiny.decoder("llama"))
    args = trl.GRPOConfig(
        output_dir=str(tmp_path_factory.mktemp("grpo")), use_cpu=True, report_to=[], num_generations=G, beta=0.3,
        per_device_train_batch_size=P * G, max_completion_length=T, loss_type="grpo", scale_rewards="group", bf16=False,
        use_bias_correction_kl=False,  # a correction of 2025 that policy.py leaves out
    )  # fmt: skip
    return trl.GRPOTrainer(
        model=LlamaForCausalLM.from_pretrained(folder), args=args, processing_class=tiny.tokenizer(),
        reward_funcs=lambda prompts, completions, **_: [0.0] * len(prompts),
        train_dataset=datasets.Dataset.from_dict({"prompt": ["a", "b", "c"]}),
    )  # fmt: skip


def some(*size, seed=0):
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("scale", ["group", "none"])
def test_advantages_equal_trl(trainer, scale, monkeypatch):
    rewards = some(P, G, seed=4)
    rewards[1] = 0.25  # a group of equals
    trainer.scale_rewards = scale
    trainer.model.train()
    monkeypatch.setattr(trainer, "_calculate_rewards", lambda *_, **__: rewards.view(-1, 1))
    given = [{"prompt": p} for p in "abc" for _ in range(G)]
    theirs = trainer._generate_and_score_completions(given)["advantages"].view(P, G)
    ours = policy.group_advantages(rewards, scale=scale == "group")
    assert (ours - theirs).abs().max() < 1e-6
    assert float(theirs[0].abs().max()) > 0.1 and float(ours[1].abs().max()) < 1e-6
    assert (policy.group_advantages(rewards, scale=scale != "group") - theirs).abs().max() > 1e-2, "can fail"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("average", ["text", "token"])
@pytest.mark.parametrize("beta", [0.0, 0.3])
def test_loss_equals_trl(trainer, beta, average, seed, monkeypatch):
    b = P * G
    logps, old, ref = (some(b, T, seed=10 * seed + k) * 0.4 - 2 for k in range(3))
    advantages, lengths = some(b, seed=10 * seed + 3), torch.arange(b) % T + 1
    mask = (torch.arange(T) < lengths[:, None]).long()
    monkeypatch.setattr(trainer, "_get_per_token_logps_and_entropies", lambda *_, **__: (logps, -logps, None))
    trainer.beta, trainer.loss_type = beta, {"text": "grpo", "token": "bnpo"}[average]
    trainer.model.eval()
    theirs = trainer._compute_loss(trainer.model, {
        "prompt_ids": torch.ones(b, 2, dtype=torch.long), "prompt_mask": torch.ones(b, 2, dtype=torch.long),
        "completion_ids": torch.ones(b, T, dtype=torch.long), "completion_mask": mask, "advantages": advantages,
        "old_per_token_logps": old, "ref_per_token_logps": ref,
    })  # fmt: skip

    def ours(sign=1.0, clip=0.2):
        return policy.policy_loss(logps, old, ref, sign * advantages, mask.bool(), clip=clip, kl=beta, average=average)

    assert abs(float(ours()) - float(theirs)) < 1e-6
    assert abs(float(ours(sign=-1.0)) - float(theirs)) > 1e-3 and abs(float(ours(clip=0.01)) - float(theirs)) > 1e-4
