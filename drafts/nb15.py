md("""
# 15 Text to image

You write a sentence, and a picture comes that nobody has ever drawn. This notebook takes the machine apart, rebuilds it in thirty lines, and then asks what few demonstrations ask: *how often* does it draw what was said, and what does it do where nothing was said?

**You will be able to**
- say what a network can know about a picture under so much noise, and what it can only guess,
- write the training step and the drawing loop of a diffusion model, equal to the package's,
- measure how well a model listens, also to words in combinations that it never saw,
- say what guidance buys and what it costs, in diversity and in bias,
- repair a picture, enlarge one, and count what was invented on the way.

Reading: 45 minutes. Exercises: 30 minutes. Before: 06 (attention), 07 (the transformer) and 14 (four ways to generate).
""")
start()
md("First, three quick questions about earlier notebooks.")
code('warmup("15")')
md("""
## A first picture, or six

`scene-diffusion` has under a million [parameters](glossary.md#parameter) and was trained in about an hour on two cores. It knows some forty words: shapes, colours, sizes, places, numbers, grounds. Below it draws six captions. One of them asks for a red star, and no picture that it ever saw held a red star. How many of the six will show what was asked for, and nothing else? Put your guess in place of 3.
""")
code('predict("15.six", 3)')
md("We let it draw, and an exact reader looks at each picture. The reader knows every scene that can be; it says what it finds, and whether the picture is flawless. A tick stands where that is what the caption asked for.")
code('''
from fmcourse import load
from fmcourse.generation import draw
from fmcourse.scenes import fits, read_images, understand

painter = load("scene-diffusion")
texts = ["a large red star", "a small blue star at the top and a large green square at the left",
         "three pink things", "a black circle below a yellow cross", "a ring, on a dotted ground",
         "two things"]
pictures = draw(painter, texts, guidance=2.0, seed=draws("six").number)
right = [r.legal and fits(r.scene, understand(text))
         for r, text in zip(read_images(pictures), texts)]
views.read_grid(pictures, texts, read_images, right, columns=3)
''', "nbval-ignore-output")
code('reveal("15.six", sum(right), "of six")', "nbval-ignore-output")
md("""
Look at the colours of what was ticked, too: the reader takes the nearest of the six that it knows, and may be kinder than you. Where a caption says little, the model chose: which colour for the ring, which two things. Keep that in mind. A full caption asks whether a model *listens*; an open one asks what it *prefers*. Both can be measured here, because we know every scene that fits a caption, and how likely each was in training.

## 1 From a picture to noise

The idea of [diffusion](glossary.md#diffusion-model) is to learn the way back from noise. The way *to* noise needs no learning. Let x be a picture, e a picture of pure noise (every number drawn from a normal distribution), and t a time from 0 to 1:

> x_t = (1 - t) x + t e

At t = 0 this is the picture, at t = 1 it is noise. In between both are there, in shares. This straight line is called *rectified flow*; older models mix in curves, which the Deeper part compares.

Before the network sees a picture, it is cut into 64 [patches](glossary.md#patch) of 4 by 4 pixels, 48 numbers each, from -1 to 1. At which t, do you think, can you no longer tell what the picture shows?
""")
md("The same noise, in growing shares, over the second picture from above.")
code('''
import torch
from fmcourse.generation import FORMS

form = FORMS["image"]
x = torch.from_numpy(form.to_patches(pictures[1:2]))        # (1, 64, 48)
e = torch.randn(x.shape, generator=draws("noise").torch)

levels = [0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
stages = [form.from_patches(((1 - t) * x + t * e).numpy())[0] for t in levels]
views.strip(stages, [f"t = {t}" for t in levels],
            alt="One picture under growing shares of noise: at a quarter it is grainy, at six "
                "tenths its things can be guessed, from eight tenths on it looks like noise alone.")
''')
md("""
Our eyes give up somewhere between 0.6 and 0.8.

## 2 What can be known under noise?

Now the other way. A network sees x_t, the time t and the caption, and shall say what x was. Under much noise many pictures are possible. We punish the *squared* error; so its best answer is not one of them but their **average**, each weighted by how likely it is.

What will the network answer at t = 1, when it sees nothing but noise, to the caption "a large red ring"? Think of the average of all pictures of large red rings, at all places and on all four grounds. Then look.
""")
code('''
ring = "a large red ring"
words = form.encode([ring])
shown = draw(painter, [ring], steps=25, seed=3)             # a picture to hide under noise
clean = torch.from_numpy(form.to_patches(shown))

guesses = []
for t in (1.0, 0.9, 0.8, 0.6, 0.3):
    with torch.no_grad():
        guess = painter.model((1 - t) * clean + t * e, torch.tensor([t]), words)
    guesses.append(form.from_patches(guess.numpy())[0])
views.strip([*guesses, shown[0]], ["t = 1", "0.9", "0.8", "0.6", "0.3", "the picture"],
            alt="At t = 1 the network answers with a pale reddish blur; as the noise falls, the "
                "blur gathers at one place and becomes the ring.")
''', "nbval-ignore-output")
md("""
At t = 1 there is a pale red cloud: a ring could be anywhere. It is an honest answer and a bad picture. As the noise gets less, places drop out, then details. *First where, then what, then how exactly.* A model that had to give its final picture from pure noise in one step could only give the cloud. So we shall take many small steps, and let it change its mind on the way.

## 3 The training step

Here is the whole of the learning. Draw a time and noise for each picture, mix, let the network guess, and compare. One in ten captions is dropped; what that is good for comes in section 7. The division by t makes small errors count more where little noise is left and details are decided.
""")
code('''
def loss_of(network, clean, words, noise, t, dropped):
    """clean, noise (B, P, V); words (B, L); t (B,) in (0, 1); dropped (B,)."""
    share = t[:, None, None]
    x_t = (1 - share) * clean + share * noise
    guess = network(x_t, t, words, dropped)
    return (((guess - clean) / share.clamp(min=0.05)) ** 2).mean()
''')
md("Is it the same as the package's, which trained the shipped model? We compare the two on a batch of fresh pictures.")
code('''
import numpy as np
from fmcourse.generation.flow import Objective, batch_of

fresh, said = form.batch(np.random.default_rng(draws("fresh").number), 16)
batch = batch_of(fresh, said, draws("batch").torch)
with torch.no_grad():
    given = [batch[name] for name in ("patches", "words", "noise", "time", "dropped")]
    ours = loss_of(painter.model, *given)
    theirs = Objective(painter.model)(**batch).loss
assert torch.allclose(ours, theirs, rtol=1e-4)
print("the same loss, to four digits")
''')
md("""
The network is a transformer like that of notebook 07, with three differences. Patches take the place of tokens, and all may look at all. In each block the patches also look at the *words* of the caption ([cross-attention](glossary.md#cross-attention), as in notebook 06). And every patch is told the time t, as a vector that is added to it: much noise and little noise are different tasks.

The shipped model needed about an hour for this. But nothing in `loss_of` knows what a picture is, so we can watch the same learning on something that needs seconds: **points**. Our "pictures" are now single points, two numbers each, that lie on a ring. Their "captions" are three words, north, east and west; each word means a stretch of the ring, and the stretches overlap.
""")
code('''
from fmcourse.studies.ring import SIDES, Dots, points

chance = draws("dots").torch
places, words = points(600, chance)
show(views.points({"training points": places[:, 0]}, words[:, 0], list(SIDES)),
     alt="Points on a ring: those of north at the top, those of east and west below, right and "
         "left; where two words meet, their points lie mixed.")
''')
md("`Dots` is a network of four layers with the face of the large one: noisy points, times and words in, clean points out. A fourth word stands for \"nothing said\".")
md("Now the training, with `loss_of` from above: two thousand steps of 256 points, some seconds.")
code('''
torch.manual_seed(draws("weights").number)
dots, losses = Dots(), []
optimiser = torch.optim.Adam(dots.parameters(), lr=3e-3)
for step in range(2000):
    clean, words = points(256, chance)
    noise = torch.randn(clean.shape, generator=chance)
    t = torch.randn(256, generator=chance).sigmoid()
    t = 3 * t / (1 + 2 * t)                         # mostly much noise, as for the pictures
    loss = loss_of(dots, clean, words, noise, t, torch.rand(256, generator=chance) < 0.1)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    optimiser.param_groups[0]["lr"] = 3e-3 * (1 - step / 2000)
    losses.append(loss.item())
print(f"loss at the start {sum(losses[:50]) / 50:.2f}, at the end {sum(losses[-50:]) / 50:.2f}")
''', "nbval-ignore-output")
md("""
The loss falls and stops well above zero. It must: under noise the point cannot be known, and the average is the best answer. What is left is not ignorance of the network but of anybody.

## 4 Drawing: from noise, in steps

Now walk back. We stand at pure noise, t = 1. The network says what it expects the picture to be: at first a cloud. We do not believe it yet. But if the guess were right, we would know which noise e is in x_t, since x_t = (1 - t) guess + t e. So we mix the guess with *that* noise again, in a slightly smaller share, and ask again. Now the network sees a hint of its own guess, can rule something out, and guesses better. That is all: guess, a little less noise, guess.
""")
code('''
@torch.no_grad()
def paint(network, words, steps, x, watch=None):
    """From noise x (B, P, V) to clean patches; watch gathers places and guesses."""
    times = torch.linspace(1, 0, steps + 1)
    times = 1.5 * times / (1 + 0.5 * times)       # shorter steps where much is still open
    for now, later in zip(times[:-1], times[1:]):
        guess = network(x, now.expand(len(x)), words)
        noise = (x - (1 - now) * guess) / now
        x = (1 - later) * guess + later * noise
        if watch is not None:
            watch.append((x, guess))
    return x
''')
md("First the points: 600 of them, 200 for each word, from the same noise. **A failure on purpose:** if the network knows at once where the clean point lies, why not go there in *one* step? Where will the points land?")
code('''
predict("15.onestep", "on the ring")  # or "in the middle", "all over the place"
''')
code('''
asked_for = torch.arange(3).repeat_interleave(200)[:, None]
start = torch.randn(600, 1, 2, generator=draws("start").torch)
ended = {f"{n} step{'s' * (n > 1)}": paint(dots, asked_for, n, start)[:, 0]
         for n in (1, 3, 10, 50)}
show(views.points(ended, asked_for[:, 0], list(SIDES)),
     alt="In one step the points of each word fall into a small heap inside the ring; with three "
         "they spread towards it; with ten and fifty they lie on the ring, each word on its stretch.")
''')
code('''
away = ended["1 step"].norm(dim=1).mean()
reveal("15.onestep", "in the middle" if away < 0.95 else "on the ring")
''')
md("""
In one step the points of a word gather in a heap *inside* the ring, where no point ever was: at the average of their stretch. It is what section 2 showed as a pale red cloud. Not a bad network does this, but a good one, under squared error. Steps are needed to *decide*: each step rules something out, and the next guess is an average over less.

Now a picture.
""")
md("Held against the package's `draw`, with the same seed and without guidance: equal? And what does the way look like?")
code('''
way = []
text = "a large green square at the left and a small pink circle at the top right"
begin = torch.randn(1, 64, 48, generator=torch.Generator().manual_seed(5))
ours = form.from_patches(paint(painter.model, form.encode([text]), 16, begin, way).numpy())
theirs = draw(painter, [text], steps=16, seed=5, fresh=False)
assert np.allclose(ours, theirs, atol=1e-4)

steps = [0, 3, 6, 9, 12, 14, 15]
above = [form.from_patches(way[i][0].numpy())[0] for i in steps]
below = [form.from_patches(way[i][1].numpy())[0] for i in steps]
names = [f"step {i + 1}" for i in steps] + [f"guess {i + 1}" for i in steps]
show(views.pictures([*above, *below], names, columns=7, size=1.1),
     alt="Above, noise turns into a picture in sixteen steps. Below, what the network expects: "
         "first a blur, then two coloured spots at their places, then a square and a circle.")
''', "nbval-ignore-output")
md("""
Above is where we stand, below what the network expects. It expects the final colours and places early, while our eyes still see noise; edges come last.

Move through the steps yourself. A plain cell does the same: change the 8.
""")
code('''
def at(step):
    views.strip([form.from_patches(part.numpy())[0] for part in way[step - 1]],
                ["the picture", "the guess"],
                alt=f"The drawing after step {step} of sixteen, and what the network expects.")

views.explore(at, step=(1, 16))
''', "nbval-ignore-output")
code("at(8)  # another step: change the number", "nbval-ignore-output")
md("""
## 5 Does it listen?

A handful of pictures proves nothing; now we count. 192 fresh captions say everything about one thing: size, colour, shape, place. What share of the pictures will be wholly right, with nothing added and no flaw?
""")
code('predict("15.one", 0.9)')
md("""
Beside it stands the cheapest rival: a machine with 2,000 training pictures that hands out the one whose caption shares most words with ours. And two controls, the *true* pictures of these scenes and our pictures beside another caption's request. They show what the reader can do.
""")
code('''
from fmcourse.generation.scoring import any_of, likest, questions, score
from fmcourse.scenes import image
from fmcourse.scenes.asking import ask

asked = questions("one thing", 192, draws("one thing, anew").number)
drawn = score(painter, asked, steps=16, guidance=2.0, seed=draws("one drawn, anew").number)
right = drawn.fits & drawn.legal

rng = np.random.default_rng(draws("stored").number)
stored = [ask(rng) for _ in range(2000)]
found = likest(asked, stored)
copied = np.array([fits(like.scene, one.request) for like, one in zip(found, asked)])
real = np.stack([image(one.scene, rng=rng, free=True) for one in asked])
true = score(painter, asked, pictures=real)
true = true.fits & true.legal
others = asked[1:] + asked[:1]
exchanged = np.array([fits(r.scene, one.request) for r, one in zip(drawn.readings, others)])
''')
md("**Claim D1**, with its threshold, steps and guidance written down before a picture was counted.")
code('''
from fmcourse.prompting import interval

low, high = interval(int(right.sum()), len(right))
claim("D1", "at least 95 of 100 pictures of one thing show what their caption says",
      right.mean() >= 0.95,
      f"{right.mean():.3f} ({low:.3f} to {high:.3f}); the likest of 2,000 training pictures "
      f"{copied.mean():.2f}, true pictures {true.mean():.3f}, beside another caption "
      f"{exchanged.mean():.2f}", n=len(right))
''')
code('reveal("15.one", round(float(right.mean()), 3), "of one thing")', "nbval-ignore-output")
md("""
## 6 What it never saw

**Combinations.** Six pairs of shape and colour, such as the red star, occur in no training picture; each shape and each colour does, with others. 32 captions for each of the six pairs: what share will be right?
""")
code('predict("15.withheld", 0.6)')
md("The machine that hands out training pictures must fail at all of them. The sampler of training data counts how often it made one: in 20,000 requests.")
code('''
from fmcourse.scenes import WITHHELD
from fmcourse.scenes.asking import audit_requests

audit = audit_requests(ask(rng) for _ in range(20_000))
print("in 20,000 training requests:", audit)

never = questions("withheld combination", 600, draws("never, anew").number)
pair = lambda one: (one.request.specs[0].shape, one.request.specs[0].colour)
never = [one for kind in WITHHELD for one in [o for o in never if pair(o) == kind][:32]]
outcome = score(painter, never, steps=16, guidance=2.0, seed=draws("never drawn, anew").number)
each = {}
for one, ok in zip(never, outcome.fits & outcome.legal):
    name = " ".join(reversed(pair(one)))
    each[name] = each.get(name, 0) + int(ok)
print(", ".join(f"{name} {ok} of 32" for name, ok in each.items()))
''', "nbval-ignore-output")
md("**Claim D3**, written down before: at least 0.90 in all, and no pair below 0.75.")
code('''
share = sum(each.values()) / 192
low, high = interval(sum(each.values()), 192)
claim("D3", "combinations of shape and colour that were never trained are drawn, too",
      share >= 0.90 and min(each.values()) / 32 >= 0.75,
      f"{share:.3f} ({low:.3f} to {high:.3f}), the worst pair {min(each.values())} of 32; "
      f"handing out the likest training picture 0 of 192", n=192)
''')
code('reveal("15.withheld", round(share, 3), "of pictures of pairs never seen")', "nbval-ignore-output")
md("""
So the model has not learned thirty pictures by heart. It knows *red* apart from *star* and puts them together. The machine with its 2,000 pictures cannot do that, however many more it gets, as long as nobody paints a red star for it.

**Relations and numbers.** Some things were never *said*: no training caption has a star left of something, or exactly four rings. Stars and left-of and four occurred, apart. The model's card holds the counts for 500 fresh captions of each kind. Which of the two will be harder, the relation or the number?
""")
code('predict("15.harder", "the number")')
code('''
results = painter.card["results"]
names = ["one thing", "two things", "three things", "withheld combination",
         "two withheld combinations", "open", "relation", "withheld relation", "count",
         "withheld count"]
rows = [results[f"{name}, guidance 2"] for name in names]
fig = views.bars_with_intervals(names, [r["right"] for r in rows],
                                [(r["low"], r["high"]) for r in rows], percent=True,
                                xlabel="pictures that are wholly right, of 500")
show(fig, alt="Shares of wholly right pictures: one and two things above 95 in 100, three things "
     "and withheld combinations above 90, open captions and relations two thirds, numbers half.")
''')
code('''
relation, number = (results[f"withheld {k}, guidance 2"]["right"] for k in ("relation", "count"))
reveal("15.harder", "the relation" if relation < number else "the number")
''')
md("""
Compare in pairs. "A star left of a cross" was never said, and comes out about as well as relations that were said thousands of times; the same holds for numbers. What was never said is hardly harder. But relations and numbers *themselves* are much harder than a list of things with their places, and open captions are too. Part of that is plain: a list tells for each thing where to put it. With a relation, the model must choose two places that go together, and patches must agree on them. Part is practice: seven in ten training captions were lists or open. Which part is how large, we did not measure.


## 7 Guidance: listening harder

Remember the one caption in ten that was dropped in training. Thanks to it the network has two answers: g_c with the caption, and g_0 without. Their difference is what the caption *adds*. [Guidance](glossary.md#guidance) exaggerates it:

> guess = g_0 + w (g_c - g_0)

w = 0 ignores the caption, w = 1 is the network's own answer, w = 3 goes three times as far. It costs two looks of the network a step. On the ring one can see what that does. Where do the points of "north" go at w = 3?
""")
code('''
def guided_by(w):
    def answers(x, t, words):
        free = dots(x, t, words, torch.ones(len(x), dtype=torch.bool))
        return free + w * (dots(x, t, words) - free)
    return answers

ended = {f"w = {w}": paint(guided_by(w), asked_for, 50, start)[:, 0] for w in (0, 1, 3, 6)}
show(views.points(ended, asked_for[:, 0], list(SIDES)),
     alt="At w = 0 all words cover the whole ring; at w = 1 each covers its stretch, and these "
         "overlap; at w = 3 and 6 they are shorter, gaps lie between, and points leave the ring.")
''')
md("""
With guidance no point of "north" is left where it could be mistaken for east or west. That is faithful: whoever looks at a point can tell which word was said. And it is narrow: where stretches met, nothing is drawn any more. Both are the same thing. A third effect: some points leave the ring altogether. Nobody promised that g_0 + w (g_c - g_0) is a place where data lies; with pictures, much guidance gives glaring colours.

For pictures, now. What should guidance do? Captions of three things are the hardest full ones; there, guidance may help. But a caption that leaves things open? "A thing" fits 60 kinds of thing at nine places. We know exactly how likely each was in training. If the model draws them as often, it is *diverse*. What will w = 6 do to that?
""")
code('''
predict("15.guided", "less diverse")  # or "as diverse", "more diverse"
''')
md("First the full captions, at w = 0, 1 and 3. Beside them a rival without guidance: draw each caption up to four times, and keep the first picture that the reader calls right.")
code('''
three = questions("three things", 128, draws("three, anew").number)
faithful = {}
for w in (0, 1, 3):
    out = score(painter, three, steps=16, guidance=w, seed=draws("three drawn, anew").number)
    faithful[w] = out.fits & out.legal

kept = any_of(painter, three, tries=4, steps=16, seed=draws("tries, anew").number)
print({f"w = {w}": round(float(ok.mean()), 3) for w, ok in faithful.items()},
      "four tries and a reader:", round(float(kept.mean()), 3))
''', "nbval-ignore-output")
md("""
Now the open one. For each attribute we compare how often each value was drawn with how often it should have been, by *total variation*: half the sum of all differences. 0 means the same shares, 1 means nothing in common. As much drawing with perfect chances also gives more than 0, since 128 pictures are a sample; that noise stands beside it.
""")
code('''
from fmcourse.generation.scoring import variation
from fmcourse.scenes.asking import Conditional

text = "a thing"
exact = Conditional(understand(text))
apart = {}
for w in (1, 3, 6):
    seed = draws("open, anew").number
    found = read_images(draw(painter, [text] * 128, steps=16, guidance=w, seed=seed))
    one = [r.scene for r in found if r.legal and r.scene and len(r.scene.things) == 1]
    apart[w] = variation(exact, one)
noise = variation(exact, [exact.sample(rng) for _ in range(128)])
print({f"w = {w}": round(a, 3) for w, a in apart.items()}, "perfect draws:", round(noise, 3))
''', "nbval-ignore-output")
md("**Claim D2**, thresholds written down before: w = 3 draws at least 0.03 more of the full captions rightly than w = 1, beyond doubt; and from w = 1 to w = 6 the total variation of the open one grows by at least 0.05.")
code('''
gain = faithful[3].astype(int) - faithful[1].astype(int)
error = 1.96 * gain.std() / len(gain) ** 0.5
listed = lambda numbers: ", ".join(f"{number:.2f}" for number in numbers)
claim("D2",
      "guidance makes pictures more faithful to a full caption and less diverse for an open one",
      gain.mean() >= 0.03 and gain.mean() - error > 0 and apart[6] - apart[1] >= 0.05,
      f"three things at w = 0, 1, 3: {listed(ok.mean() for ok in faithful.values())} (gain "
      f"{gain.mean():.3f} ± {error:.3f}), four tries and a reader {kept.mean():.2f}; total "
      f"variation at w = 1, 3, 6: {listed(apart.values())}, perfect draws {noise:.2f}", n=128)
''')
code('''
reveal("15.guided", "less diverse" if apart[6] - apart[1] >= 0.05 else "as diverse")
''', "nbval-ignore-output")
md("""
Two things to take away. More of the three things come out right, and the price is paid where you do not look: in what nobody asked about. The rival shows that guidance is no magic, as several tries and somebody who throws bad ones away do as well; but they need that somebody. And look at w = 1: even without guidance the model is not as diverse as perfect draws. It has leanings of its own.

### Guidance and a skew in the data

Now a question with consequences. Suppose that in the data circles are mostly large and rings mostly small. A caption says "a circle" and not how large. A fair model draws large circles as often as the data has them. With guidance?

There is a theory. Guidance w draws from p(x | caption) (p(x | caption) / p(x))^(w - 1). If a share q of circles is large, and m of all things, then the share that is drawn becomes
""")
code('''
from fmcourse.studies.skewed import sharpened

print([round(sharpened(q=0.8, m=0.5, guidance=w), 2) for w in (1, 2, 3, 5)])
''')
md("""
Eighty in a hundred would become nearly all. Not because anybody said "large", but because large is *typical* of circles: it is what tells them from other things. To test this we trained small models on data with a different skew for each shape, three times with other [seeds](glossary.md#seed), and three more on even data as a control. It took a while, so it is recorded; `fmcourse evidence record skew` makes it again. What do you expect at w = 3 for a shape with 0.80?
""")
code('predict("15.skew", 0.9)')
code('''
rows = classroom.recorded("skew")["rows"]
rows = [r for r in rows if r["shape"] not in ("thing", "start")]
data = {r["shape"]: r["data"] for r in rows if r["kind"] == "skewed"}

def drawn_large(kind, w):                    # for each shape the share that each seed drew large
    wanted = lambda shape: {"kind": kind, "shape": shape, "guidance": w}.items()
    return {shape: [r["large"] for r in rows if wanted(shape) <= r.items()] for shape in data}

drawn = {kind: {f"w = {w}": drawn_large(kind, w) for w in (1, 3, 5)} for kind in ("skewed", "even")}
panels = {"skewed data": (data, drawn["skewed"]),
          "even data": (dict.fromkeys(data, 0.5), drawn["even"])}
show(views.shares(panels, xlabel="large in the data", ylabel="large in what was drawn"),
     alt="SKEWALT")
''')
code('''
large = float(np.mean(drawn_large("skewed", 3)["square"]))
reveal("15.skew", round(large, 2), "of squares are drawn large at w = 3; 0.80 are in the data")
''')
md("**Claim D6**, a headline of this course, written down before the trainings: in each of three seeds guidance 1 keeps the data's shares within 0.06, and guidance 3 draws the more frequent size of the four middle shapes at least 0.08 more often.")
code('''
one, three = drawn_large("skewed", 1), drawn_large("skewed", 3)
often = {shape: np.sign(q - 0.5) for shape, q in data.items() if 0.1 < q < 0.9}   # + if large is
off, push = [], []
for k in range(3):                           # the seeds
    off.append(np.mean([abs(one[shape][k] - q) for shape, q in data.items()]))
    push.append(np.mean([sign * (three[s][k] - one[s][k]) for s, sign in often.items()]))
listed = lambda numbers: ", ".join(f"{number:.2f}" for number in numbers)
claim("D6", "guidance narrows what a caption leaves open, and amplifies a skew in the data",
      max(off) <= 0.06 and min(push) >= 0.08,
      f"at guidance 1 {listed(off)} from the data; at guidance 3 the frequent size "
      f"{listed(push)} more often", n=len(off), tier="recorded")
''')
md("""
SKEWPROSE

## Deeper (can be skipped)

### A little fresh noise

`paint` keeps the noise of the beginning: the same noise always leads to the same picture, and an early mistake stays. `draw` does one thing more, unless you say `fresh=False`. In each step it throws a *part* of the noise anew. What was decided wrongly can then be covered, and decided again. The first diffusion models did this in each of their thousand steps. How large the part is follows from the two times:
""")
code('''
from fmcourse.generation.schedules import ancestral_step

def some_fresh(guess, now, later, x, noise):
    kept = (1 - now) * later / ((1 - later) * now)            # of the old noise
    old = (x - (1 - now) * guess) / now
    return (1 - later) * guess + later * (kept * old + (1 - kept**2) ** 0.5 * noise)

given = way[5][1], 0.8, 0.7, way[4][0], torch.randn(1, 64, 48, generator=draws("new").torch)
assert torch.allclose(some_fresh(*given), ancestral_step(*given), atol=1e-5)
print("from 0.8 to 0.7, of the old noise is kept:", round(0.2 * 0.7 / (0.3 * 0.8), 2))
''')
md("""
**A failure on purpose:** why not throw *all* of it anew? Then the loop would be simpler still: x = (1 - later) guess + later noise. On the ring, with 50 steps, beside the two ways above: how far do the points of a word spread?
""")
code('''
from fmcourse.generation.schedules import flow_times

@torch.no_grad()
def walk(network, words, step, x, steps, moved=1.0):
    times = flow_times(steps, moved).tolist()                 # from 1 to 0, moved as in `paint`
    for now, later in zip(times[:-1], times[1:]):
        guess = network(x, torch.full((len(x),), now), words)
        x = step(guess, now, later, x, torch.randn(x.shape, generator=chance))
    return x

ways = {"noise kept": lambda guess, now, later, x, noise: x + (later - now) * (x - guess) / now,
        "some fresh": some_fresh,
        "all fresh": lambda guess, now, later, x, noise: (1 - later) * guess + later * noise}
ended = {name: walk(dots, asked_for, step, start, 50)[:, 0] for name, step in ways.items()}
show(views.points(ended, asked_for[:, 0], list(SIDES)),
     alt="With the noise kept and with some fresh noise the points of the three words cover the "
         "ring; with all noise fresh each word's stretch is shorter, and gaps open between them.")

def spread(places):                                            # in degrees, around the word's middle
    middle = torch.tensor(list(SIDES.values()))[asked_for[:, 0]]
    angle = torch.rad2deg(torch.atan2(places[:, 1], places[:, 0])) - middle
    return ((angle + 180) % 360 - 180).std().item()

print({name: round(spread(places)) for name, places in ended.items()}, "degrees; true points: 35")
''')
md("With all noise fresh, nothing is left of the noise that a point began with, and the guess is an *average*: each step pulls towards the middle of what may be. And pictures? We ask for \"a thing\", 48 times in each way, and count the pictures in which the reader finds nothing at all.")
code('''
asked = form.encode(["a thing"] * 48)
noise = torch.randn(48, 64, 48, generator=draws("a thing").torch)
for name, step in ways.items():
    drawn = form.from_patches(walk(painter.model, asked, step, noise, 16, 1.5).numpy())
    empty = sum(reading.scene is None for reading in read_images(drawn))
    print(f"{name}: nothing in {empty} of 48")
''', "nbval-ignore-output")
md("""
"Empty ground" is the average of many pictures with one thing each: every thing at every place is nearly invisible in it. So a rule that looked fine for full captions, where the average is sharp, fails for open ones. A part of fresh noise is what the theory of diffusion asks for, and no more.

### How many steps?

Sixteen steps were a guess, made on other captions. Here is the whole curve: 500 captions of two things, from the same noise each time, with 1 to 50 steps, in both ways: the noise of the beginning kept, and some fresh noise in every step. With the noise kept, where does more stop helping?
""")
code('predict("15.steps", 10)')
code('''
import matplotlib.pyplot as plt

rows = classroom.recorded("few_steps")["rows"] + classroom.recorded("distilled")["rows"]
teacher, fresh = ({r["steps"]: r["right"] / r["n"] for r in rows if r["who"] == who}
                  for who in ("teacher", "fresh"))
students = {}
for r in rows:
    if r["who"] == "student":
        students.setdefault(r["steps"], []).append(r["right"] / r["n"])

fig, ax = plt.subplots(figsize=(6.4, 3.4))
blue, red = views.PALETTE["blue"], views.PALETTE["vermillion"]
ax.plot(list(teacher), list(teacher.values()), "o-", color=blue, label="noise kept")
ax.plot(list(fresh), list(fresh.values()), "^--", color="black", label="some fresh noise")
for steps, found in sorted(students.items()):
    label = "distilled, two seeds" if steps == 1 else None
    ax.plot([steps] * len(found), found, "s", color=red, label=label)
marks = [1, 2, 4, 10, 25, 50]
ax.set(xscale="log", xlabel="steps", ylabel="pictures wholly right", ylim=(-0.03, 1.03))
ax.set(xticks=marks, xticklabels=marks)
ax.legend()
show(fig, alt="STEPALT")
''')
code('''
best = max(teacher.values())
enough = min(steps for steps, ok in teacher.items() if ok >= best - 0.02)
reveal("15.steps", enough, "steps are within 0.02 of the best")
''')
md("**Claim D5**: with 10 steps at most 0.02 fewer are right than with 50; with 1 step at least 0.30 fewer.")
code('''
share = {r["steps"]: r["right"] / r["n"] for r in rows if r["who"] == "teacher"}
claim("D5", "ten steps draw as well as fifty",
      share[10] >= share[50] - 0.02 and share[1] <= share[50] - 0.30,
      f"right with 1, 10, 25, 50 steps: {', '.join(f'{share[s]:.3f}' for s in (1, 10, 25, 50))}",
      n=500, tier="recorded")
''')
md("""
Fewer than that needs training. **Distillation**: a student begins as a copy and learns to reach in *one* step where its teacher gets in *two*. Sixteen steps become eight, eight become four, and so on; each student is the next one's teacher. The first teacher uses guidance, so that its students need none. This is the heart of it, as in the package:
""")
code('''
def two_steps(teacher, x, times, words, guidance):
    """Where two steps of the teacher lead: x (B, P, V), times (3, B)."""
    for now, later in zip(times[:-1], times[1:]):
        free = teacher(x, now, words, torch.ones_like(now, dtype=torch.bool))
        guess = free + guidance * (teacher(x, now, words) - free)
        x = x + (later - now)[:, None, None] * (x - guess) / now[:, None, None].clamp(min=0.05)
    return x                       # the student shall be here after one step from the same x

from fmcourse.generation import distilling

times = torch.tensor([1.0, 0.9, 0.8])[:, None].expand(3, 4)
given = batch["noise"][:4], times, batch["words"][:4], 2.0
with torch.no_grad():
    mine = two_steps(painter.model, *given)
    package = distilling.two_steps(painter.model, *given)
assert torch.allclose(mine, package, atol=1e-5)
''')
md("**Claim D7**, for both seeds: with 4 steps at most 0.05 fewer right than the teacher with 25, and with 2 steps at least 0.10 more than the teacher with 2.")
code('''
def curve_of(who, seed=None):
    chosen = [r for r in rows if r["who"] == who and r.get("seed") == seed]
    return {r["steps"]: r["right"] / r["n"] for r in chosen}

told = lambda curve, steps: ", ".join(f"{curve[s]:.3f}" for s in steps)
teacher, pupils = curve_of("teacher"), [curve_of("student", seed) for seed in (0, 1)]
claim("D7", "a distilled model draws in four steps as well as its teacher in twenty-five",
      all(p[4] >= teacher[25] - 0.05 and p[2] >= teacher[2] + 0.10 for p in pupils),
      f"students with 1, 2, 4 steps: {'; '.join(told(p, (1, 2, 4)) for p in pupils)}; "
      f"teacher with 1, 2, 4, 25: {told(teacher, (1, 2, 4, 25))}", n=2, tier="recorded")
''')
md("""
STEPPROSE

### Which patch listens to which word?

How does the word "red" reach the right patches? By cross-attention: each patch asks, each word answers. We look at one block in the middle of the way, and mark for each patch how much it looks at a word. The caption has two things. Where will the patches lie that look at "red"?
""")

