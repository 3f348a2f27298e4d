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
## 6 Answering questions, and the blind rival

Now somebody asks: *How many red rings are there? Is there a red star left of a blue square? What colour is the thing at the top?* A model that answers 70 in 100 rightly seems to see. In 2017 it was shown how far one gets in the largest collection of such questions **without looking**: most bananas are yellow, and what people ask "is there a ...?" about is mostly there.

A blind rival is easy to make. It is the same network, trained on the same questions and answers, and never shown a picture. First, questions as people ask them: somebody looks at a picture, and asks about what is in it. What share of the answers will the blind network get right?
""")
code('predict("16.blind", 0.3)')
code('''
from fmcourse.models.picture_text import Answerer, PictureTextShape
from fmcourse.scenes import question_words, questions
from fmcourse.vision.inputs import encode_questions

def blind_network(balanced, steps=250):
    """An answerer that learns from questions and answers, and never sees a picture."""
    torch.manual_seed(draws("blind").number)
    network = Answerer(PictureTextShape(len(question_words.WORDS), question_words.LONGEST, 2, 21))
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    rng = np.random.default_rng(draws("blind questions").number)
    for step in range(steps):
        some = [questions.sample(rng, balanced=balanced) for _ in range(64)]
        words = encode_questions([questions.say(one.question) for one in some])
        truth = torch.tensor([questions.ANSWERS.index(one.answer) for one in some])
        optimiser.zero_grad()
        F.cross_entropy(network(words, None), truth).backward()
        optimiser.step()
    return network
''')
code('''
from fmcourse.vision.answering import answer_counts, fresh, handed_on

asked_by_people = fresh(1000, draws("people").number, balanced=False)
guessed = answer_counts(blind_network(balanced=False), asked_by_people, blind=True)
print({kind: f"{right} of {n}" for kind, (right, n) in guessed.items()})
reveal("16.blind", round(share(guessed["all"]), 2), "of answers without a look")
''', "nbval-ignore-output")
md("""
Look at the kinds. For sizes it tosses a coin. But "how many red rings are there?" is asked where there is a red ring, and mostly there is just one. The network has learned what people ask, and nothing about pictures.

So our questions are drawn the other way round: first the question; then its answer, evenly among all that may be; then a picture for which it is true. Whoever does not look can then only guess, and how well is known exactly: one in two for sizes and relations, one in six for colours and shapes, about one in four or five for numbers. On such questions we now ask everybody: `scene-answerer`, the same network with each question beside the picture of *another* question of its kind, and a blind network trained on balanced questions.
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
md("**Claim M6**, written down before: at least 0.93 of balanced questions are answered rightly, and at least 0.85 of each kind; without the picture, or with another one, no kind stands out above its best guess by more than chance allows (three standard errors).")
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
      share(all_right) >= 0.93 and share(seeing[worst]) >= 0.85 and max(most.values()) <= 3,
      f"{share(all_right):.3f}, least {worst} {share(seeing[worst]):.2f}; standard errors above "
      f"the best guess at most: blind {most['blind']:.1f}, another picture "
      f"{most['another picture']:.1f}; unbalanced and blind {share(guessed['all']):.2f}", n=1000)
''')
md("""
VQAPROSE

## 7 What carries over to what was never seen?

The answerer learned from questions in which some things never came up together. Six combinations of shape and colour were never in a picture. Four relations were never asked of a shape ("left of" with a star first, for instance). And of four shapes a certain number was never seen: never four rings, never three circles. Each part was there: rings, and four, and four squares. Which of the three will suffer most?
""")
code('''
predict("16.suffers", "relations")  # or "combinations", "numbers"
''')
md("For each we ask 400 questions about what was withheld, and 400 alike about what was seen. For numbers the comparison needs care. Somebody who never says four for rings is wrong just where the right answer is four; so the seen ones are restricted to the same answers, three and four, of other shapes.")
code('''
def asked_of(split, kind=None, only=None, n=400):
    options = {"split": split} | ({"kind": kind} if kind else {})
    some = fresh(3 * n if only else n, draws(f"{split} {kind} {only}").number, **options)
    kept = [not only or one.answer in only for one in some.posed]
    first = [keep and sum(kept[:i]) < n for i, keep in enumerate(kept)]
    return answer_counts(answerer.model, some.only(first))["all"]

tables = {
    "combinations": (asked_of("seen"), asked_of("withheld combination")),
    "relations": (asked_of("seen", "relation"), asked_of("withheld relation")),
    "numbers": (asked_of("seen", "count", ("three", "four")), asked_of("withheld count")),
}
loss, doubt = {}, {}
for what, (known, new) in tables.items():
    loss[what] = share(known) - share(new)
    doubt[what] = sum(share(c) * (1 - share(c)) / c[1] for c in (known, new)) ** 0.5
    print(f"{what:13} seen {share(known):.2f}   withheld {share(new):.2f}   "
          f"lost {loss[what]:.2f} ± {1.96 * doubt[what]:.2f}")
