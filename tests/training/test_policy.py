"""fmcourse/training/policy.py: the texts a model writes, what they cost, and the step that follows their rewards."""

import copy

import pytest
import torch

from fmcourse.prompting import PromptTooLong, generate
from fmcourse.training.policy import (
    PolicyRecipe,
    group_advantages,
    improve,
    kl_from,
    policy_loss,
    sample,
    token_logps,
)
from tests.harness import tiny

PROMPTS = ["the cat", "Question: who", "a"]


@pytest.fixture(params=["gpt2", "llama"])
def model(request):
    return copy.deepcopy(tiny.decoder(request.param))


def seeded(n: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(n)


def test_the_most_likely_texts_are_those_of_generate(model):
    made = sample(model, tiny.tokenizer(), PROMPTS, n=2, max_new_tokens=13, temperature=0)
    alone = [generate(model, tiny.tokenizer(), p, max_new_tokens=13) for p in PROMPTS for _ in range(2)]
    assert made.texts == alone and made.prompt_of.tolist() == [0, 0, 1, 1, 2, 2]


def test_first_tokens_are_drawn_as_the_model_expects_them():
    model, tokenizer, n = tiny.decoder("llama"), tiny.tokenizer(), 20_000
    made = sample(model, tokenizer, ["the cat"], n=n, max_new_tokens=1, temperature=1.3, generator=seeded(1))
    with torch.no_grad():
        prompt = made.ids[:1, :-1]
        p = (model(prompt).logits[0, -1] / 1.3).softmax(-1)
    counts = torch.bincount(made.ids[:, -1], minlength=len(p)).float()
    often = p * n >= 5  # rarer ones together: the test needs expected counts that are not tiny
    observed = torch.cat([counts[often], counts[~often].sum()[None]])
    expected = torch.cat([p[often], p[~often].sum()[None]]) * n
    from scipy.stats import chi2

    statistic = float(((observed - expected) ** 2 / expected).sum())
    assert chi2.sf(statistic, len(observed) - 1) > 0.001
    wrong = torch.cat([p[often].sqrt(), p[~often].sqrt().sum()[None]])
    wrong = wrong / wrong.sum() * n
    assert chi2.sf(float(((observed - wrong) ** 2 / wrong).sum()), len(observed) - 1) < 1e-6  # it can fail


def test_log_probabilities_do_not_depend_on_the_other_rows(model):
    """Padding on the left, positions and mask: each row alone, without padding, must give the same."""
    made = sample(model, tiny.tokenizer(), PROMPTS, n=1, max_new_tokens=7, generator=seeded())
    together = token_logps(model, made)
    for i in range(len(PROMPTS)):
        real = made.attention_mask[i].bool()
        alone = model(made.ids[i, real][None]).logits[0, :-1].log_softmax(-1)
        alone = alone.gather(-1, made.ids[i, real][1:, None])[:, 0]
        k = int(made.written[i].sum())
        torch.testing.assert_close(together[i][made.written[i]], alone[-k:], atol=1e-5, rtol=0)


def test_written_marks_new_tokens_up_to_the_end(model):
    tokenizer = tiny.tokenizer()
    made = sample(model, tokenizer, PROMPTS, n=5, max_new_tokens=11, generator=seeded(2))
    for i, text in enumerate(made.texts):
        new = made.ids[i, 1:][made.written[i]].tolist()
        body = new[:-1] if new[-1] == tokenizer.eos_token_id else new
        assert tokenizer.decode(body, skip_special_tokens=True) == text and tokenizer.eos_token_id not in body
        assert made.lengths[i] == len(new) <= 11
        assert len(new) == 11 or new[-1] == tokenizer.eos_token_id


def test_stop_ends_after_the_token_that_holds_it():
    made = sample(tiny.decoder(), tiny.tokenizer(), ["the"], n=200, max_new_tokens=30, stop="e", generator=seeded())
    stopped = [t for t in made.texts if "e" in t]
    assert stopped and all("e" not in t[: -len("e ")] or t.index("e") >= len(t) - 4 for t in stopped)
    with pytest.raises(ValueError, match="no token"):
        sample(tiny.decoder(), tiny.tokenizer(), ["the"], stop="qqqqzz")


def test_nothing_to_write_and_too_long_say_so():
    with pytest.raises(ValueError, match="nothing to write"):
        sample(tiny.decoder(), tiny.tokenizer(), [])
    with pytest.raises(PromptTooLong):
        sample(tiny.decoder(), tiny.tokenizer(), ["the " * 60], max_new_tokens=30)


def test_kl_is_zero_to_itself_and_the_mean_log_ratio_to_another(model):
    other = copy.deepcopy(model)
    with torch.no_grad():
        for p in other.parameters():
            p.mul_(0.93)
    made = sample(model, tiny.tokenizer(), PROMPTS, n=700, max_new_tokens=5, generator=seeded(3))
    assert kl_from(model, model, made).abs().max() < 1e-5
    exact = kl_from(other, model, made)
    with torch.no_grad():
        ratio = ((token_logps(model, made) - token_logps(other, made)) * made.written).sum(1)
    error = float((exact - ratio).std() / len(ratio) ** 0.5)
    assert exact.mean() > 10 * error and abs(float((exact - ratio).mean())) < 4 * error
    assert exact.std() < ratio.std()


def test_advantages_are_centred_and_equal_rewards_teach_nothing():
    rewards = torch.tensor([[1.0, 2.0, 6.0], [0.5, 0.5, 0.5]])
    torch.testing.assert_close(group_advantages(rewards, scale=False), torch.tensor([[-2.0, -1.0, 3.0], [0, 0, 0]]))
    scaled = group_advantages(rewards)
    assert scaled[1].abs().max() == 0 and abs(float(scaled[0].std()) - 1) < 1e-3


def test_the_gradient_of_the_loss_is_that_of_the_expected_reward():
    """Three arms: the gradient over all outcomes, weighted by their probability, equals autograd's of E[reward]."""
    theta = torch.tensor([0.3, -0.7, 1.1], requires_grad=True)
    reward = torch.tensor([1.0, 0.0, 0.4])
    (exact,) = torch.autograd.grad((theta.softmax(0) * reward).sum(), theta)
    p, total = theta.detach().softmax(0), torch.zeros(3)
    for arm in range(3):
        logp = theta.log_softmax(0)[arm].view(1, 1)
        advantage = (reward[arm] - (p * reward).sum()).view(1)
        loss = policy_loss(logp, logp.detach(), None, advantage, torch.ones(1, 1, dtype=torch.bool))
        total += p[arm] * -torch.autograd.grad(loss, theta)[0]
    torch.testing.assert_close(total, exact)


def test_clipping_stops_a_gradient_that_has_gone_far_enough():
    logps, written = torch.tensor([[0.5], [-0.5]], requires_grad=True), torch.ones(2, 1, dtype=torch.bool)
    loss = policy_loss(logps, torch.zeros(2, 1), None, torch.tensor([1.0, -1.0]), written)
    assert torch.autograd.grad(loss, logps)[0].abs().max() == 0
    loss = policy_loss(logps, torch.zeros(2, 1), None, torch.tensor([-1.0, 1.0]), written)
    assert torch.autograd.grad(loss, logps)[0].abs().min() > 0


def test_averages_over_texts_and_over_tokens_weigh_length_differently():
    zeros, written = torch.zeros(2, 3), torch.tensor([[True, False, False], [True, True, True]])
    advantages = torch.tensor([1.0, -1.0])
    assert float(policy_loss(zeros, zeros, None, advantages, written)) == 0
    assert float(policy_loss(zeros, zeros, None, advantages, written, average="token")) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="'text' or 'token'"):
        policy_loss(zeros, zeros, None, advantages, written, average="mean")
    with pytest.raises(ValueError, match="ref_logps"):
        policy_loss(zeros, zeros, None, advantages, written, kl=0.1)


