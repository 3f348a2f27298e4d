"""What the shipped models are measured on: excess over the floor, facts, learning in context, two hops, translation.

Every function takes a model and returns plain numbers with their sample size, so that a model card, a test and a
notebook show the same figure. Greedy answers; whole answers must match.
"""

import random
from collections.abc import Sequence
from itertools import islice
from typing import Any

import torch

from fmcourse.models.encoding import document_losses
from fmcourse.prompting.decoding import complete
from fmcourse.prompting.scoring import interval
from fmcourse.training.pairs import pairs
from fmcourse.types import Model, Tokenizer
from fmcourse.world import KINDS, Relation, World, two_hop_prompt
from fmcourse.world.baselines import BagOfWords, NGram
from fmcourse.world.kinds.knowledge import HOPS
from fmcourse.world.pairs import unseen_translations


def share(right: Sequence[bool]) -> dict[str, Any]:
    """{"share", "low", "high", "n"} of right answers, with the 95 % Wilson interval."""
    low, high = interval(sum(right), len(right))
    return {"share": sum(right) / len(right), "low": low, "high": high, "n": len(right)}


def excess(
    model: Model, tokenizer: Tokenizer, world: World, per_kind: int = 400, seed: str = "evaluation"
) -> dict[str, Any]:
    """Nats per token above the floor, for each kind and over all, with standard errors.

    The documents are drawn with a seed that no training step uses. Short ones may have been read all the same
    (`fmcourse verbatim`); the floor is the same for them.

    The overall figure weighs the kinds by their share of the tokens, as one long sample would.
    """
    rows, gain, length, variance = {}, 0.0, 0.0, 0.0
    for kind in KINDS:
        documents = list(islice(world.documents(seed, kinds=[kind]), per_kind))
        nats, tokens = document_losses(model, tokenizer, documents)
        over = nats - torch.tensor([d.nats for d in documents], dtype=torch.float64)
        mean = tokens.mean().item()
        rows[kind] = {
            "excess": over.mean().item() / mean,
            "error": over.std().item() / per_kind**0.5 / mean,
            "floor": (nats - over).mean().item() / mean,
            "n": per_kind,
        }
        weight = world.kind_share(kind)
        gain, length = gain + weight * over.mean().item(), length + weight * mean
        variance += weight**2 * over.var().item() / per_kind
    return {
        "all": {"excess": gain / length, "error": variance**0.5 / length, "n": per_kind * len(KINDS)},
        "kinds": rows,
    }


def facts(model: Model, tokenizer: Tokenizer, world: World, seen: bool) -> dict[str, Any]:
    """Share of all facts completed in one phrasing that was (`seen`) or never was in training with that subject.

    A prompt that has another true ending is not asked ("Kadela has a" can go on with her pet or with "flat in Oslo"):
    with `seen` the next phrasing takes its place, otherwise the fact is left out, and `n` says how many were asked.
    """
    prompts, answers = [], []
    for relation in world.relations.values():
        for subject, value in relation.values.items():
            hole, phrasings = relation.withheld_forward(subject), len(relation.forward)
            order = [(hole + k) % phrasings for k in range(1, phrasings)] if seen else [hole]
            asked = [relation.prompt(subject, i) for i in order]
            clear = [prompt for prompt in asked if not has_another_ending(world, relation, subject, prompt)]
            if clear:
                prompts.append(clear[0])
                answers.append(value)
    made = complete(model, tokenizer, prompts, max_new_tokens=8, stop=".")
    return share([m == a for m, a in zip(made, answers, strict=True)])


def has_another_ending(world: World, relation: Relation, subject: str, prompt: str) -> bool:
    """Does a phrasing of another relation of this subject begin with the same words?"""
    others = [r for r in world.relations.values() if r is not relation and subject in r.values]
    return any(
        r.prompt(subject, i).startswith(f"{prompt} ") or r.prompt(subject, i) == prompt
        for r in others
        for i in range(len(r.forward))
    )


def labelling_prompts(world: World, examples: int, n: int, seed: int = 0) -> list[tuple[str, str, bool]]:
    """(prompt, right label, whether its category was shown) with label pairs that training never used together."""
    rng = random.Random(f"labelling {seed} {examples}")
    out = []
    for _ in range(n):
        pair = rng.choice(world.category_pairs)
        labels = list(rng.choice(world.withheld_label_pairs))
        rng.shuffle(labels)
        sides = [rng.randrange(2) for _ in range(examples + 1)]
        left = [rng.sample(world.categories[c], examples + 1) for c in pair]
        items = [left[side].pop() for side in sides]
        shown = "".join(f" {item} -> {labels[side]}," for item, side in zip(items, sides[:-1], strict=False))
        out.append((f"Sort:{shown} {items[-1]} ->", labels[sides[-1]], sides[-1] in sides[:-1]))
    return out


