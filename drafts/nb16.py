md("""
# 16 Images and language

A picture says nothing by itself. Here three small models learn to speak about pictures: one tells which caption fits, one writes captions, one answers questions. Each looks convincing at once; so each is asked the question that tells understanding from good guessing.

**You will be able to**
- write the contrastive loss that ties pictures to texts, and say how low it can get,
- use it to name things without a single label, also in combinations that were never trained,
- show when a model knows the words of a scene and not what belongs to what,
- make a captioner and a question answerer, and test each with the picture taken away,
- say which kinds of new compositions carry over, and which do not.

Reading: 45 minutes. Exercises: 30 minutes. Before: 05 (images), 07 (the transformer); 15 helps.
""")
start()
md("First, three quick questions about earlier notebooks.")
code('warmup("16")')
md("""
## A first look: which caption is it?

`scene-clip` has two halves. One turns a picture into a vector, the other a text. Vectors of things that belong together point the same way. It has never been told what classes there are. We show it six pictures and six captions, and compare each with each. Four of the pictures hold something that no training picture held. How many of the six will find their own caption?
""")
code('predict("16.six", 4)')
code('''
from fmcourse import load
from fmcourse.scenes import image, parse, read_images
from fmcourse.vision.scores import score_of
import numpy as np

towers = load("scene-clip")
texts = ["a large red star at the left", "a small green circle at the top right", "a large pink square in the centre",
         "a small blue cross at the bottom", "a large red ring at the left", "a small black star at the bottom left"]
rng = np.random.default_rng(draws("six").number)
pictures = np.stack([image(parse(text), rng=rng, free=True) for text in texts])
fit = score_of(towers.model)(pictures, [texts] * 6)                   # (6 pictures, 6 captions)
found = fit.argmax(1)
views.read_grid(pictures, [texts[i] for i in found], read_images, [int(i) == n for n, i in enumerate(found)], columns=3)
''', "nbval-ignore-output")
code('reveal("16.six", int((found.numpy() == np.arange(6)).sum()), "of six")', "nbval-ignore-output")
md("""
Naming what one was never taught to name: that made CLIP famous in 2021. Let us see how it is done, and where it ends.

## 1 A picture becomes a vector

The [vision transformer](glossary.md#vision-transformer) (ViT) is the transformer of notebook 07, fed with patches. Cut the picture into squares, turn each into a vector, add a vector for its place, and let all look at all. At the end the mean of the patches stands for the whole picture. The text side is a small transformer over the words. Here is the cut, by hand and by the package:
""")
code('''
import torch
from fmcourse.models.vit import cut

picture = torch.from_numpy(pictures[:1]).permute(0, 3, 1, 2)          # (1, 3, 32, 32)
patches = cut(picture, 4)                                             # (1, 64, 48)
by_hand = torch.stack([picture[0, :, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4].flatten()
                       for row in range(8) for column in range(8)])
assert torch.equal(patches[0], by_hand)

vit = towers.model.vit
print("a patch has", patches.shape[2], "numbers; 64 of them become", tuple(vit(picture).shape))
''')
md("""
The package's ViT takes the weights of a `ViTModel` of `transformers` and gives the same vectors to 1e-5; a test holds that. So what you learn here is what runs there.

## 2 Learning from pairs alone

There are no classes and no labels. There are pairs: a picture, and a text that somebody wrote under it. Take a batch of B pairs and compare every picture with every text: a table of B by B numbers. The pairs stand on the diagonal. Each row asks: *which of these texts is mine?* Each column: *which of these pictures is mine?* Both are classifications, with the loss you know.
""")
code('''
import torch.nn.functional as F

def contrastive(table):
    """table (B, B): how well picture i fits text j. The loss in nats."""
    own = torch.arange(len(table))
    return (F.cross_entropy(table, own) + F.cross_entropy(table.T, own)) / 2
''')
md("Is it the package's? And what does it give before anything is learned, when all fits are alike? Think of 128 texts and no clue.")
code('predict("16.clueless", 1.0)')
code('''
from fmcourse.vision.contrast import batch, exact_logits, info_nce

table = torch.randn(128, 128, generator=draws("table").torch)
assert torch.allclose(contrastive(table), info_nce(table), atol=1e-5)
reveal("16.clueless", round(float(contrastive(torch.zeros(128, 128))), 2), "nats: the logarithm of 128")
''')
md("""
How low can it get? Not to zero. "A thing" fits many of the 128 pictures, and nobody can know which one was meant. In our world the best possible table is known: how much a caption raises the chance of a picture, log p(picture | caption) - log p(picture). We compute the loss of this perfect reader, and of the shipped model, on the same fresh batches.
""")
code('''
from fmcourse.scenes import say
from fmcourse.scenes.asking import ask
from fmcourse.vision.inputs import draw_pictures, encode

limit, reached = [], []
for k in range(2):
    rng = np.random.default_rng(draws(f"batch {k}").number)
    asked = [ask(rng) for _ in range(128)]
    seen, read = draw_pictures([one.scene for one in asked], rng), encode([say(one.request) for one in asked])
    with torch.no_grad():
        reached.append(float(contrastive(towers.model(seen, read))))
    limit.append(float(contrastive(exact_logits(asked))))
print(f"perfect reader {np.mean(limit):.2f} nats, scene-clip {np.mean(reached):.2f}, no clue {np.log(128):.2f}")
''', "nbval-ignore-output")
md("LIVE")
md("""
## 3 Naming without labels

Now the trick. A *class* is just a caption. Write 36 of them, "a red circle" to "a black ring", turn each into a vector once, and call a picture by the caption that it fits best. No label was ever given; that is what [zero-shot](glossary.md#zero-shot) means here.

Six of the 36 combinations occur in no training picture. A model that had learned thirty names by heart would call them by the nearest name it knows. What share of these pictures will be named rightly?
""")
code('predict("16.withheld", 0.6)')
md("Beside the model stand two rivals that never saw these combinations either. One takes the colour from the pixels and guesses the shape. The other draws two straight lines through the pixels, one for colour and one for shape, learned from 3,000 labelled pictures.")
code('''
from fmcourse.scenes import WITHHELD
from fmcourse.vision.choosing import classes
from fmcourse.vision.rivals import LinearReader
from fmcourse.vision.scores import credit

items = classes(498, "withheld combination", draws("withheld").number)
right_ones = credit(score_of(towers.model)(items.pictures, items.captions), items.right)
each = {}
for (shape, colour), k in zip(WITHHELD * 83, right_ones.tolist()):
    r, n = each.get(f"{colour} {shape}", (0, 0))
    each[f"{colour} {shape}"] = (r + k, n + 1)

known = classes(500, "seen", draws("known").number)
seen = float(credit(score_of(towers.model)(known.pictures, known.captions), known.right).sum()), 500
linear = LinearReader.learn(np.random.default_rng(draws("linear").number), 3000).count(items)
print({name: f"{r:.0f} of {n}" for name, (r, n) in each.items()})
''', "nbval-ignore-output")
md("One more measurement, for later: two things of two colours, and two captions that differ only in *which thing has which colour*.")
code('''
from fmcourse.vision.binding import bag_of_colours, bag_of_words
from fmcourse.vision.choosing import gallery, swaps
from fmcourse.vision.scores import choose, recall

pairs = swaps(500, "seen", draws("swaps").number)
swapped = choose(score_of(towers.model), pairs)
print(f"the right one of two captions with exchanged colours: {swapped[0] / swapped[1]:.2f}")
''', "nbval-ignore-output")
md("**Claim M1**, written down before anything was trained: at least 0.95 of pictures of combinations never trained are named rightly among 36, and at least 0.85 of each of the six.")
code('''
from fmcourse.prompting import interval

right, n = (sum(k) for k in zip(*each.values()))
low, high = interval(round(right), n)
claim("M1",
      "a contrastive model names combinations that no training picture showed, in at least 95 of 100 pictures",
      right / n >= 0.95 and min(r / m for r, m in each.values()) >= 0.85,
      f"{right / n:.3f} ({low:.3f} to {high:.3f}), the worst combination {min(r / m for r, m in each.values()):.2f}; seen "
      f"{seen[0] / seen[1]:.3f}; swapped captions {swapped[0] / swapped[1]:.2f}; two straight lines {linear[0] / linear[1]:.2f}",
      n=n)
''')
code('reveal("16.withheld", round(right / n, 3), "of pictures of combinations never seen")', "nbval-ignore-output")
md("""
WITHHELDPROSE

## 4 Does it know what belongs to what?

Finding the right caption among a hundred looks like a hard test. 100 pictures, 100 captions, all different; each picture must find its own. Two readers are asked beside the model. The first is a perfect *bag of words*: it knows every word that is true of a scene, and nothing of what belongs to what. The second is a *bag of colours*: it only counts coloured pixels. How often will the bag of words be right?
""")
code('predict("16.bag", 0.5)')
code('''
shown, captions, scenes = gallery(100, seed=draws("gallery").number)
readers = {"scene-clip": score_of(towers.model), "bag of words": bag_of_words(scenes), "bag of colours": bag_of_colours}
rank = {name: recall(reader, shown, captions, ks=(1,))["caption", 1] for name, reader in readers.items()}
readers["bag of words"] = bag_of_words(pairs.scenes)
bound = {name: choose(reader, pairs) for name, reader in readers.items()}

share = lambda count: count[0] / count[1]
for name in readers:
    print(f"{name:15} its caption among 100: {share(rank[name]):.2f}   exchanged colours: {share(bound[name]):.2f}")
reveal("16.bag", round(share(rank["bag of words"]), 2), "of captions found by the bag of words")
''', "nbval-ignore-output")
md("""
BAGPROSE

## 5 Writing captions

Choosing among given captions is not describing. A *captioner* is a decoder (notebook 07) that looks at the patches of a picture by [cross-attention](glossary.md#cross-attention), as notebook 15 let patches look at words. It was trained on full captions with their things in reading order, so that each picture has exactly one right text. Six fresh pictures:
""")
code('''
from fmcourse.vision import write
from fmcourse.vision.captioning import told

captioner = load("scene-captioner")
asked = [ask(np.random.default_rng([draws("captions").number, i]), "full") for i in range(500)]
rng = np.random.default_rng(draws("caption pictures").number)
shown = np.stack([image(one.scene, rng=rng, free=True) for one in asked]).astype(np.float32)
texts = write(captioner.model, shown)
views.read_grid(shown[:6], texts[:6], read_images, [told(t) == a.scene for t, a in zip(texts[:6], asked)], columns=3)
''', "nbval-ignore-output")
md("How many of 500 captions are wholly right: every thing, its size, colour, shape and place, the ground, and nothing more?")
code('predict("16.captions", 0.9)')
code('''
from fmcourse.vision.rivals import nearest_captions

scenes = [one.scene for one in asked]
hits = lambda found: (sum(told(text) == scene for text, scene in zip(found, scenes)), len(scenes))
greedy, exchanged = hits(texts), hits(texts[1:] + texts[:1])
nearest = hits(nearest_captions(shown, rng, 10_000))
reader = (sum(r.scene == scene for r, scene in zip(read_images(shown), scenes)), len(scenes))
''')
md("**Claim M2**: at least 0.97 of the captions are the very scene.")
code('''
low, high = interval(*greedy)
claim("M2",
      "captions name the things that are there, all of them and nothing else, in at least 97 of 100 pictures",
      share(greedy) >= 0.97,
      f"{share(greedy):.3f} ({low:.3f} to {high:.3f}); the nearest of 10,000 training pictures {share(nearest):.2f}, "
      f"captions of other pictures {share(exchanged):.2f}, the exact reader {share(reader):.3f}", n=500)
reveal("16.captions", round(share(greedy), 3), "of captions")
''')
md("""
CAPTIONPROSE

## 6 Answering questions, and the blind rival

Now somebody asks: *How many red rings are there? Is a star left of the square? What colour is the thing at the top?* A model that answers 70 in 100 rightly seems to see. In 2016 it turned out that one could answer many questions of the largest collection **without looking**: most bananas are yellow, and "is there ..." is mostly yes.

So our questions are drawn backwards: first the question, then the answer, evenly among all that may be, then a picture that has it. Whoever does not look cannot do better than guess. Each kind of question has its own best guess; for numbers it is about one in five, for relations one in two. A second network was trained on the same questions *without* the pictures. What will it reach on numbers?
""")
code('predict("16.blind", 0.4)')
code('''
from fmcourse.vision.answering import answer_counts, fresh, handed_on

answerer = load("scene-answerer")
items_asked = fresh(1000, draws("questions").number)
seeing = answer_counts(answerer.model, items_asked)
handed = answer_counts(answerer.model, handed_on(items_asked, draws("handed").number))
seeing.pop("all"), handed.pop("all")
blind = {kind: tuple(count) for kind, count in answerer.card["results"]["blind"].items()}
''')
md("""
VQAPROSE
""")
