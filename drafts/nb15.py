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
Where a caption says little, the model chose: which colour for the ring, which two things. A full caption asks whether a model *listens*; an open one asks what it *prefers*. Both can be measured here, because we know every scene that fits a caption, and how likely each was in training.

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
            alt="A picture under growing noise: grainy at a quarter, its things to be guessed at six "
                "tenths, noise alone from eight tenths on.")
''')
md("""
Our eyes give up somewhere between 0.6 and 0.8.

## 2 What can be known under noise?

Now the other way. A network sees x_t, the time t and the caption, and shall say what x was. Under much noise many pictures are possible. We punish the *squared* error; so its best answer is not one of them but their **average**, each weighted by how likely it is.

What will the network answer at t = 1, when it sees nothing but noise, to the caption "a large red ring"? Think of the average of all pictures of large red rings, at all places and on all four grounds. Then look.
""")
code('''
import numpy as np
from fmcourse.scenes import image
from fmcourse.scenes.asking import Conditional

ring, rng = "a large red ring", draws("rings").numpy
words = form.encode([ring])
shown = draw(painter, [ring], steps=25, seed=3)             # a picture to hide under noise
that_fit = Conditional(understand(ring))                    # all scenes that fit, as in training
several = [image(that_fit.sample(rng), rng=rng, free=True) for _ in range(400)]
clean = torch.from_numpy(form.to_patches(shown))

guesses = []
for t in (1.0, 0.9, 0.8, 0.6, 0.3):
    with torch.no_grad():
        guess = painter.model((1 - t) * clean + t * e, torch.tensor([t]), words)
    guesses.append(form.from_patches(guess.numpy())[0])
views.strip([np.mean(several, 0), *guesses, shown[0]],
            ["average", "t = 1", "0.9", "0.8", "0.6", "0.3", "the picture"],
            alt="The average of 400 large red rings is a pale blur, and so is the guess at t = 1; as "
                "the noise falls, it gathers at one place to the ring.")
''', "nbval-ignore-output")
md("""
On the left stands the average of 400 true pictures with that caption, and beside it what the network answers to pure noise: nearly the same pale red cloud, a little uneven, since it leans on the noise that it was shown. An honest answer and a bad picture. As the noise gets less, places drop out, then details: here first *where*, then *how exactly*. (*What* it is, the caption had said.) A model that had to give its final picture from pure noise in one step could only give the cloud. So we shall take many small steps, and let it change its mind on the way.

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
from fmcourse.generation.flow import Objective, batch_of

fresh, said = form.batch(rng, 16)
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
     alt="Points on a ring, north at the top, east and west below; where two meet, they mix.")
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
The loss falls and stops well above zero. It must: under noise nobody can know the point, and the average is the best answer.

## 4 Drawing: from noise, in steps

Now walk back. We stand at pure noise, t = 1. The network says what it expects the picture to be: at first a cloud. We do not believe it yet. But if the guess were right, we would know which noise e is in x_t, since x_t = (1 - t) guess + t e. So we mix the guess with *that* noise again, in a slightly smaller share, and ask again. Now the network sees a hint of its own guess, can rule something out, and guesses better. That is all.
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
     alt="One step: a small heap for each word, inside the ring; three: they spread towards it; ten "
         "and fifty: they lie on the ring, each word on its stretch.")
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
     alt="Above, noise turns into a picture. Below, what the network expects: a blur, then two "
         "coloured spots at their places, then a square and a circle.")
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
Beside it stand two rivals that never learn: machines with 2,000 and with 60,000 training pictures, which hand out the one whose caption shares most words with ours. And three controls: the *true* pictures of these scenes; our pictures beside another caption's request; and a stricter reader, which allows a colour half as far from the named one.
""")
code('''
from unittest.mock import patch
from fmcourse.generation.scoring import any_of, likest, questions, score
from fmcourse.scenes import reader
from fmcourse.scenes.asking import ask
from fmcourse.scenes.captions import say

def drawn_for(asked, seed):
    texts = [say(one.request) for one in asked]
    return draw(painter, texts, steps=16, guidance=2.0, seed=seed)

def right_in(pictures, asked, tint=reader.MOST_TINT):       # tint: distance in red, green, blue
    with patch.object(reader, "MOST_TINT", tint):
        found = score(painter, asked, pictures=pictures)
    return found.fits & found.legal

asked = questions("one thing", 192, draws("one thing, anew").number)
pictures = drawn_for(asked, draws("one drawn, anew").number)
right, strict = right_in(pictures, asked), right_in(pictures, asked, tint=0.08).mean()

stored = [ask(rng) for _ in range(60_000)]
copied = {n: np.array([fits(like.scene, one.request)
                       for like, one in zip(likest(asked, stored[:n]), asked)])
          for n in (2000, 60_000)}