def in_context(model: Model, tokenizer: Tokenizer, world: World, n: int = 500) -> dict[str, Any]:
    """Accuracy after 0, 1, 2, 4, 6 examples of labels assigned afresh, beside the best possible reader's.

    The best reader is right when the category was shown, and otherwise guesses among the labels left.
    """
    out = {}
    for k in (0, 1, 2, 4, 6):
        asked = labelling_prompts(world, k, n)
        made = complete(model, tokenizer, [p for p, _, _ in asked], max_new_tokens=3)
        first = [m.split(",")[0].split(".")[0].strip() for m in made]
        guess = 1 / len(world.label_partners)
        best = sum(1.0 if shown else guess for _, _, shown in asked) / n
        out[str(k)] = {**share([m == a for m, (_, a, _) in zip(first, asked, strict=True)]), "best": best}
    return out


def two_hops(model: Model, tokenizer: Tokenizer, world: World, people: Sequence[str]) -> dict[str, Any]:
    """Two-hop questions about `people`, answered directly and step by step.

    Beside them: chance (the commonest answer), an n-gram lookup and a bag of words, which have read 20,000 documents
    about people and their friends and answer directly.
    """
    out: dict[str, Any] = {}
    friend = world.relations["friend"].values
    for steps in (False, True):
        asked = [(two_hop_prompt(p, r, steps), world.relations[r].values[friend[p]]) for r in HOPS for p in people]
        made = complete(model, tokenizer, [p for p, _ in asked], max_new_tokens=30)
        last = [(m.split("Answer:")[-1] if steps else m).split(".")[0].strip() for m in made]
        out["steps" if steps else "direct"] = share([m == a for m, (_, a) in zip(last, asked, strict=True)])
    asked = [(two_hop_prompt(p, r, False), world.relations[r].values[friend[p]]) for r in HOPS for p in people]
    read = list(islice(world.documents("baselines", kinds=["two_hop", "person"]), 20_000))
    direct = [d for d in read if d.kind == "two_hop" and not d.label["steps"]]
    grams = NGram(5).fit(d.text for d in read)
    bag = BagOfWords().fit([d.prompt for d in direct], [d.answer for d in direct])
    out["n-gram lookup, direct"] = share([grams.complete(p) == a for p, a in asked])
    out["bag of words, direct"] = share([bag.answer(p) == a for p, a in asked])
    out["chance"] = sum(1 / len(world.relations[r].objects) for r in HOPS) / len(HOPS)
    return out


def recognition(model: Model, tokenizer: Tokenizer, world: World, n: int = 300) -> dict[str, Any]:
    """Share of list entries completed after 0, 1, 2, 4 examples of a relation that was trained as a list."""
    out = {}
    for k in (0, 1, 2, 4):
        rng = random.Random(f"lists {k}")
        prompts, answers = [], []
        for _ in range(n):
            relation = world.relations[rng.choice(world.listed)]
            names = rng.sample(world.listed_subjects(relation.name), k + 1)
            shown = "".join(f" {s} -> {relation.values[s]};" for s in names[:-1])
            prompts.append(f"List:{shown} {names[-1]} ->")
            answers.append(relation.values[names[-1]])
        made = [m.split(";")[0].split(".")[0].strip() for m in complete(model, tokenizer, prompts, max_new_tokens=6)]
        out[str(k)] = share([m == a for m, a in zip(made, answers, strict=True)])
    return out


def decoder_results(model: Model, tokenizer: Tokenizer, world: World) -> dict[str, Any]:
    """Everything on world-gpt's card."""
    return {
        "excess": excess(model, tokenizer, world),
        "facts_seen_phrasing": facts(model, tokenizer, world, seen=True),
        "facts_unseen_phrasing": facts(model, tokenizer, world, seen=False),
        "in_context": in_context(model, tokenizer, world),
        "recognition": recognition(model, tokenizer, world),
        "two_hop_withheld": two_hops(model, tokenizer, world, world.two_hop_withheld),
        "two_hop_seen": two_hops(model, tokenizer, world, world.two_hop_people[:64]),
    }


