md("""
# 16 Images and language

Three small models learn to speak about pictures: one tells which caption fits, one writes captions, one answers questions. Each looks convincing at once. So each is asked the question that tells understanding from good guessing.

**You will be able to**
- write the contrastive loss that ties pictures to texts, and say how low it can get,
- use it to name things without a single label, also in combinations that were never trained,
- show when a model knows the words of a scene and not what belongs to what,
- make a captioner and a question answerer, and test each with the picture taken away,
- say which kinds of new compositions carry over, and which do not.

Reading: 50 minutes. Exercises: 30 minutes. Before: 05 (images), 07 (the transformer); 15 helps.
""")
start()
md("First, three quick questions about earlier notebooks.")
code('warmup("16")')
md("""
## A first look: which caption is it?

`scene-clip` has two halves. One turns a picture into a vector, the other a text. It was trained until the vectors of a picture and of its own text pointed the same way; nobody told it what classes there are. Below are six captions and a picture for each, and we compare each picture with each caption. Four of the pictures show a combination of shape and colour that no training picture showed, such as a red star. How many of the six will find their own caption? Put your guess in place of 4.
""")
code('predict("16.six", 4)')
md("A tick stands under a picture that found its own caption. How well two vectors fit is their dot product, which `score_of` computes for all of them.")
code('''
from fmcourse import load
from fmcourse.scenes import image, parse, read_images
from fmcourse.vision.scores import score_of
import numpy as np

towers = load("scene-clip")
six = ["a large red star at the left", "a small green circle at the top right",
       "a large pink square in the centre", "a small blue cross at the bottom",
       "a large red ring at the left", "a small black star at the bottom left"]
rng = np.random.default_rng(draws("six").number)
pictures = np.stack([image(parse(text), rng=rng, free=True) for text in six])
fit = score_of(towers.model)(pictures, [six] * 6)           # (6 pictures, 6 captions)
found = fit.argmax(1).tolist()
views.read_grid(pictures, [six[i] for i in found], read_images,
                [i == own for own, i in enumerate(found)], columns=3)
''', "nbval-ignore-output")
code('''
reveal("16.six", sum(i == own for own, i in enumerate(found)), "of six")
''')
md("""
Naming what one was never taught to name: that made CLIP famous in 2021. Let us see how it is done, and where it ends.

## 1 A picture becomes a vector

The [vision transformer](glossary.md#vision-transformer) (ViT) is the encoder of notebook 07, fed with [patches](glossary.md#patch) in place of tokens. Cut the picture into squares, turn each into a vector by one linear layer, add a vector for its place, and let all look at all. At the end the mean of the patches stands for the whole picture. The text side is a small transformer over the words. Here is the cut, by hand and by the package:
""")
code('''
import torch
from fmcourse.models.vit import cut

picture = torch.from_numpy(pictures[:1]).permute(0, 3, 1, 2).float()     # (1, 3, 32, 32)
patches = cut(picture, 4)                                                # (1, 64, 48)
by_hand = torch.stack([picture[0, :, y : y + 4, x : x + 4].flatten()
                       for y in range(0, 32, 4) for x in range(0, 32, 4)])
assert torch.equal(patches[0], by_hand)

vit = towers.model.vit
print("a patch has", patches.shape[2], "numbers; the patches become", tuple(vit(picture).shape))
print("their mean, the whole picture:", tuple(vit.whole(picture).shape))
''')
md("""
That is all that is new: from here on a picture is a sequence like a sentence. The package's ViT also takes the weights of a `ViTModel` of the library `transformers` and gives the same vectors to 1e-5; a test holds that. (There, one more token at the front stands for the whole picture, in place of the mean.)

## 2 Learning from pairs alone

There are no classes and no labels. There are pairs: a picture, and a text that somebody wrote under it. In notebook 05 two views of one picture had to find each other ([contrastive learning](glossary.md#contrastive-learning)); now the two views are a picture and its text. Take a batch of B pairs and compare every picture with every text: a table of B by B numbers. The pairs stand on the diagonal. Each row asks: *which of these texts is mine?* Each column: *which of these pictures is mine?* Both are classifications, with the [cross-entropy](glossary.md#cross-entropy) you know.
""")
code('''
import torch.nn.functional as F

def contrastive(table):
    """table (B, B): how well picture i fits text j. The loss in nats."""
    own = torch.arange(len(table))
    return (F.cross_entropy(table, own) + F.cross_entropy(table.T, own)) / 2
''')
md("Is it the same as the package's? And what does it give before anything is learned, when everything fits everything equally well? Think of 128 texts and no clue.")
code('predict("16.clueless", 1.0)')
code('''
from fmcourse.vision.contrast import exact_logits, info_nce

table = torch.randn(128, 128, generator=draws("table").torch)
assert torch.allclose(contrastive(table), info_nce(table), atol=1e-5)
no_clue = float(contrastive(torch.zeros(128, 128)))
assert abs(no_clue - np.log(128)) < 1e-5
reveal("16.clueless", round(no_clue, 2), "nats: the logarithm of 128")
''')
md("""
How low can it get? Not to zero. "A thing" fits many of the 128 pictures, and nobody can know which one was meant. In our world the best table is known: how much a caption raises the chance of a scene, log p(scene | caption) - log p(scene). (No reader that looks at one picture and one text at a time can do better on average; van den Oord and others, 2018.) We compute the loss of this perfect reader, and of the shipped model, on the same two fresh batches.
""")
code('''
from fmcourse.scenes import say
from fmcourse.scenes.asking import ask
from fmcourse.vision.inputs import draw_pictures, encode

limit, reached = [], []
for k in range(2):
    rng = np.random.default_rng(draws(f"batch {k}").number)
    asked = [ask(rng) for _ in range(128)]
    with torch.no_grad():
        table = towers.model(draw_pictures([one.scene for one in asked], rng),
                             encode([say(one.request) for one in asked]))
    reached.append(float(contrastive(table)))
    limit.append(float(contrastive(exact_logits(asked))))
print(f"no clue {no_clue:.2f} nats, scene-clip {np.mean(reached):.2f}, "
      f"perfect reader {np.mean(limit):.2f}")
''', "nbval-ignore-output")
md("""
The shipped model learned for much longer than we want to wait. What do some seconds give? Here are the two halves, small enough to be read: a ViT of two blocks with patches of 8 by 8, and one vector a word, summed. Each ends as a vector of length 1, so that a dot product is a cosine, from -1 to 1. That is a narrow range for a softmax over many texts; so the cosines are multiplied by a number that is learned, too, as in CLIP (its inverse is the temperature of notebook 11).
""")
code('''
from fmcourse.models.vit import ViT, ViTShape
from fmcourse.scenes.captions import WORDS

class Towers(torch.nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.vit = ViT(ViTShape(patch=8, width=width, depth=2))
        self.word = torch.nn.Embedding(len(WORDS) + 1, width, padding_idx=0)
        self.scale = torch.nn.Parameter(torch.tensor(2.7))              # exp(2.7) is about 15

    def forward(self, pictures, words):
        """(B, 3, 32, 32) and (N, L) -> how well each picture fits each text, (B, N)."""
        seen = F.normalize(self.vit(pictures).mean(1), dim=1)
        read = F.normalize(self.word(words).sum(1), dim=1)
        return self.scale.exp() * seen @ read.T
''')
md("""
It trains on 5,000 pictures of one thing on a plain ground, just in the middle of its place, with captions that tell some of its size, colour, shape and place. Four times on the way we show it new pictures and let it choose among 36 captions, "a red circle" to "a black ring". 180 pictures show combinations of shape and colour that were trained, and 180 the six that were not. Chance is 1 in 36, and whoever sees the colour alone reaches 1 in 6. What share of the six will be right in the end?
""")
code('predict("16.live", 0.1)')
md("First the pictures and their texts, and the two tests.")
code('''
from dataclasses import replace
from fmcourse.training.image_sets import tensor
from fmcourse.vision.choosing import classes
from fmcourse.vision.scores import credit

rng = np.random.default_rng(draws("live").number)

def drawn(scenes):
    return tensor([image(replace(scene, ground="plain"), rng=rng) for scene in scenes])

some = [ask(rng, "open", objects=1) for _ in range(5000)]
seen = drawn([one.scene for one in some])
read = encode([say(replace(one.request, ground=None)) for one in some])
tests = {split: classes(180, split, draws("live").number)
         for split in ("seen", "withheld combination")}
shown = {split: drawn(items.scenes) for split, items in tests.items()}
''')
md("Now the training: 600 steps of 64 pairs, about twenty seconds. The optimiser for the matrices is Muon, as in the loop that made the models of this course; the rates rise for 30 steps and then fall to zero.")
code('''
from fmcourse.training.muon import optimisers

torch.manual_seed(draws("live weights").number)
small, rightly = Towers(), {}
both = optimisers(small, lr=0.02, lr_adam=0.003)        # matrices, and the rest
for step in range(600):
    rows = torch.from_numpy(rng.integers(len(seen), size=64))
    small.zero_grad()
    contrastive(small(seen[rows], read[rows])).backward()
    for optimiser, rate in zip(both, (0.02, 0.003)):
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 30) * (1 - step / 600)
        optimiser.step()
    if (step + 1) % 150 == 0:
        for split, items in tests.items():
            with torch.no_grad():
                fits = small(shown[split], encode(items.captions[0]))
            rightly[split] = float(credit(fits, items.right).mean())
        print(step + 1, {split: round(share, 2) for split, share in rightly.items()})
''', "nbval-ignore-output")
code('''
reveal("16.live", round(rightly["withheld combination"], 2), "of combinations never shown")
''')
md("""
LIVEPROSE
""")
md("""
## 3 Naming without labels

Now the trick. A *class* is just a caption. Write 36 of them, "a red circle" to "a black ring", turn each into a vector once, and call a picture by the caption that it fits best. No label was ever given; that is what [zero-shot](glossary.md#zero-shot) means here.

Six of the 36 combinations occur in no training picture and in no training text (notebook 15 counted). A model that had learned thirty names by heart would call them by the nearest name it knows. What share of these pictures will be named rightly?
""")
code('predict("16.withheld", 0.6)')
md("Beside the model stand two rivals that never saw these combinations either. One reads the colour from the pixels and guesses the shape. The other is two linear readers of the pixels, one for the colour and one for the shape, learned from 3,000 pictures *with labels*. And two controls: combinations that were trained, and the same network before its training.")
code('''
from fmcourse.scenes import WITHHELD
from fmcourse.vision.binding import bag_of_colours, bag_of_words
from fmcourse.vision.rivals import LinearReader
from fmcourse.vision.scores import choose, recall

def share(count):
    return count[0] / count[1]

items = classes(498, "withheld combination", draws("withheld").number)
right = credit(score_of(towers.model)(items.pictures, items.captions), items.right)     # 1 or 0
each = {f"{colour} {shape}": (float(right[k::6].sum()), 83)
        for k, (shape, colour) in enumerate(WITHHELD)}
print("right of 83:", {name: round(r) for name, (r, n) in each.items()})
''', "nbval-ignore-output")
md("Now the rivals on the same pictures, and the two controls. The last line is for later: pictures of two things in two colours, each with two captions that differ only in *which thing has which colour*.")
code('''
from fmcourse.models.picture_text import TwoTowers
from fmcourse.vision.choosing import gallery, swaps

trained = choose(score_of(towers.model), classes(500, "seen", draws("known").number))
torch.manual_seed(draws("untrained").number)
untrained = choose(score_of(TwoTowers(towers.model.shape)), items)
colour = choose(bag_of_colours, items)                  # all six shapes of that colour tie
linear = LinearReader.learn(np.random.default_rng(draws("linear").number), 3000).count(items)
pairs = swaps(500, "seen", draws("swaps").number)
swapped = choose(score_of(towers.model), pairs)
for name, count in {"seen combinations": trained, "untrained": untrained,
                    "colour alone": colour, "two linear readers": linear,
                    "exchanged colours, one of two": swapped}.items():
    print(f"{name:29} {share(count):.2f}")
''', "nbval-ignore-output")
md("**Claim M1**, written down before anything was trained: at least 0.95 of pictures of combinations never trained are named rightly among 36, and at least 0.85 of each of the six.")
code('''
from fmcourse.prompting import interval

named = tuple(sum(part) for part in zip(*each.values()))
low, high = interval(round(named[0]), named[1])
worst = min(map(share, each.values()))
claim("M1",
      "a contrastive model names combinations that no training picture showed, "
      "in at least 95 of 100 pictures",
      share(named) >= 0.95 and worst >= 0.85,
      f"{share(named):.3f} ({low:.3f} to {high:.3f}), the worst combination {worst:.2f}; seen "
      f"ones {share(trained):.3f}, untrained {share(untrained):.2f}; two linear readers "
      f"{share(linear):.2f}, colour alone {share(colour):.2f}; swapped captions "
      f"{share(swapped):.2f}", n=498)
''')
code('''
reveal("16.withheld", round(share(named), 3), "of pictures of combinations never seen")
''')
md("""
WITHHELDPROSE

## 4 Does it know what belongs to what?

[Retrieval](glossary.md#retrieval) among a hundred looks like a hard test: 100 pictures, 100 captions, all different, and each picture must find its own. Two readers are asked beside the model. The first is a perfect [bag of words](glossary.md#bag-of-words): it knows every word that is true of a scene, and nothing of what belongs to what. The second is a *bag of colours*: it only knows which colours there are. How often will the bag of words be right?
""")
code('predict("16.bag", 0.5)')
md("Then the same three on the captions with exchanged colours. Telling which of two true words belongs to which thing is called [binding](glossary.md#binding).")
code('''
shown, captions, scenes = gallery(100, seed=draws("gallery").number)
rank, bound = {}, {}

def report(name, among, between):
    rank[name] = recall(among, shown, captions, ks=(1,))["caption", 1]
    bound[name] = choose(between, pairs)
    print(f"{name:15} its caption among 100: {share(rank[name]):.2f}   "
          f"exchanged colours: {share(bound[name]):.2f}")

report("scene-clip", score_of(towers.model), score_of(towers.model))
report("bag of words", bag_of_words(scenes), bag_of_words(pairs.scenes))    # told what is true
report("bag of colours", bag_of_colours, bag_of_colours)
reveal("16.bag", round(share(rank["bag of words"]), 2), "of captions found by the bag of words")
''', "nbval-ignore-output")
md("""
BAGPROSE

## 5 Writing captions

Choosing among given captions is not describing. [Captioning](glossary.md#captioning) is the work of a decoder (notebook 07) that looks at the patches of a picture by [cross-attention](glossary.md#cross-attention), as in notebook 15 patches looked at words. It writes word by word; `write` takes the most likely word each time. It was trained on captions that tell everything, with the things in reading order, so that each picture has exactly one right text. Six fresh pictures; a tick stands where the caption tells the very scene:
""")
code('''
from fmcourse.vision import write
from fmcourse.vision.captioning import told

captioner = load("scene-captioner")
asked = [ask(np.random.default_rng([draws("captions").number, i]), "full") for i in range(500)]
scenes = [one.scene for one in asked]
rng = np.random.default_rng(draws("caption pictures").number)
shown = np.stack([image(scene, rng=rng, free=True) for scene in scenes])
texts = write(captioner.model, shown)
views.read_grid(shown[:6], texts[:6], read_images,
                [told(text) == scene for text, scene in zip(texts[:6], scenes)], columns=3)
''', "nbval-ignore-output")
md("How many of 500 captions are wholly right: every thing, its size, colour, shape and place, the ground, and nothing more?")
code('predict("16.captions", 0.9)')
md("Beside them stand the captions of the nearest of 10,000 training pictures, pixel by pixel; our own captions, each handed to the next picture; and, as a control, the exact reader, a program that tries every scene that can be. (Short texts stood in its training, too, the pictures never; *Deeper* counts them.)")
code('''
from fmcourse.vision.rivals import nearest_captions

def wholly(found):
    """How many of these scenes are the true ones, and of how many."""
    return sum(one == scene for one, scene in zip(found, scenes)), len(scenes)

greedy, handed = wholly(map(told, texts)), wholly(map(told, texts[1:] + texts[:1]))
nearest = wholly(map(told, nearest_captions(shown, rng, 10_000)))
reader = wholly(one.scene for one in read_images(shown))
for name, count in {"captioner": greedy, "nearest picture": nearest,
                    "captions handed on": handed, "exact reader": reader}.items():
    print(f"{name:18} {share(count):.3f}")
withheld = captioner.card["results"]["wholly right, withheld combination"]["right"]
print(f"of withheld combinations, as its card says: {withheld:.3f}")
''', "nbval-ignore-output")
md("**Claim M2**, written down before: at least 0.97 of the captions are the very scene.")
code('''
low, high = interval(*greedy)
claim("M2",
      "captions name the things that are there, all of them and nothing else, "
      "in at least 97 of 100 pictures",
      share(greedy) >= 0.97,
      f"{share(greedy):.3f} ({low:.3f} to {high:.3f}); the nearest of 10,000 training pictures "
      f"{share(nearest):.2f}, captions of other pictures {share(handed):.2f}, the exact reader "
      f"{share(reader):.3f}; withheld combinations {withheld:.3f}", n=500)
''')
code('reveal("16.captions", round(share(greedy), 3), "of captions")')
md("""
CAPTIONPROSE

## 6 Answering questions, and the blind rival

Now somebody asks: *How many red rings are there? Is there a red star left of a blue square? What colour is the thing at the top?* This is [visual question answering](glossary.md#visual-question-answering). A model that answers 60 in 100 rightly seems to see. In 2017 it was shown how far one gets in a large collection of such questions **without looking**: 48 in 100, where the best network with the picture had 60. "What sport is ...?" Say tennis, and you are right in 41 of 100. "Do you see a ...?" Say yes, in 87.

A blind rival is easy to make. It is a network of the same kind, trained on such questions with their answers, and never shown a picture. First, questions as people ask them: somebody looks at a picture, and asks about what is in it. There are five kinds of question. What share of the answers will the blind network get right?
""")
code('predict("16.blind", 0.3)')
code('''
from fmcourse.models.picture_text import Answerer, PictureTextShape
from fmcourse.scenes import question_words, questions
from fmcourse.vision.inputs import encode_questions

def blind_network(balanced, steps=250):
    """An answerer that learns from 4,000 questions and answers, and never sees a picture."""
    rng = np.random.default_rng(draws("blind questions").number)
    some = [questions.sample(rng, balanced=balanced) for _ in range(4000)]
    words = encode_questions([questions.say(one.question) for one in some])
    truth = torch.tensor([questions.ANSWERS.index(one.answer) for one in some])
    torch.manual_seed(draws("blind").number)
    network = Answerer(PictureTextShape(len(question_words.WORDS), question_words.LONGEST,
                                        depth=2, out=len(questions.ANSWERS)))
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    for step in range(steps):
        rows = torch.from_numpy(rng.integers(4000, size=64))
        optimiser.zero_grad()
        F.cross_entropy(network(words[rows], None), truth[rows]).backward()     # None: no picture
        optimiser.step()
    return network
''')
md("We train it, some seconds, and ask it 1,000 fresh questions, 200 of each kind.")
code('''
from fmcourse.vision.answering import answer_counts, fresh, handed_on

as_people_ask = fresh(1000, draws("people").number, balanced=False)
guessed = answer_counts(blind_network(balanced=False), as_people_ask, blind=True)
print({kind: f"{right} of {n}" for kind, (right, n) in guessed.items()})
reveal("16.blind", round(share(guessed["all"]), 2), "of answers without a look")
''', "nbval-ignore-output")
md("""
Look at the kinds. Sizes, colours and shapes it can only guess. But "how many red rings are there?" is asked where there is a red ring, and mostly there is just one; and most relations that one may ask about do not hold. The network has learned what people ask, and nothing about pictures.

So our questions are drawn the other way round: first the question; then its answer, evenly among all that may be; then a picture for which it is true. Whoever does not look can then only guess, and how well is known exactly: one in two for sizes and relations, one in six for colours and shapes, one in four or five for numbers. On such *balanced* questions we now ask everybody: `scene-answerer`, which learned from them; the same network with each question beside the picture of *another* question of its kind; and a blind network trained on balanced questions. (The questions are few, and nearly all stood in its training; the pictures are new.)
""")
code('''
answerer = load("scene-answerer")
items = fresh(1000, draws("questions").number)
seeing = answer_counts(answerer.model, items)
handed = answer_counts(answerer.model, handed_on(items, draws("handed").number))
blind = answer_counts(blind_network(balanced=True), items, blind=True)

kinds = questions.kinds_of()
guess = {}
for kind in kinds:
    mine = [one for one in items.posed if one.question.kind == kind]
    guess[kind] = questions.blind(mine) / len(mine)
print(f"{'kind':10} {'seeing':>8} {'another picture':>16} {'blind':>6} {'best guess':>11}")
for kind in kinds:
    print(f"{kind:10} {share(seeing[kind]):8.2f} {share(handed[kind]):16.2f} "
          f"{share(blind[kind]):6.2f} {guess[kind]:11.2f}")
''', "nbval-ignore-output")
md("**Claim M6**, written down before: at least 0.93 of balanced questions are answered rightly, and at least 0.85 of each kind; without the picture, or with another one, no kind reaches three standard errors above its best guess. (If the balance is right, the blind network cannot; so this half checks the balance. The unbalanced questions above show that a leak would be seen.)")
code('''
def above(found, kind):
    n = found[kind][1]
    return (share(found[kind]) - guess[kind]) / (guess[kind] * (1 - guess[kind]) / n) ** 0.5

all_right = tuple(sum(seeing[kind][i] for kind in kinds) for i in (0, 1))
worst = min(kinds, key=lambda kind: share(seeing[kind]))
most = {name: max(above(found, kind) for kind in kinds)
        for name, found in (("blind", blind), ("another picture", handed))}
claim("M6",
      "answers need the picture: of balanced questions at least 93 of 100 are answered right with "
      "it, and without it no kind is answered above its guess",
      share(all_right) >= 0.93 and share(seeing[worst]) >= 0.85 and max(most.values()) < 3,
      f"{share(all_right):.3f}, least {worst} {share(seeing[worst]):.2f}; standard errors above "
      f"the best guess at most: blind {most['blind']:.1f}, another picture "
      f"{most['another picture']:.1f}; unbalanced and blind {share(guessed['all']):.2f}", n=1000)
''')
md("""
VQAPROSE

## 7 What carries over to what was never seen?

The answerer learned from questions in which some things never came up together. Six *combinations* of shape and colour were never in a picture. Four *relations* were never asked of a shape ("left of" with a star first, for instance). And of four shapes a certain *number* was never seen: never four rings, never three circles. Each part was there: rings, and four, and four squares. A new [composition](glossary.md#composition) puts known parts together. Which of the three will suffer most?
""")
code('''
predict("16.suffers", "relations")  # or "combinations", "numbers"
''')
md("For each we ask 400 questions about what was withheld, and 400 of the same kinds about what was seen. For numbers the comparison needs care. Somebody who never says four for rings is wrong just where the right answer is four; so the seen ones are restricted to the same answers, three and four, where they were trained.")
code('''
def items_of(split, only=None, **kind):
    return fresh(400, draws(split).number, only, split=split, **kind)

many = lambda one: one.answer in ("three", "four")
splits = {
    "combinations": (items_of("seen"), items_of("withheld combination")),
    "relations": (items_of("seen", kind="relation"), items_of("withheld relation")),
    "numbers": (items_of("seen", many, kind="count"), items_of("withheld count")),
}
loss, doubt = {}, {}
for what, parts in splits.items():
    known, new = (answer_counts(answerer.model, part)["all"] for part in parts)
    loss[what] = share(known) - share(new)
    doubt[what] = sum(share(c) * (1 - share(c)) / c[1] for c in (known, new)) ** 0.5
    print(f"{what:13} seen {share(known):.2f}   withheld {share(new):.2f}   "
          f"lost {loss[what]:.2f} ± {1.96 * doubt[what]:.2f}")
''', "nbval-ignore-output")
md("Two more figures for the numbers: always giving the same answer, the cheapest rival; and, as a control, one or two things of the four shapes, which training showed.")
code('''
from collections import Counter
from fmcourse.scenes.asking import WITHHELD_COUNTS

right_ones = Counter(one.answer for one in splits["numbers"][1].posed)
fixed = max(right_ones.values()) / 400
rare = {shape for number, shape in WITHHELD_COUNTS}
few = lambda one: one.question.what.shape in rare and one.answer in ("one", "two")
control = share(answer_counts(answerer.model, items_of("seen", few, kind="count"))["all"])
print(f"always the same number {fixed:.2f}; one or two of those shapes {control:.2f}")
''', "nbval-ignore-output")
md("**Claim M7**, written down before: at most 0.05 is lost on combinations, at most 0.10 on relations, and at least 0.20 on numbers, and that is over twice its standard error.")
code('''
claim("M7",
      "combinations and relations never trained with a shape are read nearly as well as trained "
      "ones, and numbers never trained with a shape are not",
      loss["combinations"] <= 0.05 and loss["relations"] <= 0.10
      and loss["numbers"] >= max(0.20, 2 * doubt["numbers"]),
      ", ".join(f"{what} lose {lost:.2f} ± {1.96 * doubt[what]:.2f}"
                for what, lost in loss.items())
      + f"; always the same number {fixed:.2f}, one or two of those shapes {control:.2f}", n=400)
reveal("16.suffers", max(loss, key=loss.get))
''')
md("""
COMPOSEPROSE

## Deeper (can be skipped)

### What is learned first?

While the three models were trained, they were asked the same questions every few hundred steps. For the pair of towers: which comes first, naming a class, or telling whose colour is whose?
""")
code('''
import matplotlib.pyplot as plt

views.style.use()
fig, axes = plt.subplots(1, 3, figsize=(8, 3), sharey=True)
models = {"towers": towers, "captions": captioner, "answers": answerer}
for ax, (name, loaded) in zip(axes, models.items()):
    curve = loaded.card["curve"]
    for what in [key for key in curve[-1] if key not in ("step", "parsed", "all")]:
        ax.plot([p["step"] for p in curve], [p[what] for p in curve], label=what, linewidth=1.3)
    ax.set(title=name, xlabel="training steps", ylim=(-0.03, 1.03))
    ax.legend(fontsize=7, loc="lower right")
axes[0].set_ylabel("share right")
show(fig, alt="CURVEALT")
''')
md("""
CURVEPROSE

""")
md("""
### Known by heart?

Did the captioner know these captions by heart? No picture was shown twice, but a *text* may have been: of one thing there are few scenes, of three very many. We know how likely each was, so we know how many of the texts stood in its training.
""")
code('''
from math import comb
from fmcourse.scenes import GROUNDS, PLACES, SIZES

recipe = captioner.card["recipe"]
read_before = recipe["steps"] * recipe["rows"]              # captions in its training
for k in (1, 2, 3):
    kinds = (30 * len(SIZES)) ** k * comb(len(PLACES), k) * len(GROUNDS)
    seen_before = 1 - (1 - 1 / 3 / kinds) ** read_before    # one draw in three has k things
    mine = [told(text) == scene for text, scene in zip(texts, scenes) if len(scene.things) == k]
    print(f"{k} thing{'s' * (k > 1)}: {seen_before:.2f} of the texts were in training; "
          f"{np.mean(mine):.3f} of {len(mine)} captions right")
''', "nbval-ignore-output")
md("""
HEARTPROSE
""")
md("""
### Instead of four

What does the answerer say in place of the number that it never saw with that shape?
""")
code('''
from fmcourse.vision import answering

some = splits["numbers"][1]
said = answering.ask(answerer.model, some.pictures,
                     [questions.say(one.question) for one in some.posed])
for truth in ("three", "four"):
    of = [answer for answer, one in zip(said, some.posed) if one.answer == truth]
    print(f"where it is {truth}: {dict(Counter(of).most_common())}")
''', "nbval-ignore-output")
md("""
INSTEADPROSE

### A harder batch

Why should a contrastive model care which thing has which colour? In a batch of 128 captions hardly ever two differ in nothing else. It need not bind to win. The cure is known from the literature: put such a caption into the batch. Each picture then also meets a caption with two colours exchanged, and must prefer its own. HARDPROSE
""")
md("""
## Exercises

**16.contrast** (difficulty 2, about 6 minutes). Write `own_share(table)`: `table` is a tensor (B, B), how well picture i fits text j. Return the share of pictures that find their own text *and* are found by it: of all texts their own fits best, and of all pictures they fit that text best. Stuck? `hint("16.contrast")`.
""")
code('''
def own_share(table):
    ...  # your code


check("16.contrast", own_share)
''')
md("**16.zero** (difficulty 2, about 6 minutes). Write `zero_shot(picture, texts, names)`: `picture` (D,) and `texts` (K, D) are tensors with vectors of any length, `names` is a list of K names. Return the name whose text points most in the picture's direction.")
code('''
def zero_shot(picture, texts, names):
    ...  # your code


check("16.zero", zero_shot)
''')
md("**16.guess** (difficulty 2, about 6 minutes). Write `best_blind(asked)`: `asked` is a list of pairs (question, answer), and a question may come several times. Return the share of the list that a reader gets right who gives to each question the answer it has most often in that very list.")
code('''
def best_blind(asked):
    ...  # your code


check("16.guess", best_blind)
''')
md("""
**16.bug** (bug hunt, difficulty 3, about 10 minutes). A colleague reports that 99 of 100 pictures find their caption among 100, "so our model knows what belongs to what". Their test set is the flaw: nearly every caption can be told from all others by its words alone. Write the number that would have warned them, `alone(captions)`: the share of captions whose *bag of words* (which words, and how often each, in any order) no other caption of the list has. Words are what stands between blanks.
""")
code('''
def alone(captions):
    ...  # your code


check("16.bug", alone)
''')
md("""
**Open question** (no check). Make a gallery of 100 pictures and captions, all different, in which `bag_of_words` finds at most 60 of its captions (`recall` counts it) and `scene-clip` as many as you can find. What does the model read that the bag does not? Then try the opposite: a gallery in which the bag beats the model.

## Quiz

Five questions; choose, and read what is said.
""")
code('quiz("16")')
md("To keep your score, write your five letters between the quotes.")
code('answer("16", "")')
md("""
## Outside the world

| what | figure | source |
| --- | --- | --- |
| ViT: the largest, 632 million parameters, pretrained on 300 million pictures; ImageNet's 1,000 classes after fine-tuning | 88.55 % | Dosovitskiy and others, 2021 |
| CLIP: pairs from the web; ImageNet's classes named without one of its labels | 400 million; 76.2 % | Radford and others, 2021 |
| ALIGN: the same with more and rougher pairs | 1.8 billion; 76.4 % | Jia and others, 2021 |
| sigmoid loss, every pair for itself, on a picture half that was trained before and kept: the same classes after two days on four chips | 84.5 % | Zhai and others, 2023 |
| SigLIP 2: sigmoid loss, captioning and self-supervision together; the largest, 1 billion parameters | 85.0 % | Tschannen and others, 2025 |
| two pictures, and two captions of the same words (Winoground); both captions chosen rightly: people, CLIP, chance | 89.5, 30.75, 25 % | Thrush and others, 2022 |
| the same, captions for pictures *and* pictures for captions | 85.5, 8.0, 16.7 % | Thrush and others, 2022 |
| one of two captions, with the attributes of two things exchanged: CLIP, where chance is 50 % | 62 % | Yuksekgonul and others, 2023 |
| "do you see a ...?" in the first large collection of questions: always yes | 87 % | Goyal and others, 2017 |
| questions answered without the picture, and by the best network with it: that collection | 48.2 and 60.4 % | Goyal and others, 2017 |
| the same after each question got a second picture with another answer (VQA v2) | 43.0 and 59.1 % | Goyal and others, 2017 |
| Flamingo: a language model that was kept as it was, and new cross-attention to pictures, together 80 billion parameters; with 32 examples in the prompt better than models fine-tuned for the task | 6 of 16 tasks | Alayrac and others, 2022 |
| BLIP-2: trains only a bridge of 188 million parameters between a picture half and a language model; against Flamingo on VQA v2 without examples | 8.7 points more | Li and others, 2023 |
| LLaVA: instructions about pictures, written by a language model that read captions and lists of things and saw no picture | 158,000 | Liu and others, 2023 |
| Gemma 3: a picture is read by a SigLIP half and handed on as so many vectors | 256 | Gemma team, 2025 |
| open weights: Qwen3-VL, up to 235 billion parameters (22 at work for a token); Qwen3.5, up to 397 (17), words and pictures in one training | | Qwen team, 2025; 2026 |
| Gemma 4: a picture half of 150 or 550 million parameters; in its 12-billion model none, patches go into the language model by themselves | | Gemma team, 2026 |
| any to any: BAGEL reads and draws (14 billion parameters, 7 at work); Qwen3-Omni reads text, pictures, clips and sound, and writes and speaks (30 billion, 3 at work) | | Deng and others, 2025; Qwen team, 2025 |
| size and training data of GPT-4o, one network for text, pictures and sound, and of Gemini 3 | not published | |

With a network, the next cell asks a CLIP from the Hub which of three captions fits one of our pictures. The named one is tiny and has random weights, made for testing: its answer means nothing, and all its parts are real. A trained one is `openai/clip-vit-large-patch14`, 1.7 gigabytes. Our pictures are unlike any photograph; see for yourself how far it gets.
""")
code('''
from fmcourse.models.files import ModelProblem
from fmcourse.vision.hub import which_caption

try:
    fits_best = which_caption("hf-tiny-v2/tiny-random-CLIPModel", pictures[0], six[:3])
    print({text: round(p, 2) for text, p in fits_best.items()})
except ModelProblem as problem:
    print(problem)
''', "nbval-ignore-output")
md("""
SHOWED

## Where this simplifies

- Our texts come from a grammar, and each is true of its picture. Texts from the web are vague, wrong, or about something else; much of the work on real models is choosing among them.
- Classes of a real picture overlap: a photograph of a dog on a sofa is right for "dog" and for "sofa". And CLIP averages over many ways to say a class ("a photo of a ..."); we say it in one.
- Our contrastive texts have both directions of attention and a mean over the words; CLIP's read from left to right and take the last word's vector. Its batches held 32,768 pairs, ours 128.
- Our models learned from scenes alone. Large ones today join a vision transformer that was trained by contrast to a language model that could already talk.
- An answer here is one of 21. Real answers are sentences, and judging them is a problem of its own (notebook 12).
- One training of each model was measured; how much trainings differ is not known here.
- The blind network is smaller trained than the one that sees. That it cannot do better is known from how the questions are drawn, not from the network.

## Sources

- S. Antol and others, "VQA: Visual Question Answering", 2015.
- O. Vinyals and others, "Show and Tell: A Neural Image Caption Generator", 2015.
- K. Xu and others, "Show, Attend and Tell: Neural Image Caption Generation with Visual Attention", 2015.
- Y. Goyal and others, "Making the V in VQA Matter: Elevating the Role of Image Understanding in Visual Question Answering", 2017.
- A. van den Oord, Y. Li and O. Vinyals, "Representation Learning with Contrastive Predictive Coding", 2018.
- A. Dosovitskiy and others, "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale", 2021.
- A. Radford and others, "Learning Transferable Visual Models From Natural Language Supervision", 2021.
- C. Jia and others, "Scaling Up Visual and Vision-Language Representation Learning With Noisy Text Supervision", 2021.
- J.-B. Alayrac and others, "Flamingo: a Visual Language Model for Few-Shot Learning", 2022.
- T. Thrush and others, "Winoground: Probing Vision and Language Models for Visio-Linguistic Compositionality", 2022.
- J. Li and others, "BLIP-2: Bootstrapping Language-Image Pre-training with Frozen Image Encoders and Large Language Models", 2023.
- H. Liu and others, "Visual Instruction Tuning", 2023.
- M. Yuksekgonul and others, "When and Why Vision-Language Models Behave like Bags-Of-Words, and What to Do About It?", 2023.
- X. Zhai and others, "Sigmoid Loss for Language Image Pre-Training", 2023.
- OpenAI, "GPT-4o System Card", 2024.
- C. Deng and others, "Emerging Properties in Unified Multimodal Pretraining", 2025.
- Gemma team, "Gemma 3 Technical Report", 2025; "Gemma 4 Technical Report" and "Gemma 4 12B: The Developer Guide", 2026.
- Qwen team, "Qwen3-VL Technical Report" and "Qwen3-Omni Technical Report", 2025; "Qwen3.5", model card, 2026.
- M. Tschannen and others, "SigLIP 2: Multilingual Vision-Language Encoders with Improved Semantic Understanding, Localization, and Dense Features", 2025.
""")