true = right_in(np.stack([image(one.scene, rng=rng, free=True) for one in asked]), asked)
exchanged = right_in(pictures, asked[1:] + asked[:1])
''')
md("**Claim D1**, with its threshold, steps and guidance written down before a picture was counted.")
code('''
from fmcourse.prompting import interval

low, high = interval(int(right.sum()), len(right))
claim("D1", "at least 95 of 100 pictures of one thing show what their caption says",
      right.mean() >= 0.95,
      f"{right.mean():.3f} ({low:.3f} to {high:.3f}), by the stricter reader {strict:.3f}; the "
      f"likest of 2,000 training pictures {copied[2000].mean():.3f}, of 60,000 "
      f"{copied[60_000].mean():.3f}; true pictures {true.mean():.3f}, beside another caption "
      f"{exchanged.mean():.3f}", n=len(right))
''')
code('reveal("15.one", round(float(right.mean()), 3), "of one thing")', "nbval-ignore-output")
md("""
The rival with 60,000 pictures comes close, and cannot draw at all: almost every caption of one thing occurs among that many. So D1 may show a good memory as well as a good painter. To tell them apart we must ask for what was never there.

## 6 What it never saw

**Combinations.** Six pairs of shape and colour, such as the red star, occur in no training picture; each shape and each colour does, with others. 32 captions for each of the six pairs: what share will be right?
""")
code('predict("15.withheld", 0.6)')
md("The machines that hand out training pictures must fail at all of them. The sampler of training data counts how often it made one: in 60,000 requests.")
code('''
from fmcourse.scenes import WITHHELD
from fmcourse.scenes.asking import audit_requests

print("in 60,000 training requests:", audit_requests(stored))

never = questions("withheld combination", 600, draws("never, anew").number)
pair = lambda one: (one.request.specs[0].shape, one.request.specs[0].colour)
never = [one for kind in WITHHELD for one in [o for o in never if pair(o) == kind][:32]]
pictures = drawn_for(never, draws("never drawn, anew").number)
outcome, strict = right_in(pictures, never), right_in(pictures, never, tint=0.08).mean()
each = {}
for one, ok in zip(never, outcome):
    name = " ".join(reversed(pair(one)))
    each[name] = each.get(name, 0) + int(ok)
print(", ".join(f"{name} {ok} of 32" for name, ok in each.items()))
known, new = (painter.card["results"][f"{kind}, guidance 2"]["right"]
              for kind in ("one thing", "withheld combination"))
''', "nbval-ignore-output")
md("**Claim D3**, written down before: at least 0.90 in all, and no pair below 0.75.")
code('''
share = sum(each.values()) / 192
low, high = interval(sum(each.values()), 192)
claim("D3", "combinations of shape and colour that were never trained are drawn, too",
      share >= 0.90 and min(each.values()) / 32 >= 0.75,
      f"{share:.3f} ({low:.3f} to {high:.3f}), the worst pair {min(each.values())} of 32; by the "
      f"stricter reader {strict:.3f}; on the card's 500 each, pairs trained {known:.3f} and never "
      f"trained {new:.3f}; handing out training pictures 0 of 192", n=192)
''')
code('reveal("15.withheld", round(share, 3), "of pictures of pairs never seen")', "nbval-ignore-output")
md("""
So the model has not learned thirty pictures by heart. It knows *red* apart from *star* and puts them together, and no store of pictures can do that, as long as nobody paints a red star for it. But not for nothing: on the card, pairs that it knew come out more often, and the stricter reader finds that colours are a little off.

## 7 Guidance: listening harder

Remember the one caption in ten that was dropped in training. Thanks to it the network has two answers: g_c with the caption, and g_0 without. Their difference is what the caption *adds*. [Guidance](glossary.md#guidance) exaggerates it:

> guess = g_0 + w (g_c - g_0)

w = 0 ignores the caption, w = 1 is the network's own answer, w = 3 goes three times as far. It costs two looks of the network a step. The ring shows what that does. And there we can write down what the *best possible* network would answer: the average of section 2, each place on the ring by how likely it is, given x_t.
""")
code('''
def ideal(known, likely, w):
    """The best network, under guidance w. known (K, V), all of the same length; likely (words, K)."""
    def guess(x, t, words):
        near = (1 - t[:, None]) * (x[:, 0] @ known.T) / t[:, None] ** 2     # how well each fits x
        average = lambda prior: (prior.log() + near).softmax(-1) @ known
        free, said = average(likely.mean(0)), average(likely[words[:, 0]])
        return (free + w * (said - free))[:, None]
    return guess

