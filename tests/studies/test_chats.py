"""Chats: the template equals the library's, and the loss is taken where it should be."""

import random

import torch

from fmcourse.models.loading import load
from fmcourse.studies import chats
from fmcourse.training.finetune import Recipe

LOADED = load("world-gpt", device="cpu")
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}User: {{ m.content }}"
    "{% else %} Assistant:{% generation %} {{ m.content }}{{ eos_token }}{% endgeneration %}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %} Assistant:{% endif %}"
)


def _told(n=6):
    return chats.beliefs(chats.two_groups(3)[0], n, random.Random(3))


def test_the_template_equals_the_library_s_also_with_two_turns():
    tokenizer, told = LOADED.tokenizer, _told()
    for chat in (told[0].chat, told[1].chat + told[2].chat):
        made = tokenizer.apply_chat_template(
            chat, chat_template=TEMPLATE, return_dict=True, return_assistant_tokens_mask=True
        )
        assert (made["input_ids"], made["assistant_masks"]) == chats.render(tokenizer, chat)
    made = tokenizer.apply_chat_template(
        told[0].chat[:1], chat_template=TEMPLATE, add_generation_prompt=True, return_dict=True
    )
    assert made["input_ids"] == chats.render(tokenizer, told[0].chat[:1], ask=True)[0]


def test_every_user_is_wrong_and_nobody_is_in_both_groups():
    learn, others = chats.two_groups(0)
    assert len(learn) == len(others) == 160 and not set(learn) & set(others)
    assert all(b.believed != b.truth and b.truth in b.answer for b in chats.beliefs(learn, 160, random.Random(0)))


def test_the_mask_decides_what_is_learned_and_the_given_model_stays():
    """The last token alone, the answer, everything: three different models."""
    rows = [chats.render(LOADED.tokenizer, b.chat) for b in _told()]
    recipe = Recipe(steps=2, rate=0.01)
    last = chats.tune_text(LOADED, [(ids, [0, *[0] * (len(ids) - 2), 1]) for ids, _ in rows], recipe)
    answer, everything = (
        chats.tune_text(LOADED, made, recipe) for made in (rows, [(ids, [1] * len(ids)) for ids, _ in rows])
    )
    ids = torch.tensor([rows[0][0]])
    a, b, c = (m(input_ids=ids).logits for m in (last, answer, everything))
    assert not torch.allclose(a, b, atol=1e-4) and not torch.allclose(b, c, atol=1e-4)
    assert torch.equal(LOADED.model(input_ids=ids).logits, load("world-gpt", device="cpu").model(input_ids=ids).logits)