code('''
text = "a large red ring at the left and a small blue star at the top right"
tokens, looks = text.split(), []

def listen(module, inputs, output):
    x, said, _ = inputs
    q, k = (layer(s).unflatten(-1, (module.heads, -1)).transpose(1, 2)
            for layer, s in ((module.query, x), (module.key, said)))
    q, k = (torch.nn.functional.rms_norm(part, part.shape[-1:]) for part in (q, k))
    weights = (q @ k.mT / q.shape[-1] ** 0.5)[..., :len(tokens)].softmax(-1)
    looks.append(weights.mean(1)[0])                    # over heads: (64 patches, words)

hooks = [block.to_words.register_forward_hook(listen) for block in painter.model.blocks]
drawn_one = draw(painter, [text], steps=12, seed=5)
for hook in hooks:
    hook.remove()
looks = torch.stack(looks).unflatten(0, (12, -1))       # (steps, blocks, patches, words)
''')
md("""
We average over all steps and blocks, and show four words. Bright patches look much at the word.
""")
code('''
shown_words = ["red", "ring", "blue", "star"]
fig, axes = plt.subplots(1, 5, figsize=(7.5, 1.9))
axes[0].imshow(drawn_one[0])
for ax, word in zip(axes[1:], shown_words):
    ax.imshow(looks.mean((0, 1))[:, tokens.index(word)].reshape(8, 8), cmap="cividis")
for ax, name in zip(axes, ["the picture", *shown_words]):
    ax.set(title=name, xticks=[], yticks=[])
show(fig, alt="The picture with a red ring at the left and a blue star at the top right. The patches of "
     "the ring look most at red and ring, those of the star at blue and star.")
''', "nbval-ignore-output")
md("""
The patches of the ring look at "red" and "ring", those of the star at "blue" and "star": each thing at its own words, although nobody told any patch which word is its own. That is *binding*, and where it fails you get a blue ring. Looking is not yet proof that it is the cause; notebook 08 showed how to test that.

### Repairing a picture: inpainting

A model that knows what pictures look like can fill a hole, without being trained for it. At every step we put the known patches into the guess, before noise is added again; the rest is drawn to match. Below, the right half is thrown away, and a caption says what shall be there.
""")
code('''
from fmcourse.generation.inpainting import inpaint

text = "a large red ring at the left and a large blue star at the right"
whole = torch.from_numpy(form.to_patches(draw(painter, [text], steps=25, guidance=2.0, seed=2)))
left = torch.arange(64) % 8 < 4                             # the patches of the left half
wish = "a large red ring at the left and a small green cross at the right"
mended = inpaint(painter.model, whole, left, form.encode([wish]), steps=25, guidance=2.0, seed=1,
                 moved=form.settled)
hole = torch.where(left[None, :, None], whole, torch.zeros(()))
views.strip([form.from_patches(part.numpy())[0] for part in (whole, hole, mended)],
            ["before", "kept", "mended"], 
            alt="A red ring and a blue star; the same with its right half grey; and mended, with a "
                "green cross where the star was and the ring as before.")
''', "nbval-ignore-output")
md("""
The loop is ours with one more line: `guess = torch.where(keep, known, guess)`. The network never learned to repair; it only ever answers "what picture could this be?", and the known half is part of the question.

### Enlarging a picture: what was invented?

Shrink a picture to 8 by 8, and a small circle, a square and a star become nearly the same smudge. No method can bring back what is gone. **Super-resolution** by diffusion draws *one* of the pictures that may have been: the network gets the small picture beside the noise. A network trained for the average gives a blur where it cannot know. A third way is bicubic interpolation, a smooth curve through the pixels, and a fourth the nearest of 10,000 stored pictures.
""")
code('''
rows = [r for r in classroom.recorded("sharper")["rows"] if r["size"] == "any"]
label = {"true": "the true picture", "bicubic": "bicubic", "nearest": "nearest stored",
         "regression": "network, average", "diffusion": "network, diffusion"}
names, left = [label[r["what"]] for r in rows], np.zeros(len(rows))
flawed = [r["n"] - r["right"] - r["invented"] for r in rows]
parts = {"read rightly": [r["right"] for r in rows], "wrong, with flaws to be seen": flawed,
         "wrong and flawless": [r["invented"] for r in rows]}
fig, ax = plt.subplots(figsize=(6.4, 2.8))
for (name, counts), colour in zip(parts.items(), (blue, "lightgrey", red)):
    ax.barh(names, np.array(counts) / 500, left=left, color=colour, label=name)
    left += np.array(counts) / 500
ax.set(xlabel="of 500 pictures", xlim=(0, 1))
fig.legend(loc="upper center", ncols=3, fontsize=9)
show(fig, alt="SHARPALT")
''')
md("**Claim D4**: diffusion at least 0.10 above bicubic; at least half of its wrong pictures flawless, less than half of those of the averaging network.")
code('''
found = {r["what"]: r for r in rows}
right = {what: r["right"] / r["n"] for what, r in found.items()}
sure = {what: found[what]["invented"] / (found[what]["n"] - found[what]["right"])
        for what in ("diffusion", "regression")}
claim("D4", "a diffusion model makes small pictures readable, and invents what it cannot know",
      right["diffusion"] >= right["bicubic"] + 0.10
      and sure["diffusion"] >= 0.5 > sure["regression"],
      f"read rightly: {', '.join(f'{what} {share:.2f}' for what, share in right.items())}; of the "
      f"wrong ones flawless: diffusion {sure['diffusion']:.2f}, average {sure['regression']:.2f}",
      n=500, tier="recorded")
''')
md("""
SHARPPROSE

### Other roads through the noise

Rectified flow mixes along a straight line. The first diffusion models (DDPM, 2020) take a thousand small steps with fresh noise in each; DDIM takes few, without. They are the same idea with other shares. The package has them by hand, and the library `diffusers` has them too. One step of each, side by side:
""")
code('''
from diffusers import DDIMScheduler
from fmcourse.generation.schedules import Diffusion

ours, theirs = Diffusion.linear(), DDIMScheduler(clip_sample=False)
theirs.set_timesteps(50)                                    # 50 steps of 20 each
noise_guess = torch.randn(x.shape, generator=torch.Generator().manual_seed(1))
one, other = ours.ddim_step(noise_guess, 499, 479, x), theirs.step(noise_guess, 499, x).prev_sample
print("from step 499 to 479, the same to 1e-5:", torch.allclose(one, other, atol=1e-5))
print("signal left:", {t: round(float(ours.kept[t].sqrt()), 3) for t in (0, 250, 500, 750, 999)})
''')
md("""
### What is learned first?

While `scene-diffusion` was being trained, it was asked every few hundred steps to draw the same hundred captions of two things. Which comes first: colours, places, shapes, or putting them together rightly?
""")
code('predict("15.first", "colour")')
code('''
curve = painter.card["curve"]
fig, ax = plt.subplots(figsize=(6.4, 3.4))
for what in ("colour", "place", "size", "shape", "right"):
    width = 2.5 if what == "right" else 1.3
    ax.plot([p["step"] for p in curve], [p[what] for p in curve], label=what, linewidth=width)
ax.set(xlabel="training steps", ylabel="of 100 pictures", ylim=(-0.03, 1.03))
views.label_lines(ax)
show(fig, alt="Colour and place rise first and together, then size, then shape; wholly right pictures come "
     "last and reach more than 80 in 100.")
''')
code('''
half = lambda what: next((p["step"] for p in curve if p[what] >= 0.5), 9999)
first = {what: half(what) for what in ("colour", "place", "size", "shape")}
reveal("15.first", min(first, key=first.get), f"comes first to one half: {first}")
''')
md("""
Colour and place come first, and together; then size, then shape. The whole is right last, since it needs all of it at once. It is the order of section 2: what is visible under much noise is learned first. (The card's curve ends before the last 1,500 steps, and was drawn with the noise kept.)

### Smaller numbers: latent diffusion

Large systems do not draw pixels. An autoencoder (notebook 14) first turns a picture of 512 by 512 into 64 by 64 short vectors, and diffusion works there: *latent diffusion*. What does such a squeeze cost? The simplest autoencoder is linear: the main directions in which patches differ. Below, each patch of 48 numbers is squeezed to k and brought back, and the reader reads. How many numbers are needed before nine in ten pictures are read rightly?
""")
code('predict("15.latent", 12)')
code('''
def some(n):
    scenes = [ask(rng).scene for _ in range(n)]
    shown = np.stack([image(scene, rng=rng, free=True) for scene in scenes])
    return scenes, torch.from_numpy(form.to_patches(shown))

_, seen_patches = some(400)
middle = seen_patches.mean((0, 1))
directions = torch.linalg.svd((seen_patches - middle).flatten(0, 1), full_matrices=False).Vh

tests, real = some(60)
for k in (3, 6, 12, 18, 24, 48):
    short = (real - middle) @ directions[:k].T              # (60, 64, k): the latent
    back = form.from_patches((middle + short @ directions[:k]).numpy())
    ok = np.mean([r.scene == s for r, s in zip(read_images(back), tests)])
    print(f"{k:2} numbers a patch: {ok:.2f} read rightly")
''', "nbval-ignore-output")
md("""
A quarter of the numbers is enough for nine in ten: neighbouring pixels say nearly the same. A trained autoencoder does better than straight directions. Its price is that whatever it cannot paint, the diffusion model behind it can never draw: that is why small letters and faces in a crowd long looked odd.

## Exercises

**15.noise** (difficulty 1, about 3 minutes). Write `noisy(x, e, t)`: pictures `x` (B, P, V) mixed with noise `e` of the same shape, each with its own time in `t` (B,). Stuck? `hint("15.noise")`.
""")
code('''
def noisy(x, e, t):
    ...  # your code


check("15.noise", noisy)
''')
md("**15.guided** (difficulty 2, about 5 minutes). Write `guided(with_caption, without, w)`: the guess under guidance w, from the network's two answers.")
code('''
def guided(with_caption, without, w):
    ...  # your code


check("15.guided", guided)
''')
md("**15.variation** (difficulty 2, about 6 minutes). Write `total_variation(counts, shares)`: `counts` says how often each value was drawn (a dictionary; values never drawn may be missing), `shares` how likely each is. Return half the sum of all differences between the shares.")
code('''
def total_variation(counts, shares):
    ...  # your code


check("15.variation", total_variation)
''')
md("""
**15.bug** (bug hunt, difficulty 3, about 10 minutes). There is a way to step without fresh noise: from x_t a small step along the straight line towards the guess, which has the direction (x_t - guess) / t. A colleague's loop does that and paints mud. It has one mistake. Write `mend(x, guess, now, later)`: the one step as it should be.
""")
code('''
def their_step(x, guess, now, later):
    direction = (x - guess) / now
    return x + (now - later) * direction


def mend(x, guess, now, later):
    ...  # your code


check("15.bug", mend)
''')
md("""
**Open question.** Guidance costs diversity, and few steps cost quality. Find the cheapest drawing (fewest looks of the network a picture: guidance counts double) with which at least 0.95 of 128 fresh captions of two things are right *and* the total variation for "a thing" stays within 0.05 of that at guidance 1. Steps need not be equal in length, and guidance need not be the same at every step.

## Quiz

Five questions; choose, and read what is said.
""")
code('quiz("15")')
md("To keep your score, write your five letters between the quotes.")
code('answer("15", "")')
md("""
## Outside the world

| what | figure | source |
| --- | --- | --- |
| text to image by predicting tokens of a picture, one after the other: DALL-E, 12 billion parameters | | Ramesh and others, 2021 |
| guidance by dropping captions | | Ho and Salimans, 2022 |
| diffusion in the space of an autoencoder: latent diffusion, later Stable Diffusion | 8 times fewer positions each way | Rombach and others, 2022 |
| a large frozen language model reads the caption: Imagen | | Saharia and others, 2022 |
| a transformer over patches in place of a U-Net: DiT | | Peebles and Xie, 2023 |
| rectified flow, times mostly in the middle, patches and words in one attention: Stable Diffusion 3, 8 billion parameters, on a test of objects, numbers, places and colours (GenEval); DALL-E 3 | 0.74; 0.67 | Esser and others, 2024 |
| open weights since: Qwen-Image, 20 billion parameters; FLUX.2 [dev], 32 billion, a rectified flow transformer | | Qwen team, 2025; Black Forest Labs, 2025 |
| predicting the clean picture from large patches, as here | | Li and He, 2025 |
| distilled to four steps on small pictures | | Salimans and Ho, 2022 |
| ordinary prompts give stereotypes, more so than statistics of the country | | Bianchi and others, 2023 |
| enlarged faces that never were: one low-resolution picture fits many people | | Menon and others, 2020 |
| architecture, size and training data of GPT-4o's pictures, of Imagen 4 and of Midjourney | not published | |

With a network, the next cell draws with a pipeline of the library `diffusers`: text encoder, autoencoder and denoising network as in the first Stable Diffusion, but tiny and with random weights, made for testing. So you see the parts and no art. For art, put in the name of a real one; it needs some gigabytes and, on a processor, some minutes.
""")
code('''
from fmcourse.generation.hub import text_to_image
from fmcourse.models.files import ModelProblem

try:
    pipeline = text_to_image("hf-internal-testing/tiny-stable-diffusion-torch")
    print({name: type(part).__name__ for name, part in pipeline.components.items() if part})
    drawn_there = pipeline("a red ring", num_inference_steps=4, output_type="np").images[0]
    print("a picture of shape", drawn_there.shape)
except ModelProblem as problem:
    print(problem)
''', "nbval-ignore-output")
md("""
SHOWED

## Where this simplifies

- Our captions come from a grammar of some forty words, and a picture shows all that is said of it. Captions from the web are vague, wrong and about other things.
- Our reader is exact. Real pictures are judged by other models or by people, which brings in their mistakes and tastes.
- 32 by 32 pixels need no autoencoder and no second model that enlarges. Large systems have both.
- Patches and words meet in cross-attention here; since 2024 many systems let both look at both in one attention.
- One shipped model was measured, from one training. What other trainings would give is known only where the text says "seeds".
- A skew in size is nobody's dignity. That the same arithmetic holds for people in pictures is why it was measured here.

## Sources

- J. Ho, A. Jain and P. Abbeel, "Denoising Diffusion Probabilistic Models", 2020.
- S. Menon and others, "PULSE: Self-Supervised Photo Upsampling via Latent Space Exploration of Generative Models", 2020.
- J. Song, C. Meng and S. Ermon, "Denoising Diffusion Implicit Models", 2021.
- A. Ramesh and others, "Zero-Shot Text-to-Image Generation", 2021.
- J. Ho and T. Salimans, "Classifier-Free Diffusion Guidance", 2022.
- R. Rombach and others, "High-Resolution Image Synthesis with Latent Diffusion Models", 2022.
- C. Saharia and others, "Photorealistic Text-to-Image Diffusion Models with Deep Language Understanding", 2022; and "Image Super-Resolution via Iterative Refinement", 2022.
- T. Salimans and J. Ho, "Progressive Distillation for Fast Sampling of Diffusion Models", 2022.
- A. Lugmayr and others, "RePaint: Inpainting using Denoising Diffusion Probabilistic Models", 2022.
- X. Liu, C. Gong and Q. Liu, "Flow Straight and Fast: Learning to Generate and Transfer Data with Rectified Flow", 2023.
- W. Peebles and S. Xie, "Scalable Diffusion Models with Transformers", 2023.
- C. Meng and others, "On Distillation of Guided Diffusion Models", 2023.
- F. Bianchi and others, "Easily Accessible Text-to-Image Generation Amplifies Demographic Stereotypes at Large Scale", 2023.
- D. Ghosh and others, "GenEval: An Object-Focused Framework for Evaluating Text-to-Image Alignment", 2023.
- P. Esser and others, "Scaling Rectified Flow Transformers for High-Resolution Image Synthesis", 2024.
- T. Li and K. He, "Back to Basics: Let Denoising Generative Models Denoise", 2025.
- Qwen team, "Qwen-Image Technical Report", 2025. Black Forest Labs, "FLUX.2", announcement and model card, 2025.
""")