angle = torch.arange(0, 360, 0.5)
on_ring = torch.stack([angle.deg2rad().cos(), angle.deg2rad().sin()], -1)
apart = (angle - torch.tensor(list(SIDES.values()))[:, None] + 180) % 360 - 180
likely = (-(apart**2) / (2 * 35**2)).exp()                  # (3 words, 720), each stretch

def guided_by(w):
    def answers(x, t, words):
        free = dots(x, t, words, torch.ones(len(x), dtype=torch.bool))
        return free + w * (dots(x, t, words) - free)
    return answers

ways = {f"w = {w}": guided_by(w) for w in (0, 1, 6)} | {"w = 6, ideal": ideal(on_ring, likely, 6)}
ended = {name: paint(way, asked_for, 50, start)[:, 0] for name, way in ways.items()}
show(views.points(ended, asked_for[:, 0], list(SIDES)),
     alt="w = 0: all words cover the ring; w = 1: each its stretch; w = 6: shorter, with gaps, and "
         "our network's points leave the ring, while those of the ideal one stay on it.")
''')
md("""
With guidance no point of "north" is left where it could be mistaken for east or west. That is faithful: each point tells which word was said. And it is narrow: where stretches met, nothing is drawn any more. Both are the same thing. That points leave the ring, though, is no part of guidance, as the ideal network shows: six times a difference is also six times its errors.

Now pictures. Captions of three things are the hardest full ones; there, guidance may help. But a caption that leaves things open? "A thing" fits many kinds of thing at nine places, and we know how likely each was in training. If the model draws them as often, it is *diverse*. What will w = 3 do to that?
""")
code('''
predict("15.guided", "less diverse")  # or "as diverse", "more diverse"
''')
md("First the full captions, at w = 1 and 3. Beside them a rival without guidance: draw twice, which costs as much, and keep the first picture that the reader calls right.")
code('''
three = questions("three things", 128, draws("three, anew").number)
faithful = {}
for w in (1, 3):
    out = score(painter, three, steps=16, guidance=w, seed=draws("three drawn, anew").number)
    faithful[w] = out.fits & out.legal

kept = any_of(painter, three, tries=2, steps=16, seed=draws("tries, anew").number)
''', "nbval-ignore-output")
md("""
Now the open one. For each attribute we compare how often each value was drawn with how often it should have been, by *total variation*: half the sum of all differences. 0 means the same shares, 1 nothing in common. Few pictures are far off by chance alone; so we compare equally many, and as many perfect draws.
""")
code('''
from fmcourse.generation.scoring import variation

text = "a thing"
exact, one, nothing = Conditional(understand(text)), {}, {}
for w, n in ((1, 96), (3, 192)):
    found = read_images(draw(painter, [text] * n, steps=16, guidance=w,
                             seed=draws("open, once more").number, fresh=False))
    one[w] = [r.scene for r in found if r.legal and r.scene and len(r.scene.things) == 1]
    nothing[w] = sum(r.scene is None for r in found) / n
equal = min(len(scenes) for scenes in one.values())
apart = {w: variation(exact, scenes[:equal]) for w, scenes in one.items()}
noise = float(np.mean([variation(exact, [exact.sample(rng) for _ in range(equal)])
                       for _ in range(20)]))
print("pictures that show nothing:", {f"w = {w}": round(n, 2) for w, n in nothing.items()})
''', "nbval-ignore-output")
md("**Claim D2**, thresholds written down before: w = 3 draws at least 0.03 more of the full captions rightly than w = 1, beyond doubt; and for the open one the total variation grows by at least 0.05, in at least 40 pictures each.")
code('''
gain = faithful[3].astype(int) - faithful[1].astype(int)
error = 1.96 * gain.std() / len(gain) ** 0.5
claim("D2",
      "guidance makes pictures more faithful to a full caption and less diverse for an open one",
      gain.mean() >= 0.03 and gain.mean() - error > 0 and equal >= 40
      and apart[3] - apart[1] >= 0.05,
      f"three things at w = 1 and 3: {faithful[1].mean():.2f}, {faithful[3].mean():.2f} (gain "
      f"{gain.mean():.3f} ± {error:.3f}), two tries {kept.mean():.2f}; total variation "
      f"{apart[1]:.2f}, {apart[3]:.2f}, perfect draws {noise:.2f}, {equal} pictures each", n=128)
