"""Exercises of notebook 12: the loss of a choice, advantages in a group, a rule of your own, and a wrong DPO loss."""

import random

import torch  # here and not in the checkers: their time limit would cut a slow first import in two

from fmcourse.classroom.exercise import exercise


def _price(chosen, rejected):
    return -torch.nn.functional.logsigmoid(chosen - rejected).mean()


def _price_turned(chosen, rejected):
    return _price(rejected, chosen)


def _price_sum(chosen, rejected):
    return -torch.nn.functional.logsigmoid(chosen - rejected).sum()


def _price_share(chosen, rejected):
    return 1 - (chosen - rejected).sigmoid().mean()


def _price_overflow(chosen, rejected):
    return -(chosen - rejected).sigmoid().log().mean()


@exercise(
    "12.choice",
    difficulty=1,
    minutes=5,
    solution=_price,
    hints=[
        "The probability of the choice is sigmoid(chosen - rejected); its price is minus the logarithm.",
        "`torch.nn.functional.logsigmoid` takes both steps at once and cannot overflow. Then the mean.",
        "return -torch.nn.functional.logsigmoid(chosen - rejected).mean()",
    ],
    wrong=[(_price_turned, "turned"), (_price_sum, "mean"), (_price_share, "logarithm"), (_price_overflow, "infinite")],
    praise="This line is all that a reward model is trained with.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(4):
        n = int(t.rng.integers(3, 9))
        chosen, rejected = (torch.from_numpy(2 * t.rng.normal(size=n)) for _ in range(2))
        got = t.number(answer(chosen, rejected), "The loss")
        for wrong, words in (
            (_price_turned, "It is turned round: a higher score for the chosen text must cost less."),
            (_price_sum, "That is the sum over the pairs; the mean is wanted."),
            (_price_share, "The logarithm is missing: that is the mean probability of the other choice."),
        ):
            t.true(abs(got - float(wrong(chosen, rejected))) > 1e-9, words)
        t.close(got, float(_price(chosen, rejected)), what="The loss")
    far = answer(torch.tensor([-2000.0]), torch.tensor([0.0]))
    t.true(
        bool(torch.as_tensor(far).isfinite().all()),
        "With scores of -2000 and 0 your loss is infinite; take the logarithm and the sigmoid in one step.",
    )
    t.close(far, 2000.0, tol=1e-3, what="The loss for scores of -2000 and 0")


def _advantages(rewards):
    return (rewards - rewards.mean(1, keepdim=True)) / (rewards.std(1, keepdim=True) + 1e-4)


def _advantages_batch(rewards):
    return (rewards - rewards.mean()) / (rewards.std() + 1e-4)


def _advantages_prompts(rewards):
    return (rewards - rewards.mean(0, keepdim=True)) / (rewards.std(0, keepdim=True) + 1e-4)


def _advantages_uncentred(rewards):
    return rewards / (rewards.std(1, keepdim=True) + 1e-4)


def _advantages_nan(rewards):
    return (rewards - rewards.mean(1, keepdim=True)) / rewards.std(1, keepdim=True)


@exercise(
    "12.advantages",
    difficulty=2,
    minutes=7,
    solution=_advantages,
    hints=[
        "A row holds the rewards of the texts for one prompt. `mean(1, keepdim=True)` is the row's average.",
        "Divide by the row's standard deviation plus 1e-4, so that a row of equal rewards gives zeros.",
        "return (rewards - rewards.mean(1, keepdim=True)) / (rewards.std(1, keepdim=True) + 1e-4)",
    ],
    wrong=[
        (_advantages_batch, "all prompts"),
        (_advantages_prompts, "row"),
        (_advantages_uncentred, "average"),
        (_advantages_nan, "equal rewards"),
    ],
    praise="The group's own average is the baseline. PPO trains a second network for that.",
)
def _(answer, t):
    t.function(answer, 1)
    same = torch.from_numpy(t.rng.normal(size=(2, 3)))
    same[1] = 0.5
    t.true(
        bool(torch.as_tensor(answer(same)).isfinite().all()),
        "A row of equal rewards must give zeros; yours gives numbers that are none.",
    )
    for _ in range(4):
        p, n = (int(v) for v in t.rng.permutation([3, 5, 7])[:2])
        rewards = torch.from_numpy(t.rng.normal(size=(p, n)) + 3 * t.rng.normal(size=(p, 1)))
        got = answer(rewards)
        t.shape(got, (p, n), "The result")

        def like(wrong, got=got, rewards=rewards):
            return torch.allclose(torch.as_tensor(got), wrong(rewards), atol=1e-6)

        t.true(
            not like(_advantages_batch),
            "Yours compares with the average of all prompts: then texts for an easy "
            "prompt look good, whatever they say.",
        )
        t.true(not like(_advantages_prompts), "Yours compares down the columns; the texts of one prompt are a row.")
        t.true(not like(_advantages_uncentred), "Take the row's average away first.")
        t.close(got, _advantages(rewards), tol=1e-5, what="The result")


TARGET = 0.70  # longer is better: 0.55; this solution: 0.75


def _sentences(text):
    return [s.strip() for s in text.split(".") if s.strip()]


def _topic(sentence):
    words = sentence.split()
    if "home" in words or "lives" in words:
        return "home"
    if "eats" in words or "food" in words:
        return "food"
    return "kind" if sentence.startswith(("It is", "We call")) else None


def _rule(text):
    topics = [t for t in map(_topic, _sentences(text)) if t]
    return len(set(topics)) - 0.5 * (len(topics) - len(set(topics)))


def _rule_long(text):
    return len(text)


def _rule_short(text):
    return -len(text)


def _judged(score, n=400):
    """How often a score agrees with an annotator who never slips, on fresh demonstrations that differ in worth."""
    from fmcourse.tasks import annotators
    from fmcourse.world import World

    world, rng, right, asked = World.default(), random.Random("12.rule"), 0.0, 0
    names = annotators.animals(world, withheld=True)
    while asked < n:
        animal = rng.choice(names)
        texts = [annotators.demonstration(world, animal, rng) for _ in range(2)]
        worth = [annotators.count(world, animal, x).worth for x in texts]
        if worth[0] != worth[1]:
            asked += 1
            gap = (score(texts[0]) - score(texts[1])) * (worth[0] - worth[1])
            right += 1.0 if gap > 0 else 0.5 if gap == 0 else 0.0
    return right / n


@exercise(
    "12.rule",
    difficulty=2,
    minutes=15,
    solution=_rule,
    seconds=20,
    hints=[
        "Print some demonstrations and sort them by what you like. What do the good ones have in common?",
        "There are three topics: home, food and kind. Count how many *different* ones a text speaks of.",
        "Different topics, minus half a point for each statement about a topic that was there before.",
    ],
    wrong=[
        (_rule_long, "target"),
        (_rule_short, "target"),
        (lambda text: 1.0, "target"),
        (lambda text: "good", "number"),
    ],
    praise="A written rule, without any person and without the truth. False statements it cannot see.",
)
def _(answer, t):
    t.function(answer, 1)
    t.number(answer("It eats krill. It lives in the ocean."), "The score of a text")
    share = _judged(lambda text: float(answer(text)))
    t.true(
        share >= TARGET,
        f"Your rule agrees with a careful annotator in {share:.0%} of 400 comparisons (a coin: "
        f"50 %); the target is {TARGET:.0%}.",
    )


def _dpo(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -torch.nn.functional.logsigmoid(beta * ((chosen - ref_chosen) - (rejected - ref_rejected))).mean()


def _dpo_theirs(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -beta * torch.nn.functional.logsigmoid((chosen - rejected) + (ref_chosen - ref_rejected)).mean()


def _dpo_beta(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -beta * torch.nn.functional.logsigmoid((chosen - ref_chosen) - (rejected - ref_rejected)).mean()


def _dpo_sign(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -torch.nn.functional.logsigmoid(beta * ((chosen - rejected) + (ref_chosen - ref_rejected))).mean()


def _dpo_no_ref(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -torch.nn.functional.logsigmoid(beta * (chosen - rejected)).mean()


@exercise(
    "12.bug",
    difficulty=3,
    minutes=10,
    solution=_dpo,
    hints=[
        "At the very start the model equals its reference. What must the loss be then? Try theirs.",
        "A text's score is beta * (log p - log p of the reference). Where does beta stand in theirs, and "
        "which sign has the reference?",
        "return -logsigmoid(beta * ((chosen - ref_chosen) - (rejected - ref_rejected))).mean()",
    ],
    wrong=[(_dpo_theirs, "Both"), (_dpo_beta, "beta"), (_dpo_sign, "sign"), (_dpo_no_ref, "reference")],
    praise="When model and reference agree the loss is log 2, whatever beta is: a check worth remembering.",
)
def _(answer, t):
    t.function(answer, 5)
    for _ in range(4):
        n, beta = int(t.rng.integers(3, 9)), float(t.rng.uniform(0.05, 0.6))
        args = [torch.from_numpy(3 * t.rng.normal(size=n) - 9) for _ in range(4)]
        got = t.number(answer(*args, beta), "The loss")

        def like(wrong, got=got, args=args, beta=beta):
            return abs(got - float(wrong(*args, beta))) < 1e-9

        t.true(not like(_dpo_theirs), "Both mistakes are still there.")
        t.true(not like(_dpo_beta), "The reference is right now; beta belongs inside, to the scores.")
        t.true(not like(_dpo_sign), "beta is right now; the reference still has the wrong sign.")
        t.true(not like(_dpo_no_ref), "Without the reference nothing keeps the model near its start.")
        t.close(got, float(_dpo(*args, beta)), what="The loss")