@torch.no_grad()
def fill(model: Model, tokenizer: Tokenizer, sentences: Sequence[tuple[str, str]], batch_size: int = 128) -> list[str]:
    """What an encoder writes over a span: `sentences` are (text, the part of it to hide); all its tokens are masked.

    One token is filled in at a time, in each text the one that the model is surest of, and read with the rest from then
    on: filled in all at once, the tokens of a word need not fit together. The hidden part must be followed by nothing
    but a full stop, or be whole words; its number of tokens is given away.
    """
    from fmcourse.models.encoding import pad

    out = []
    for start in range(0, len(sentences), batch_size):
        rows, spans = [], []
        for text, hidden in sentences[start : start + batch_size]:
            coded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
            at = text.rindex(hidden)
            # the tokenizer puts one space before the text, so its offsets count from that space on
            inside = [i for i, (a, b) in enumerate(coded["offset_mapping"]) if b > at and a < at + len(hidden)]
            ids = [tokenizer.cls_token_id, *coded["input_ids"], tokenizer.sep_token_id]
            for i in inside:
                ids[i + 1] = tokenizer.mask_token_id
            rows.append(ids)
            spans.append([i + 1 for i in inside])
        ids, mask = pad(rows, tokenizer.pad_token_id)
        while (open_ := ids == tokenizer.mask_token_id).any():
            logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits.cpu()
            chance, best = logits.softmax(-1).max(-1)
            surest = chance.masked_fill(~open_, -1).argmax(-1)
            now = torch.zeros_like(open_).scatter_(1, surest[:, None], True) & open_
            ids = torch.where(now, best.masked_fill(best == tokenizer.mask_token_id, tokenizer.pad_token_id), ids)
        out += [tokenizer.decode(ids[i, span]).strip() for i, span in enumerate(spans)]
    return out


def masked_facts(model: Model, tokenizer: Tokenizer, world: World, seen: bool) -> dict[str, Any]:
    """Share of all facts whose object an encoder fills in, in one phrasing that was or never was paired with the
    subject.
    """
    sentences, answers = [], []
    for relation in world.relations.values():
        for subject, value in relation.values.items():
            hole = relation.withheld_forward(subject)
            phrasing = relation.forward[(hole + 1) % len(relation.forward) if seen else hole]
            sentences.append((phrasing.format(s=subject, o=value), value))
            answers.append(value)
    return share([m == a for m, a in zip(fill(model, tokenizer, sentences), answers, strict=True)])


def encoder_results(model: Model, tokenizer: Tokenizer, world: World) -> dict[str, Any]:
    """Everything on world-bert's card."""
    from fmcourse.world.limits import masked_slot_comparison

    return {
        "facts_seen_phrasing": masked_facts(model, tokenizer, world, seen=True),
        "facts_unseen_phrasing": masked_facts(model, tokenizer, world, seen=False),
        "masked_slot": masked_slot_comparison(model, tokenizer, world),
    }


def seq2seq_results(model: Model, tokenizer: Tokenizer, world: World, n: int = 300) -> dict[str, Any]:
    """Everything on world-t5's card: exact translations, facts kept in summaries, exact simplifications.

    The pairs withhold nothing but `translation_withheld_pairs`: of the others many were read in training (`fmcourse
    verbatim`), and all 300 simplifications are of 38 animals, so their intervals do not speak of unseen texts.
    """
    out = {}
    drawn = list(islice(pairs(world.documents("evaluation", kinds=["translation"])), n))
    for name, asked in (
        ("translation", drawn),
        ("translation_withheld_pairs", unseen_translations(world, n)),
        ("simplified", list(islice(pairs(world.documents("evaluation", kinds=["register"])), n))),
    ):
        made = complete(model, tokenizer, [p.source for p in asked], max_new_tokens=60)
        out[name] = share([m == p.target for m, p in zip(made, asked, strict=True)])
    asked = list(islice(pairs(world.documents("evaluation", kinds=["summary"])), n))
    made = complete(model, tokenizer, [p.source for p in asked], max_new_tokens=60)
    kept = [value in text for text, p in zip(made, asked, strict=True) for value in p.document.label["facts"].values()]
    out["summary_facts_kept"] = share(kept)
    out["summary_exact"] = share([m == p.target for m, p in zip(made, asked, strict=True)])
    return out