''')
code('''
reveal("15.guided", "less diverse" if apart[3] - apart[1] >= 0.05 else "as diverse")
''', "nbval-ignore-output")
md("""
More of the three things come out right, and the price is paid where you do not look: in what nobody asked about. The rival shows that guidance is no magic: at the same price, two tries and somebody who throws the bad ones away do as well. But they need that somebody. And of the open pictures, more show nothing at all.

### Guidance and a skew in the data

Now a question with consequences. A caption leaves something open, and in the data it is not even. Does the model draw it as the data has it?

We ask where everything is known: in a world of **stamps**, 8 by 8 pixels, six shapes, each small or large, at nine places. A caption names the shape and leaves the size open. Of boxes 95 in 100 are large, of tees 80, of stairs 65; of crosses 35, of pluses 20, of cups 5. Of all stamps half are large. With 108 stamps the best possible network is `ideal` from above, so no training can be blamed.
""")
code('''
from fmcourse.studies import skewed

stamps = skewed.stamps().flatten(0, 2)                       # (108, 64): shape by size by place
views.strip([stamps.reshape(6, 2, 9, 8, 8)[k, big, 4].numpy() for k in range(6) for big in (0, 1)],
            [f"{size}\\n{word}" for word in skewed.WORDS for size in ("small", "large")],
            alt="Twelve stamps: box, tee, stairs, cross, plus and cup, each small and large.")
''')
md("What do you expect of the best network at w = 3 for tees, of which 0.80 are large in the data?")
code('predict("15.skew", 0.8)')
code('''
shape, size = torch.arange(108) // 18, torch.arange(108) // 9 % 2
likely = {kind: torch.stack([skewed.shares(skew) * (shape == k) * 6 for k in range(6)])
          for kind, skew in skewed.KINDS.items()}            # (6 words, 108 stamps)
said = torch.arange(6).repeat_interleave(400)[:, None]
begin = torch.randn(2400, 1, 64, generator=draws("stamps").torch)

def large_in(network):
    """Of 400 drawings for each word the share that is nearest to a large stamp."""
    drawn = paint(network, said, 50, begin)[:, 0]
    large = size[(drawn @ stamps.T).argmax(1)].float().view(6, 400).mean(1)
    return dict(zip(skewed.WORDS, large.tolist()))

best = {kind: {w: large_in(ideal(stamps, likely[kind], w)) for w in (1, 3)} for kind in likely}
for kind, found in best.items():
    for w, large in found.items():
        print(f"{kind:7} w = {w}:", {word: round(share, 2) for word, share in large.items()})
''', "nbval-ignore-output")
code('reveal("15.skew", round(best["skewed"][3]["tee"], 2), "of tees are drawn large at w = 3")', "nbval-ignore-output")
md("""
At w = 1 the shares are those of the data. At w = 3 what was frequent becomes more so: of tees, 0.80 large in the data, nearly all are, and of pluses, 0.20 large, still fewer. Look at even data, too: there, guidance draws more large ones, since a large stamp is easier to tell. So *two* forces act: towards what is easier to tell, and towards what is frequent. (For crosses they pull in opposite ways.)

Nobody said "large". Replace stamps by people and size by sex or skin, and you know why this is measured. *Why* it happens, and whether trained networks do the same (claim D6, a headline of this course), stands first under Deeper.
""")
md("""
## Deeper (can be skipped)

### Why guidance amplifies a skew

But why should size matter at all? For a finished stamp it does not: a small box is as surely a box as a large one. Yet guidance acts under noise. With t around 0.7 the size often shows when the shape does not yet; and then "large" speaks for "box", because most boxes are large and most cups are not. Is that the reason? Then guidance must do all its pushing early. We let it work only above t = 0.6, or only below.
""")
code('''
def part_of_the_way(early):
    one, three = (ideal(stamps, likely["skewed"], w) for w in (1, 3))
    return lambda x, t, words: (three if (t[0] > 0.6) == early else one)(x, t, words)

for early, name in ((True, "w = 3 above t = 0.6"), (False, "w = 3 below t = 0.6")):
    found = large_in(part_of_the_way(early))
    print(name, {word: round(share, 2) for word, share in found.items()})
''', "nbval-ignore-output")
md("""
Early guidance does all of it, late guidance nothing. That is also a cure: guide only where the open things are settled already. (It was found for large models, too, for the sake of diversity: Kynkäänniemi and others, 2024.)

Do trained networks do the same? Five with other [seeds](glossary.md#seed) learned skewed data, five learned even data, more than a minute each, so it is recorded; `fmcourse evidence record skew` makes it again.
""")
code('''
rows = classroom.recorded("skew")["rows"]
data = skewed.SKEW

def drawn_large(kind, w):                    # for each shape the share that each seed drew large
    wanted = lambda word: {"kind": kind, "shape": word, "guidance": w}.items()
    return {word: [r["large"] for r in rows if wanted(word) <= r.items()] for word in data}

panels = {f"{kind} data": (skew, {f"w = {w}": drawn_large(kind, w) for w in (1, 3)})
          for kind, skew in skewed.KINDS.items()}