def count_e(prompts, texts):
    return [text.count("e") for text in texts]


def test_improve_earns_more_and_a_penalty_keeps_it_nearer():
    start, tokenizer, recipe = tiny.decoder("llama"), tiny.tokenizer(), {"steps": 25, "prompts": 3, "n": 16, "lr": 3e-3}
    ends = {}
    for kl in (0.0, 1.0):
        model = copy.deepcopy(start)
        history = improve(model, tokenizer, PROMPTS, count_e, PolicyRecipe(kl=kl, max_new_tokens=9, **recipe))
        ends[kl] = sum(history.reward[-5:]) / 5, sum(history.kl[-5:]) / 5
        assert len(history.reward) == 25 and history.kl[0] == pytest.approx(0, abs=1e-5)
    assert ends[0.0][0] > 2 * history.reward[0] + 0.5 and ends[0.0][1] > 2 * ends[1.0][1] > 0


def test_improve_repeats_itself_and_leaves_the_reference_alone():
    start, tokenizer = tiny.decoder(), tiny.tokenizer()
    before = {k: v.clone() for k, v in start.state_dict().items()}
    recipe = PolicyRecipe(steps=3, prompts=2, n=3, max_new_tokens=5)
    runs = [improve(copy.deepcopy(start), tokenizer, PROMPTS, count_e, recipe, reference=start) for _ in range(2)]
    assert runs[0] == runs[1]
    assert all(torch.equal(before[k], v) for k, v in start.state_dict().items())


@pytest.mark.parametrize("reward", [lambda p, t: [1.0], lambda p, t: [float("nan")] * len(t)])
def test_strange_rewards_and_few_prompts_are_refused(reward):
    model, tokenizer = copy.deepcopy(tiny.decoder()), tiny.tokenizer()
    with pytest.raises(ValueError, match="one finite number"):
        improve(model, tokenizer, PROMPTS, reward, PolicyRecipe(steps=1, prompts=2, n=2, max_new_tokens=2))
    with pytest.raises(ValueError, match="there are 3 prompts"):
        improve(model, tokenizer, PROMPTS, count_e, PolicyRecipe(prompts=7))