''', "nbval-ignore-output")
md("**Claim M7**, written down before: at most 0.05 is lost on combinations, at most 0.10 on relations, and at least 0.20 on numbers, which is more than twice its standard error.")
code('''
claim("M7",
      "combinations and relations never trained with a shape are read nearly as well as trained "
      "ones, and numbers never trained with a shape are not",
      loss["combinations"] <= 0.05 and loss["relations"] <= 0.10
      and loss["numbers"] >= max(0.20, 2 * doubt["numbers"]),
      ", ".join(f"{what} lose {lost:.2f} ± {1.96 * doubt[what]:.2f}"
                for what, lost in loss.items())
      + f"; withheld numbers {share(tables['numbers'][1]):.2f}", n=400)
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

### A harder batch

Why should a contrastive model care which thing has which colour? In a batch of 128 captions hardly ever two differ in nothing else. It need not bind to win. The cure is known from the literature: put such a caption into the batch. Each picture then also meets a caption with two colours exchanged, and must prefer its own. HARDPROSE
""")
md("""
## Exercises

**16.contrast** (difficulty 2, about 6 minutes). Write `own_share(table)`: from a table (B, B) of how well each picture fits each text, the share of pictures that find their own text *and* are found by it. Stuck? `hint("16.contrast")`.
""")
code('''
def own_share(table):
    ...  # your code


check("16.contrast", own_share)
''')
md("**16.zero** (difficulty 2, about 6 minutes). Write `zero_shot(picture, texts, names)`: `picture` (D,) and `texts` (K, D) are vectors of any length; return the name whose text points most in the picture's direction.")
code('''
def zero_shot(picture, texts, names):
    ...  # your code


check("16.zero", zero_shot)
''')
md("**16.guess** (difficulty 2, about 6 minutes). Write `best_blind(asked)`: `asked` is a list of pairs (question, answer). Return the share that a reader gets right who gives to each question the answer it has most often in that very list.")
code('''
def best_blind(asked):
    ...  # your code


check("16.guess", best_blind)
''')
md("""
**16.bug** (bug hunt, difficulty 3, about 10 minutes). A colleague reports that 99 of 100 pictures find their caption among 100, "so our model knows what belongs to what". Their test set is the flaw: nearly every caption can be told from all others by its words alone. Write `alone(captions)`: the share of captions whose *bag of words* (which words, and how often, in any order) no other caption of the list has.
""")
code('''
def alone(captions):
    ...  # your code


check("16.bug", alone)
''')
md("""
**Open question.** Make a test of 100 captions on which the bag of words is right in at most 60 cases, and `scene-clip` in as many as you can find; say what that model reads that the bag does not. Then try the opposite.

## Quiz

Five questions; choose, and read what is said.
""")
code('quiz("16")')
md("To keep your score, write your five letters between the quotes.")
code('answer("16", "")')
md("""
## Outside the world

OUTSIDETABLE

With a network, the next cell asks a CLIP from the Hub which of three captions fits one of our pictures. The named one is tiny and has random weights, made for testing: its answer means nothing, and all its parts are real. `openai/clip-vit-base-patch32` is a trained one.
""")
code('''
from fmcourse.models.files import ModelProblem
from fmcourse.vision.hub import which_caption

try:
    fits_best = which_caption("hf-internal-testing/tiny-random-CLIPModel", pictures[0], texts[:3])
    print({text: round(p, 2) for text, p in fits_best.items()})
except ModelProblem as problem:
    print(problem)
''', "nbval-ignore-output")
md("""
SHOWED

## Where this simplifies

- Our texts come from a grammar, and each is true of its picture. Texts from the web are vague, wrong, or about something else; much of the work on real models is choosing among them.
- Classes of a real picture overlap: a photograph of a dog on a sofa is right for "dog" and for "sofa".
- Our models learned from scenes alone. Large ones today join a vision transformer that was trained by contrast to a language model that could already talk.
- An answer here is one of 21. Real answers are sentences, and judging them is a problem of its own (notebook 12).
- One training of each model was measured.

## Sources

- S. Antol and others, "VQA: Visual Question Answering", 2015.
- K. Xu and others, "Show, Attend and Tell: Neural Image Caption Generation with Visual Attention", 2015.
- Y. Goyal and others, "Making the V in VQA Matter: Elevating the Role of Image Understanding in Visual Question Answering", 2017.
- A. van den Oord, Y. Li and O. Vinyals, "Representation Learning with Contrastive Predictive Coding", 2018.
- A. Dosovitskiy and others, "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale", 2021.
- A. Radford and others, "Learning Transferable Visual Models From Natural Language Supervision", 2021.
- J. Li and others, "BLIP-2: Bootstrapping Language-Image Pre-training with Frozen Image Encoders and Large Language Models", 2023.
- H. Liu and others, "Visual Instruction Tuning", 2023.
- M. Yuksekgonul and others, "When and Why Vision-Language Models Behave like Bags-Of-Words, and What to Do About It?", 2023.
- X. Zhai and others, "Sigmoid Loss for Language Image Pre-Training", 2023.
""")