show(views.shares(panels, xlabel="large in the data", ylabel="large in what was drawn"),
     alt="With w = 1 the dots lie on the line: as in the data. With w = 3 and skewed data those "
         "above one half lie above it and the small ones below; with even data all lie above.")
''')
md("**Claim D6**, a headline of this course, written down before these trainings. In each seed: at w = 1 the shares are within 0.06 of the data's; at w = 3 the frequent size of the four middle shapes gains at least 0.05, and in log-odds at least 0.3 more than the same size gains with even data, which takes out what is only easier to tell.")
code('''
odds = lambda share: np.log((share + 0.001) / (1.001 - share))
often = {word: np.sign(q - 0.5) for word, q in data.items() if 0.1 < q < 0.9}   # + if large is
large = {(kind, w): drawn_large(kind, w) for kind in skewed.KINDS for w in (1, 3)}

def gain(kind, k, scale):                    # of the frequent size, from w = 1 to 3, in seed k
    return np.mean([sign * (scale(large[kind, 3][s][k]) - scale(large[kind, 1][s][k]))
                    for s, sign in often.items()])

seeds = range(len(large["skewed", 1]["box"]))
off = [np.mean([abs(large["skewed", 1][s][k] - q) for s, q in data.items()]) for k in seeds]
push = [gain("skewed", k, lambda share: share) for k in seeds]
more = [gain("skewed", k, odds) - gain("even", k, odds) for k in seeds]
listed = lambda numbers: ", ".join(f"{number:.2f}" for number in numbers)
claim("D6", "guidance narrows what a caption leaves open, and amplifies a skew in the data",
      max(off) <= 0.06 and min(push) >= 0.05 and min(more) >= 0.3,
      f"at w = 1 {listed(off)} from the data; at w = 3 the frequent size gains {listed(push)}, in "
      f"log-odds {listed(more)} more than with even data", n=len(off), tier="recorded")
''')
md("""
Ten networks, ten times the same. At w = 1 they draw as the data has it; at w = 3 they do nearly what the best possible network does. So the push is no fault of a bad network, and a better one would not be rid of it. (An earlier trial with pictures in place of stamps failed its own control: its networks were 0.087 from the data at w = 1, where 0.06 was allowed. So it could say nothing, and we built a smaller world.)

### Relations and numbers

Some things were never *said*: no training caption has a star left of something, or exactly four rings. Stars and left-of and four occurred, apart. The model's card holds the counts for 500 fresh captions of each kind. Which of the two will be harder, the relation or the number?
""")
code('predict("15.harder", "the number")')
code('''
results = painter.card["results"]
names = ["one thing", "two things", "three things", "withheld combination",
         "two withheld combinations", "open", "relation", "withheld relation", "count",
         "withheld count"]
found = [results[f"{name}, guidance 2"] for name in names]
parts = {"right": [r["right"] for r in found],
         "flawless and wrong": [r["legal"] - r["right"] for r in found],
         "flawed": [1 - r["legal"] for r in found]}
show(views.stacked(names, parts, xlabel="of 500 pictures"),
     alt="Shares of right, flawless but wrong, and flawed pictures. One and two things are right "
         "above 95 in 100, three things and withheld combinations above 90, open captions and "
         "relations two thirds, numbers half; where numbers fail, most pictures have flaws.")
''')
code('''
relation, number = (results[f"withheld {k}, guidance 2"]["right"] for k in ("relation", "count"))
reveal("15.harder", "the relation" if relation < number else "the number")
''')
md("""
Compare in pairs. "A star left of a cross" was never said, and comes out about as well as relations that were said thousands of times; the same holds for numbers. What was never said is hardly harder. But relations and numbers *themselves* are much harder than a list of things with their places. And they fail in two ways: relations by flaws and by flawless pictures of something else, in about equal parts; numbers mostly by flaws. The model does not count wrongly so much as it paints smears where things meet. Why they are harder, we did not measure. One difference is plain: a list says where to put each thing, and here places must be chosen that go together.

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
"Empty ground" is nearly the average of many pictures with one thing each. So a rule that looked fine for full captions, where the average is sharp, fails for open ones. And a part of fresh noise? It draws full captions better, as the next section shows, and here leaves more pictures empty than the noise kept. With a perfect network both would draw the same shares; with ours each has its price.

### How many steps?

Sixteen steps were a guess, made on other captions. Here is the whole curve: 500 captions of two things, from the same noise each time, with 1 to 50 steps, in both ways: the noise of the beginning kept, and some fresh noise in every step. With the noise kept, where does more stop helping?
""")
code('predict("15.steps", 10)')
code('''
import matplotlib.pyplot as plt

