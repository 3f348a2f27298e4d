"""What is measured of a model that reads pictures, for its card: every share beside what a lesser reader reaches.

Pictures and questions come from seeds that no training step uses. Beside a model that tells captions apart stand a
perfect bag of words and the colours alone, beside captions the same captions on other pictures, beside answers the best
guess, the most frequent answer and the same model on other pictures.

But: one model; how much training runs differ is not seen here.
"""

from dataclasses import replace

import numpy as np

from fmcourse.making.scene_cards import row

SCORED = 500  # fresh pictures or questions behind each figure


def clip_results(loaded, n: int = SCORED) -> dict:
    """Zero-shot classes, exchanged colours, relations, numbers, retrieval among 100; and the loss over its floor."""
    from fmcourse.scenes.sampling import WITHHELD
    from fmcourse.vision import choosing
    from fmcourse.vision.binding import bag_of_colours, bag_of_words, familiar
    from fmcourse.vision.rivals import LinearReader
    from fmcourse.vision.scores import choose, credit, score_of

    score, linear, out = score_of(loaded.model), LinearReader.learn(np.random.default_rng([5, n]), 6 * n), {}
    asked = {
        "one of 36 classes": (choosing.classes, ("seen", "withheld combination")),
        "colours exchanged, one of 2": (choosing.swaps, ("seen", "withheld combination")),
        "relation or its opposite": (choosing.relations, ("seen", "withheld relation")),
        "number, one of 3": (choosing.numbers, ("seen", "withheld count")),
    }
    for what, (make, splits) in asked.items():
        for split in splits:
            items = make(n - n % 6, split, "card")
            bags = {"bag_of_words": bag_of_words(items.scenes), "bag_of_colours": bag_of_colours}
            beside = {name: choose(bag, items) for name, bag in bags.items()}
            if make is choosing.swaps:
                beside["text_alone"] = choose(familiar, items)
            if make is choosing.classes:
                beside["straight_lines"] = linear.count(items)
            out[f"{what}, {split}"] = row(choose(score, items), **beside)
            if make is choosing.classes and split != "seen":
                each = credit(score(items.pictures, items.captions), items.right).view(-1, 6).sum(0)
                shape, colour = WITHHELD[int(each.argmin())]
                worst = row((float(each.min()), len(items.right) // 6)) | {"which": f"{colour} {shape}"}
                out["the worst of the six withheld"] = worst
    for split in ("seen", "withheld combination"):
        for side, count in _retrieval(score, split, max(1, n // 100)).items():
            out[f"{side} among 100, {split}"] = row(count[0], bag_of_words=count[1])
    return out | {"loss over its floor, in nats": _excess(loaded.model)}


def clip_curve(loaded, n: int = 96) -> dict[str, float]:
    """The share of right choices, quickly: of classes, of exchanged colours, of relations and of numbers."""
    from fmcourse.vision import choosing
    from fmcourse.vision.scores import choose, score_of

    score = score_of(loaded.model)
    items = {
        "class": choosing.classes(n, "seen", "curve"),
        "withheld class": choosing.classes(n, "withheld combination", "curve"),
        "colours exchanged": choosing.swaps(n, "seen", "curve"),
        "relation": choosing.relations(n, "seen", "curve"),
        "number": choosing.numbers(n, "seen", "curve"),
    }
    return {what: _share(choose(score, each)) for what, each in items.items()}


def _share(count: tuple[float, int]) -> float:
    return count[0] / count[1]


def _retrieval(score, split: str, galleries: int) -> dict[str, tuple]:
    """(right, n) over several galleries of 100, of a score and of the bag of words, for captions and for pictures."""
    from fmcourse.vision.binding import bag_of_words
    from fmcourse.vision.choosing import gallery
    from fmcourse.vision.scores import recall

    found = {side: [[0.0, 0], [0.0, 0]] for side in ("caption", "picture")}
    for number in range(galleries):
        pictures, captions, scenes = gallery(100, split, f"card {number}")
        for place, reader in enumerate((score, bag_of_words(scenes))):
            for (side, _), (right, n) in recall(reader, pictures, captions, ks=(1,)).items():
                found[side][place][0] += right
                found[side][place][1] += n
    return {side: tuple(tuple(count) for count in counts) for side, counts in found.items()}


def _excess(towers, batches: int = 4, rows: int = 128) -> dict:
    """The contrastive loss on fresh batches, above the lowest that a pair-by-pair reader can reach."""
    import torch

    from fmcourse.scenes import say
    from fmcourse.scenes.asking import ask
    from fmcourse.vision.contrast import exact_logits, info_nce
    from fmcourse.vision.inputs import draw_pictures, encode

    over = []
    for number in range(batches):
        rng = np.random.default_rng([ord(c) for c in f"floor {number}"])
        asked = [ask(rng) for _ in range(rows)]
        with torch.no_grad():
            pictures = draw_pictures([one.scene for one in asked], rng)
            logits = towers(pictures.to(towers.device), encode([say(one.request) for one in asked]).to(towers.device))
        over.append(float(info_nce(logits.cpu()) - info_nce(exact_logits(asked))))
    return {"value": float(np.mean(over)), "error": float(np.std(over, ddof=1) / batches**0.5), "n": batches * rows}


def captioner_results(loaded, n: int = SCORED) -> dict:
    """Captions that are wholly right, of what was seen and what was withheld; handed on; drawn; bound."""
    from fmcourse.vision import choosing
    from fmcourse.vision.binding import bag_of_words
    from fmcourse.vision.captioning import caption_counts, in_reading_order, write
    from fmcourse.vision.rivals import nearest_captions
    from fmcourse.vision.scores import choose, score_of

    out, model = {}, loaded.model
    for split in ("seen", "withheld combination"):
        pictures, _, scenes = choosing.gallery(n, split, "card")
        texts = write(model, pictures)
        counts = caption_counts(texts, scenes)
        handed = caption_counts([*texts[1:], texts[0]], scenes)["whole"]
        nearest = caption_counts(nearest_captions(pictures, np.random.default_rng([6, n]), 20 * n), scenes)["whole"]
        out[f"wholly right, {split}"] = row(counts["whole"], handed_on=handed, nearest_picture=nearest)
        out[f"right words, wrongly bound, {split}"] = row(counts["misbound"])
        for what in ("shape", "colour", "size", "place", "ground", "parsed"):
            out[f"{what}, {split}"] = row(counts[what])
        drawn = caption_counts(write(model, pictures, temperature=1.0, seed=1), scenes)["whole"]
        out[f"wholly right when drawn, {split}"] = row(drawn)
        items = choosing.swaps(n, split, "card")
        items = replace(items, captions=[list(map(in_reading_order, both)) for both in items.captions])
        rival = choose(bag_of_words(items.scenes), items)
        out[f"colours exchanged, one of 2, {split}"] = row(choose(score_of(model), items), bag_of_words=rival)
    return out


def captioner_curve(loaded, n: int = 100) -> dict[str, float]:
    """What is right in captions, quickly: the whole, and each attribute; and what is wrongly bound."""
    from fmcourse.vision.captioning import caption_counts, write
    from fmcourse.vision.choosing import gallery

    pictures, _, scenes = gallery(n, "seen", "curve")
    return {what: _share(count) for what, count in caption_counts(write(loaded.model, pictures), scenes).items()}


def answerer_results(loaded, n: int = SCORED) -> dict:
    """Answers by kind of question, on pictures handed on and beside the best guess; and of what was withheld."""
    from fmcourse.scenes import questions
    from fmcourse.vision.answering import answer_counts, counted, fresh, handed_on

    out = {}
    frequent = questions.most_frequent([questions.sample(np.random.default_rng([7, i])) for i in range(5000)])
    for split in questions.SPLITS:
        items = fresh(2 * n if split == "seen" else n, "card", split=split)
        counts, other = (answer_counts(loaded.model, each) for each in (items, handed_on(items)))
        often = counted([frequent[one.question.kind] for one in items.posed], items.posed)
        for kind, count in counts.items():
            mine = [one for one in items.posed if kind in (one.question.kind, "all")]
            guess = (questions.blind(mine, split), len(mine))
            out[f"{kind}, {split}"] = row(count, handed_on=other[kind], best_guess=guess, most_frequent=often[kind])
    return out | {"count, three or four of other shapes, seen": row(_many(loaded.model, n))}


def answerer_curve(loaded, n: int = 300) -> dict[str, float]:
    """The share of right answers, quickly: of each kind of question, and of all."""
    from fmcourse.vision.answering import answer_counts, fresh

    return {kind: _share(count) for kind, count in answer_counts(loaded.model, fresh(n, "curve")).items()}


def _many(model, n: int) -> tuple[int, int]:
    """What stands beside withheld numbers: the same answers, three and four, of shapes that training counts so far."""
    from fmcourse.vision.answering import answer_counts, fresh

    items = fresh(3 * n, "card, many", kind="count")
    return answer_counts(model, items.only([one.answer in ("three", "four") for one in items.posed]))["all"]