rows = classroom.recorded("few_steps")["rows"] + classroom.recorded("distilled")["rows"]
rows = [r for r in rows if r["who"] != "beginning"]
fig, ax = plt.subplots(figsize=(6.4, 3.4))
looks = {"teacher": ("o-", "blue", "noise kept"), "fresh": ("^--", "black", "some fresh noise"),
         "student": ("s", "vermillion", "distilled, two seeds")}
for who, (mark, colour, label) in looks.items():
    found = [(r["calls"], r["right"] / r["n"]) for r in rows if r["who"] == who]
    ax.plot(*zip(*found), mark, color=views.PALETTE[colour], label=label)
marks = [1, 2, 4, 8, 20, 50, 100]
ax.set(xscale="log", xlabel="looks of the network for a picture (guidance costs two a step)",
       ylabel="pictures wholly right", ylim=(-0.03, 1.03), xticks=marks, xticklabels=marks)
ax.legend()
show(fig, alt="With the noise kept, nothing is right with 2 looks, 80 in 100 with 8, 95 with 50 or 100; some "
     "fresh noise is better from 16 looks on. Distilled: 30 in 100 with one look, 80 with 4.")
''')
code('''
teacher = {r["steps"]: r["right"] / r["n"] for r in rows if r["who"] == "teacher"}
best = max(teacher.values())
enough = min(steps for steps, ok in teacher.items() if ok >= best - 0.02)
reveal("15.steps", enough, "steps are within 0.02 of the best")
''')
md("**Claim D5**, the noise kept: with 10 steps at most 0.02 fewer are right than with 50; with 1 step at least 0.30 fewer.")
code('''
each = {(r["who"], r["steps"]): np.array([int(ok) for ok in r["each"]])
        for r in rows if r["who"] in ("teacher", "fresh")}
lost = each["teacher", 50] - each["teacher", 10]
share = {key: ok.mean() for key, ok in each.items()}
listed = lambda who: ", ".join(f"{share[who, s]:.3f}" for s in (1, 10, 25, 50))
claim("D5", "ten steps draw as well as fifty",
      share["teacher", 10] >= share["teacher", 50] - 0.02
      and share["teacher", 1] <= share["teacher", 50] - 0.30,
      f"right with 1, 10, 25, 50 steps: {listed('teacher')}; fifty gain {lost.mean():.3f} ± "
      f"{1.96 * lost.std() / 500**0.5:.3f} on ten; with some fresh noise {listed('fresh')}",
      n=500, tier="recorded")
''')
md("""
By a hair it does not hold: fifty steps gain a little more than was allowed. The curve says the rest. Most is won by the fifth step, twenty-five are as good as fifty, and from eight steps on some fresh noise is better than the noise kept; with fewer it is worse.

Fewer steps than that need training. **Distillation**: a student begins as a copy and learns to reach in *one* step where its teacher gets in *two*. Sixteen steps become eight, eight become four, and so on; each student is the next one's teacher. The first teacher uses guidance, so that its students need none. This is the heart of it, as in the package:
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
D7 **does not hold**: with four steps the students stay more than a tenth behind. But look at the figure, whose axis counts looks: with four looks they draw four in five rightly, where the teacher with four looks (two steps) draws one in six, and with a single look three in ten. Each round loses a little, and ours were short: 250 steps of training each.

### Which patch listens to which word?

How does the word "red" reach the right patches? By cross-attention: each patch asks, each word answers. We catch what the patches ask, and mark for each patch how much it looks at a word. The caption has two things. Where will the patches lie that look at "red"?
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
drawn_one = draw(painter, [text], steps=24, seed=5)
for hook in hooks:
    hook.remove()
looks = torch.stack(looks).unflatten(0, (24, -1))       # (steps, blocks, patches, words)
''')
md("""
We average over all steps and blocks, and show four words, each on a scale of its own: bright patches look more at the word than others do.
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
     "the ring look more at red and ring than others do, those of the star at blue and star.")
''', "nbval-ignore-output")
md("""
The patches of the ring look more at "red" and "ring" than other patches do, those of the star more at "blue" and "star": each thing at its own words, although nobody told any patch which word is its own. (What a patch looks at *most* may be a dull word: look at "a".) That each thing finds its own words is called *binding*, and where it fails you get a blue ring. Looking is not yet proof that it is the cause; notebook 08 showed how to test that.

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

Shrink a picture to 8 by 8, and a small circle, a square and a star become nearly the same smudge, to our eyes. **Super-resolution** by diffusion draws *one* of the pictures that may have been: the network gets the small picture beside the noise. The same network can be trained to give the picture at once, by squared error: it gives the *average* of what may have been. A third way is bicubic interpolation, a smooth curve through the pixels, and a fourth the nearest of 10,000 stored pictures. Which will be read rightly most often?
""")
code('''
predict("15.sharper", "diffusion")  # or "average", "nearest", "bicubic"
''')
code('''
rows = [r for r in classroom.recorded("sharper")["rows"] if r["size"] == "any"]
label = {"true": "the true picture", "bicubic": "bicubic", "nearest": "nearest stored",
         "regression": "network, average", "diffusion": "network, diffusion"}
parts = {"read rightly": [r["right"] / r["n"] for r in rows],
         "flawless and wrong": [r["invented"] / r["n"] for r in rows],
         "flawed and wrong": [1 - (r["right"] + r["invented"]) / r["n"] for r in rows]}
show(views.stacked([label[r["what"]] for r in rows], parts, xlabel="of 500 pictures"),
     alt="The average network is read rightly most often, then diffusion, both above 90 in 100; "
     "bicubic and nearest below 10. What is wrong from the two networks is nearly all flawless.")
''')
md("**Claim D4**: diffusion at least 0.10 above bicubic; at least half of its wrong pictures flawless, less than half of those of the averaging network.")
code('''
found = {r["what"]: r for r in rows}
right = {what: r["right"] / r["n"] for what, r in found.items()}
sure = {what: found[what]["invented"] / (found[what]["n"] - found[what]["right"])
        for what in ("diffusion", "regression")}
claim("D4", "a diffusion model makes small pictures readable, and its mistakes look flawless",
      right["diffusion"] >= right["bicubic"] + 0.10
      and sure["diffusion"] >= 0.5 > sure["regression"],
      f"read rightly: {', '.join(f'{what} {share:.2f}' for what, share in right.items())}; of the "
      f"wrong ones flawless: diffusion {sure['diffusion']:.2f}, average {sure['regression']:.2f}",
      n=500, tier="recorded")
''')
code('''
big = {r["what"]: r["right"] / r["n"] for r in classroom.recorded("sharper")["rows"]
       if r["size"] == "large"}
print("large things alone:", {what: round(share, 2) for what, share in big.items()})
best = max((what for what in right if what != "true"), key=right.get)
reveal("15.sharper", {"regression": "average"}.get(best, best), "is read rightly most often")
''')
md("""
The claim **does not hold**, and what fell is the difference that we believed in. The average should blur where it cannot know. It reads *better* than diffusion, and its few mistakes are flawless, too. The reason is our world: from 64 pixels nearly every scene can still be worked out, since so few scenes exist; where one picture is left, the average *is* that picture, and drawing at random only adds mistakes. With real photographs millions of faces fit one small picture; there the average is a blur and the drawn one an invention. What stands for both: **a flawless picture is no sign of a true one.**

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
soonest = min(first.values())
reveal("15.first", ", ".join(what for what, step in first.items() if step == soonest),
       f"first to one half (steps: {first})")
''')
md("""
Colour and place rise together, size soon after; shape comes last of the four. It fits section 2: what shows under much noise is learned first. But the recipe has a hand in it, too: until step 2,900 training looks mostly at much noise. The whole is right last and stays below shape, since it must also be without flaws. (The curve was drawn with the noise kept, and ends at 6,000 of 7,500 steps.)

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

**15.best** (difficulty 3, about 8 minutes). `ideal` used that all stamps have the same length. Write `best_guess(x, t, known, likely)` without that: for noisy pictures `x` (B, V) at time `t` (a number) the average of the `known` pictures (K, V), each by how likely it is, given x. Before x was seen they are `likely` (K,). The noise is normal: a picture k gives x with a density in proportion to exp(-|x - (1 - t) k|² / (2 t²)). Stuck? `hint("15.best")`.
""")
code('''
def best_guess(x, t, known, likely):
    ...  # your code


check("15.best", best_guess)
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
**15.bug** (bug hunt, difficulty 3, about 10 minutes). There is a way to step without fresh noise: from x_t a small step along the straight line; its direction, (x_t - guess) / t, points away from the guess, and time runs down. A colleague's loop does that and paints mud. It has one mistake. Write `mend(x, guess, now, later)`: the one step as it should be.
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
**Open question.** Guidance costs diversity, and few steps cost quality. Find the cheapest drawing (fewest looks of the network a picture: guidance counts double) with which at least 0.95 of 128 fresh captions of two things are right *and* the total variation for "a thing" (192 pictures, those without flaws) stays within 0.05 of that at guidance 1. Steps need not be equal in length, and guidance need not be the same at every step.

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
| diffusion as a generative model | | Sohl-Dickstein and others, 2015 |
| guidance by dropping captions | | Ho and Salimans, 2022 |
| guidance on a part of the way keeps more diversity | | Kynkäänniemi and others, 2024 |
| diffusion in the space of an autoencoder: latent diffusion, later Stable Diffusion | 8 times fewer positions each way | Rombach and others, 2022 |
| a large frozen language model reads the caption: Imagen | | Saharia and others, 2022 |
| a transformer over patches in place of a U-Net: DiT | | Peebles and Xie, 2023 |
| rectified flow, times mostly in the middle, patches and words in one attention: Stable Diffusion 3, 8 billion parameters, on a test of objects, numbers, places and colours (GenEval), before and after tuning by preferences; DALL-E 3 | 0.68; 0.74; 0.67 | Esser and others, 2024 |
| open weights since: Qwen-Image, 20 billion parameters; FLUX.2 [dev], 32 billion, a rectified flow transformer | | Qwen team, 2025; Black Forest Labs, 2025 |
| predicting the clean picture from large patches, as here | | Li and He, 2025 |
| distilled to four steps on small pictures | | Salimans and Ho, 2022 |
| ordinary prompts give stereotypes, more so than statistics of the country | | Bianchi and others, 2023 |
| enlarged faces that never were: one low-resolution picture fits many people | | Menon and others, 2020 |
| GPT-4o draws within the language model, token by token (autoregressive, say its makers); its size, and architecture, size and data of Imagen 4 and Midjourney | not published | |

Words that you will meet there, and what they are here:

| word | here |
| --- | --- |
| CFG scale, guidance scale | w |
| negative prompt | in g_0 the caption is not dropped but replaced by what you do *not* want |
| image to image, strength | begin not at noise but at your picture, mixed with noise up to t; the strength is t |
| sampler, scheduler (Euler, DDIM, DPM++) | the rule for one step, and the list of times |
| VAE | the autoencoder of latent diffusion |
| flow matching | what trains rectified flow: learn the direction of the line |

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
## What we showed

- Under squared error the best guess is an average; small steps turn averages into a picture.
- D1, D3: nearly all pictures of one thing are right, also in combinations that no training picture held. A store of 60,000 pictures does nearly as well at the first and nothing at the second. A stricter reader finds colours a little off.
- D2: guidance makes full captions more faithful and open ones less diverse; two tries and somebody who chooses do as well at the same price.
- D6: guidance amplifies a skew in the data, with the best possible network too, and does it early, where the skewed thing shows before the thing that was asked for.
- D4 does not hold: where little is really lost, the average is read better than what diffusion draws, and the mistakes of both look flawless.
- D5 does not hold, by a hair: fifty steps draw a little better than ten. D7 does not hold: four steps of a student stay behind twenty-five of its teacher, though far ahead of the teacher with as many looks.

## Where this simplifies

- Our captions come from a grammar of some forty words, and a picture shows all that is said of it. Captions from the web are vague, wrong and about other things.
- Our reader is exact. Real pictures are judged by other models or by people, which brings in their mistakes and tastes.
- 32 by 32 pixels need no autoencoder and no second model that enlarges. Large systems have both.
- Patches and words meet in cross-attention here; since 2024 many systems let both look at both in one attention.
- One shipped model was measured, from one training. What other trainings would give is known only where the text says "seeds".
- A skew in size is nobody's dignity. That the same arithmetic holds for people in pictures is why it was measured here.

## Sources

- J. Sohl-Dickstein and others, "Deep Unsupervised Learning using Nonequilibrium Thermodynamics", 2015.
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
- Y. Lipman and others, "Flow Matching for Generative Modeling", 2023.
- W. Peebles and S. Xie, "Scalable Diffusion Models with Transformers", 2023.
- C. Meng and others, "On Distillation of Guided Diffusion Models", 2023.
- F. Bianchi and others, "Easily Accessible Text-to-Image Generation Amplifies Demographic Stereotypes at Large Scale", 2023.
- D. Ghosh and others, "GenEval: An Object-Focused Framework for Evaluating Text-to-Image Alignment", 2023.
- P. Esser and others, "Scaling Rectified Flow Transformers for High-Resolution Image Synthesis", 2024.
- T. Kynkäänniemi and others, "Applying Guidance in a Limited Interval Improves Sample and Distribution Quality in Diffusion Models", 2024.
- A. Bradley and P. Nakkiran, "Classifier-Free Guidance is a Predictor-Corrector", 2024 (what guidance does not do: draw from the sharpened distribution).
- T. Li and K. He, "Back to Basics: Let Denoising Generative Models Denoise", 2025.
- Qwen team, "Qwen-Image Technical Report", 2025. Black Forest Labs, "FLUX.2", announcement and model card, 2025.
""")
