md("""
# 17 Sound, video, 3D

The network that drew pictures in notebook 15 now speaks, films and builds. Only the cut into patches is new. But each form asks something that a picture cannot: does the voice rise with the question mark? Does the second event come second? Is the solid right from behind, too?

**You will be able to**
- say what a sound is in numbers, and find words and melody in it,
- cut a sound, a clip and a solid for one and the same network,
- teach a small network to write down what was spoken, without being told when,
- measure whether words, melody, order and solids follow a text, beside rivals that cannot listen,
- say what a recogniser does with a word that it does not know.

Reading: 50 minutes. Exercises: 32 minutes. Before: 15 (text to image); 05 (images) and 06 (attention) help.
""")
start()
md("First, three quick questions about earlier notebooks.")
code('warmup("17")')
md("""
## A first sentence, or six

`scene-sound` knows twelve words and three marks. It was trained as the painter of notebook 15 was: from pairs of text and sound, for less than an hour on two cores. A full stop falls, a question rises, an exclamation is high and falls. We let it say six things. Two of them hold something that it never heard in training: "see" was never followed by "you", and "me!" was never said alone. How many of the six will be right, words and melody? Put your guess in place of 4.
""")
code('predict("17.six", 4)')
md("It speaks, and an exact reader listens. The reader knows how each word sounds in each place, and how each melody runs. Press play under the figure, or look: the blue wave is the sound, the dots below are the pitch of the voice.")
code('''
from fmcourse import load
from fmcourse.generation import draw
from fmcourse.scenes import sounds

speaker = load("scene-sound")
texts = ["go now?", "go now.", "me!", "see you!", "show me all.", "wish us no?"]
spoken = draw(speaker, texts, steps=12, guidance=2.0, seed=draws("six").number)
heard = sounds.read_many(spoken)
right = [r.legal and r.scene == sounds.parse(text) for r, text in zip(heard, texts)]
found = [sounds.caption(r.scene) if r.legal else f"no true sound ({r.reason})" for r in heard]
views.sound_grid(spoken, sounds.RATE, texts, found, right, pitch=sounds.pitch)
''', "nbval-ignore-output")
code('reveal("17.six", sum(right), "of six")', "nbval-ignore-output")
md("""
Nobody recorded these sounds, and no rule made them. They began as noise. To see how that can be, we first need to know what a sound *is*.

## 1 What is a sound?

A sound is moving air. A microphone writes down, many times a second, where its membrane stands: one number, from -1 to 1. That is all. Ours take 8,000 such samples a second, as old telephones did; this is the *[sampling rate](glossary.md#sampling-rate)*. A sound of half a second is a row of about 4,000 numbers.

**A voice** has two parts. In the throat the vocal folds open and close, perhaps 140 times a second. Each opening is a pulse, and the number of pulses a second is the *[pitch](glossary.md#pitch)*. Then the mouth rings like a bottle. Where it rings depends on tongue and lips; these resonances are called *[formants](glossary.md#formant)*. Say "ee" and "ah": the tongue moves, the throat does not need to. Here is a speaking machine in eight lines.
""")
code('''
import numpy as np

def vowel(pitch, formants, seconds=0.4):
    """A pulse at each opening of the vocal folds; each rings at the formants (in hertz)."""
    t = np.arange(round(seconds * sounds.RATE)) / sounds.RATE
    ring = sum(np.exp(-300 * t) * np.sin(2 * np.pi * hertz * t) for hertz in formants)
    pulses = np.zeros(len(t))
    pulses[:: round(sounds.RATE / pitch)] = 0.3
    return np.convolve(pulses, ring)[: len(t)]

EE, AH = (280, 2250), (760, 1250)                           # near those of real speakers
said = {"ee at 120": vowel(120, EE), "ee at 200": vowel(200, EE), "ah at 120": vowel(120, AH)}
both = np.concatenate([said["ee at 120"], said["ah at 120"]])
views.player(both, sounds.RATE, alt="One voice says ee and then ah, at one pitch of 120 hertz.")
''')
md("""
To see formants we ask of each moment: which tones are in it? Cut out a short window (32 milliseconds), and compare it with tones of all frequencies; the Fourier transform does that at once. Then move on by 16 milliseconds. The table that comes out is a *[spectrogram](glossary.md#spectrogram)*: time to the right, frequency upwards, brightness for strength. By hand, and held against PyTorch's.
""")
code('''
import torch

def spectrogram(sound, window=256, hop=128):
    """How strong each frequency is at each moment: samples -> (moments, window / 2 + 1)."""
    starts = range(0, len(sound) - window + 1, hop)
    pieces = np.stack([sound[start : start + window] for start in starts])
    return np.abs(np.fft.rfft(pieces * np.hanning(window)))

theirs = torch.stft(torch.from_numpy(both), 256, 128, window=torch.from_numpy(np.hanning(256)),
                    center=False, return_complex=True).abs().T
assert np.allclose(spectrogram(both), theirs)
print("the same as torch.stft:", spectrogram(both).shape, "moments and frequencies")
''')
md("Three vowels, and one of the six utterances from above. Look for bright bands that lie at the same height.")
code('''
import matplotlib.pyplot as plt

views.style.use()
shown = {**said, "see you!": spoken[texts.index("see you!")]}
fig, axes = plt.subplots(1, 4, figsize=(7.5, 2.6), sharey=True)
for ax, (name, sound) in zip(axes, shown.items()):
    loud = np.log(spectrogram(sound, hop=64).T + 0.03)
    ax.imshow(loud, origin="lower", aspect="auto", extent=(0, len(sound) / sounds.RATE, 0, 4000))
    ax.set(title=name, xlabel="seconds")
    ax.grid(False)
axes[0].set_ylabel("hertz")
show(fig, alt="ee has bright bands at the same heights at two pitches, near 280 and 2,250 hertz; "
              "ah has its bands elsewhere. In the spoken words such bands begin, bend and end.")
''', "nbval-ignore-output")
md("""
The bright bands stay when the pitch changes, and move when the vowel does. The fine stripes lie as far apart as the pitch says, 120 or 200 hertz. So a sound carries two messages at once. *What* is said stands in the formants, and in the hiss of s and sh. *How* it is said, as a statement or a question, stands in the pitch. A speaking network must get both right, and they can go wrong apart.

## 2 One network, four forms

The network of notebook 15 takes 64 patches and gives 64 patches. It does not know what a patch is a piece of. So all that is needed for a new form is a pair of scissors, and glue that undoes them exactly.

- A **picture** is cut into squares.
- A **sound** is cut into 64 blocks of 8 milliseconds. Each block is written as 64 strengths of cosines, from low to high, in place of 64 samples: as many numbers, and exactly back.
- A **clip** is 8 pictures, one after the other. Time is a third axis: a patch is a small box of 2 frames by 8 by 8 pixels.
- A **solid** is a grid of 16 by 16 by 16 *[voxels](glossary.md#voxel)*, pixels with depth. Each has an occupancy (0 is air, 1 is full) and a colour. A patch is a cube.
""")
code('''
from fmcourse.generation import FORMS

for name in ("image", "sound", "clip", "voxels"):
    form = FORMS[name]
    text, artefact = form.example(np.random.default_rng(3))
    back = form.from_patches(form.to_patches(artefact[None]))[0]
    print(f"{name:7} {artefact.size:6} numbers {str(artefact.shape):16} -> grid {str(form.grid):9}",
          f"of {form.values:3} each; and back: {np.allclose(back, artefact, atol=1e-5)}")
''')
md("The cut of a solid by hand, to be sure that there is no trick. The patches hold values from -1 to 1.")
code('''
rng = np.random.default_rng(3)
text, solid = FORMS["voxels"].example(rng)
at = range(0, 16, 4)
cubes = [solid[z : z + 4, y : y + 4, x : x + 4].ravel() for z in at for y in at for x in at]
assert np.allclose(FORMS["voxels"].to_patches(solid[None])[0], 2 * np.stack(cubes) - 1)
print(len(cubes), "cubes with", len(cubes[0]), "numbers:", text)
''')
md("How much of the network depends on the form? Guess: what percentage of its parameters lies in layers whose shape differs between the four?")
code('predict("17.edge", 30)')
md("All four networks, fresh. We compare the shapes of all their weights.")
code('''
networks = {name: FORMS[name].network() for name in ("image", "sound", "clip", "voxels")}
shapes = {name: {k: tuple(w.shape) for k, w in network.state_dict().items()}
          for name, network in networks.items()}
differ = sorted(k for k, shape in shapes["clip"].items()
                if any(shapes[name][k] != shape for name in shapes))
size = {k: w.numel() for k, w in networks["clip"].state_dict().items()}
edge = 100 * sum(size[k] for k in differ) / sum(size.values())
print("shapes that differ:", ", ".join(differ))
reveal("17.edge", round(edge), "percent of the clip network's parameters")
''')
md("""
What differs is the first layer and the last, which know how long a patch is, and the list of words. The attention, the feed-forward layers and the clock are the same in all. So is the loss, and so is the loop that draws. One more thing is told: how many patches lie along each axis. Positions are turned into angles axis by axis ([rotary positions](glossary.md#rotary-positions)), so that "the patch before" means one thing in time and another in space. And one dial was set for each form, by trying: how much of training and drawing is spent under strong noise.

## 3 Speech to words

Before we judge the speaker, we build a second judge. The exact reader knows how the sounds are made. Would a network that only ever heard *true* speech understand the drawn one, too? That is a test without inside knowledge. And it is a task of its own: speech to text.

The trouble is time. A text says *which* words, not *when*. Our network gives, at 16 moments of a sound, a chance for each of the twelve words and for "no word". Its choices may look like this, with 0 for no word: 0 2 2 2 0 0 6 6 0. To make a text of them, write repeats once and leave out the zeros: 2 6, "go now".
""")
code('''
def collapse(steps):
    written, before = [], 0
    for now in steps:
        if now != 0 and now != before:
            written.append(now)
        before = now
    return written

print(collapse([0, 2, 2, 2, 0, 0, 6, 6, 0]), collapse([2, 2, 0, 2, 2]))
''')
md("""
The second row says "go go": a zero between tells two words from a long one. Now the loss. Many rows spell the same text, early or late, long or short. Nobody says which is right, so all count: **the chance of a text is the sum over all rows that spell it.** The loss is its negative logarithm. This is *[connectionist temporal classification](glossary.md#connectionist-temporal-classification)*, CTC (2006). For five steps and three outputs we can list all rows, and compare with PyTorch, which adds them up by a clever table.
""")
code('''
from itertools import product

logits = torch.randn(5, 3, generator=draws("logits").torch)     # 5 steps; no word, word 1, word 2
chance, text = logits.softmax(-1), [1, 2]
rows = [row for row in product(range(3), repeat=5) if collapse(row) == text]
total = sum(torch.stack([chance[i, k] for i, k in enumerate(row)]).prod() for row in rows)

logp = logits.log_softmax(-1)[:, None]
theirs = torch.nn.functional.ctc_loss(logp, torch.tensor([text]), [5], [2], reduction="sum")
assert torch.allclose(-total.log(), theirs, atol=1e-4)
print(f"{len(rows)} of {3**5} rows spell it, and together they have the chance that PyTorch finds")
''')
md("""
Now train it, here and at once. The network has four layers of [convolution](glossary.md#convolution) and 70,000 parameters. It sees the spectrogram in 24 bands, narrow ones below and wide ones above, as the ear does. 1,200 true sounds, some with a little noise, 350 steps. What share of the words of *fresh* true sounds will it get right, after some seconds of training?
""")
code('predict("17.ear", 0.8)')
code('''
from fmcourse.generation import recognising
from fmcourse.training.fit import Recipe, fit

torch.manual_seed(draws("ear").number)
ear = recognising.Recogniser()
stock = recognising.examples(np.random.default_rng(draws("stock").number), 1200)

def batch(step):
    rng = np.random.default_rng([1, step])
    chosen = torch.from_numpy(rng.integers(1200, size=64))
    frames = stock["frames"][chosen].roll(int(rng.integers(-2, 3)), 1)   # a little earlier or later
    return {"frames": frames, "words": stock["words"][chosen]}

recipe = Recipe(350, lr_adam=0.01, warmup=20)
history = fit(recognising.Recognising(ear), batch, recipe, progress=False)
fig = views.loss_curve({"CTC loss": history.loss}, ylabel="nats per word")
show(fig, alt="The loss falls from several nats per word to nearly none within two hundred steps.")
''', "nbval-ignore-output")
md("""
How do we count wrong words? "see me" for "go see me" has lost one word; compared place by place, all would be wrong. The usual measure is the *[word error rate](glossary.md#word-error-rate)*: the least number of words to put in, leave out or change, divided by the number of words said. One minus this rate is the share of words that are right. (An exercise below lets you write it.)
""")
code('''
def words_right(found, said):
    wrong = sum(sounds.word_errors(words, one.words) for words, one in zip(found, said))
    return 1 - wrong / sum(len(one.words) for one in said)

fresh = sounds.dataset(draws("fresh").number, 300)
reveal("17.ear", round(words_right(recognising.recognise(ear, fresh.sounds), fresh.utterances), 2),
       "of the words")
''', "nbval-ignore-output")
md("""
In a few seconds a network has learned to tell twelve words, where they begin and where they end, from pairs of sound and text alone.

**A failure on purpose.** What does it make of a word that it does not know? We cut a new one: the s of "see" and the end of "go" make "so". Beside it, a spoken sentence played backwards, which holds no word at all. Will it write nothing, or something?
""")
code('predict("17.so", "nothing")  # or "something"')
code('''
rng = np.random.default_rng(7)
who = sounds.voice(rng)
see, go = (sounds.render(sounds.parse(text), rng, who=who) for text in ("see.", "go."))
cut = int(who.start + 0.4 * who.length)
strange = {"so": np.concatenate([see[:cut], go[cut:]]),
           "backwards": sounds.render(sounds.parse("show me now?"), rng)[::-1]}
written = {name: recognising.recognise(ear, sound[None])[0] for name, sound in strange.items()}
for name, sound in strange.items():
    print(f"{name:9} recogniser: {' '.join(written[name]) or 'nothing':12}",
          "exact reader:", sounds.read_one(sound).reason)
reveal("17.so", "something" if all(written.values()) else "nothing")
''', "nbval-ignore-output")
md("""
It writes words that were never spoken, and the text alone does not show it. It has no way to say "I do not know this word": its outputs are twelve words and a pause. The exact reader can say it, because it knows how far a sound may lie from a word. Large recognisers have the same weakness; the section on the outside world has figures.

## 4 Does the speaker say what is written?

Now both judges hear 500 drawn utterances, of one to three words. What do we need beside them?

- **True sounds** of the same texts: what can the judges do at all?
- **Cut and paste**: the strongest cheap rival. Take a tape of 400 true training sounds, cut it into words, and glue the words that are asked for, one after the other. It can hardly fail at words. How often will its *melody* be that of the mark?
""")
code('predict("17.paste", 0.7)')
md("- **The drawn sounds beside another text**: the judges must then say no. And **one constant answer**: the most frequent word and mark.")
code('''
from collections import Counter
from fmcourse.generation import form_rivals as rivals
from fmcourse.generation.scoring_forms import truths

seed, rng = draws("asked").number, np.random.default_rng(draws("rivals").number)
asked = [one for what, n in (("one word", 167), ("two words", 167), ("three words", 166))
         for one in truths("sound", what, n, seed)]
texts = [sounds.caption(one) for one in asked]
drawn = draw(speaker, texts, steps=10, guidance=2.0, seed=draws("drawn").number)
true = np.stack([sounds.render(one, rng) for one in asked])
pasted = rivals.cut_and_paste(asked, rivals.tape(rng, 400), rng)
''')
code('''
def judged(readings, words_heard, said):
    """The share of words by the reader and by the recogniser, and of marks."""
    marks = np.mean([r.mark == one.mark for r, one in zip(readings, said)])
    return words_right([r.words for r in readings], said), words_right(words_heard, said), marks

heard, table = {}, {}
for name, batch_of in {"drawn": drawn, "true": true, "cut and paste": pasted}.items():
    heard[name] = sounds.read_many(batch_of), recognising.recognise(ear, batch_of)
    table[name] = judged(*heard[name], asked)
table["drawn, another text"] = judged(*heard["drawn"], asked[1:] + asked[:1])

word = Counter(word for one in asked for word in one.words).most_common(1)[0][0]
mark = Counter(one.mark for one in asked).most_common(1)[0][1] / 500
table["always the same"] = *[words_right([(word,)] * 500, asked)] * 2, mark
for name, (reader, recogniser, marks) in table.items():
    print(f"{name:20} words {reader:.3f}, by the recogniser {recogniser:.3f}, marks {marks:.3f}")
''', "nbval-ignore-output")
md("**Claim M3**, written down before the model was trained: at least 0.97 of the words by the exact reader *and* by the recogniser that never heard a drawn sound; and at least 0.97 of the utterances have the pitch of their mark.")
code('''
from fmcourse.prompting import interval

by_reader, by_ear, marks = table["drawn"]
low, high = interval(round(500 * marks), 500)
paste, other = table["cut and paste"], table["drawn, another text"]
claim("M3", "spoken words are those of the text, and pitch follows the punctuation",
      min(by_reader, by_ear) >= 0.97 and marks >= 0.97,
      f"words {by_reader:.3f} by the reader and {by_ear:.3f} by the recogniser, marks {marks:.3f} "
      f"({low:.3f} to {high:.3f}); cut and paste {paste[0]:.2f}, {paste[1]:.2f}, {paste[2]:.2f}; "
      f"true sounds {table['true'][0]:.3f}, {table['true'][1]:.3f}, {table['true'][2]:.3f}; beside "
      f"another text {other[0]:.2f}, {other[1]:.2f}, {other[2]:.2f}", n=500)
''')
code('reveal("17.paste", round(float(paste[2]), 2), "of the marks, by cut and paste")', "nbval-ignore-output")
md("""
RESULTSOUND

Most of these texts were spoken in training, by other voices: there are only 24 of one word. What about what was *never* said? In training no utterance has "see" before "you", or eleven other such pairs, and each word was withheld once alone with one of the marks. The card has 500 of each.
""")
code('''
names = ["one word", "two words", "three words", "withheld order", "withheld mark"]
rows = [speaker.card["results"][f"{name}, guidance 2"] for name in names]
fig = views.bars_with_intervals(names, [r["right"] for r in rows],
                                [(r["low"], r["high"]) for r in rows], percent=True,
                                xlabel="utterances that are wholly right, of 500")
show(fig, alt="SOUNDCARDALT")
''')
md("""
SOUNDCARDPROSE

## 5 A clip: time as a third axis

A clip tells a short story: one thing does one event after another. Frames 1 to 4 hold the first event, frames 5 to 8 the second. Below are two captions with *exactly the same words*. And the second order, growing before moving up, was never seen in training, for no thing. Will the two clips differ in the right way?
""")
code('predict("17.order", "one right")  # or "both right", "none right"')
md("Frames run from left to right. Open a clip below the figure to see it move; it plays only then.")
code('''
from fmcourse.scenes import clips

film = load("scene-video")
texts = ["a small red ring at the left moves up, then grows",
         "a small red ring at the left grows, then moves up"]
shots = draw(film, texts, steps=12, guidance=2.0, seed=draws("shots").number)
read = clips.read_many(shots)
right = [r.legal and r.scene == clips.parse(text) for r, text in zip(read, texts)]
found = [clips.caption(r.scene) if r.scene else r.reason for r in read]
views.clip_grid(shots, texts, found, right)
reveal("17.order", ["none right", "one right", "both right"][sum(right)])
''', "nbval-ignore-output")
md("""
One clip proves nothing. How could one be fooled here? By counting *events*. A painter who reads the caption as a bag of words paints both events, in an order that a coin decides. All its events are right, and half of its stories. So order is counted by itself, among the clips that have both events.

And there is a free control: **play the drawn clips backwards.** Then each event becomes its opposite, and the order turns. The reader must now find the order wrong. In all of them?
""")
code('predict("17.backwards", 0.0)  # the share of backward clips whose order is still right')
md("The counts for 500 captions of one thing are recorded, since drawing them takes a minute. Here are 40 fresh ones, live, in fewer steps.")
code('''
from fmcourse.studies.clips_and_solids import told

stories = truths("clip", "one thing", 40, draws("stories").number)
texts = [clips.caption(one) for one in stories]
shots = draw(film, texts, steps=10, guidance=2.0, seed=draws("clips").number)
for name, some in {"forwards": shots, "backwards": shots[:, ::-1]}.items():
    print(f"{name:9}", told(stories, [r.scene for r in clips.read_many(some)]))
''', "nbval-ignore-output")
code('''
rows = classroom.recorded("clips_and_solids")["rows"]

def row(who, form, what):
    wanted = {"who": who, "form": form, "what": what, "n": 500}
    return next(r for r in rows if wanted.items() <= r.items())

whos = ["model", "true", "likest", "coin", "backwards", "other caption"]
story = {who: row(who, "clip", "one thing") for who in whos}
story["model, withheld orders"] = row("model", "clip", "withheld order")
for who, r in story.items():
    print(f"{who:22} thing {r['thing'] / 500:.3f}  events {r['events'] / 500:.3f}",
          f" order {r['order'] / max(1, r['events']):.3f} of those with both events")
''')
md("**Claim M4**, written down before: the thing in at least 0.95, both events in at least 0.95, and the order in at least 0.95 of the clips with both events.")
code('''
model, coin, likest = story["model"], story["coin"], story["likest"]
order = model["order"] / model["events"]
low, high = interval(model["order"], model["events"])
claim("M4", "things, directions and the order of events in a clip follow the text",
      model["thing"] >= 475 and model["events"] >= 475 and order >= 0.95,
      f"thing {model['thing'] / 500:.3f}, events {model['events'] / 500:.3f}, order {order:.3f} "
      f"({low:.3f} to {high:.3f}); the likest of 10,000 trained clips {likest['thing'] / 500:.2f}, "
      f"{likest['events'] / 500:.2f}; a coin {coin['order'] / coin['events']:.2f} in order; true "
      f"clips {story['true']['whole'] / 500:.3f} whole", n=500, tier="recorded")
''')
code('''
back = story["backwards"]
print(back["palindromes"], "of the 500 captions ask for a story that is the same backwards")
reveal("17.backwards", round(back["order"] / 500, 2), "of the backward clips")
''')
md("""
RESULTCLIP

Not all backward clips are wrong, and should not be: "moves up, then moves down" played backwards is again a move up and then a move down. A control is only as good as one's idea of what it must give.

## 6 A solid: seen from behind

A solid is drawn whole, not one view of it. So it can be turned. Three captions; the third asks for a red cylinder, which no training example had.
""")
code('predict("17.solids", 2)  # of three')
md("Each is drawn as 64 cubes of voxels, and an exact reader compares every octant with every shape, size and colour.")
code('''
from fmcourse.scenes import voxels

builder = load("scene-voxels")
texts = ["a large blue ring at the bottom front left",
         "a small pink pyramid at the top front left and "
         "a large green cross at the bottom back right",
         "a large red cylinder at the top back left"]
grids = draw(builder, texts, steps=12, guidance=2.0, seed=draws("solids").number)
read = voxels.read_many(grids)
right = [r.legal and r.scene == voxels.parse(text) for r, text in zip(read, texts)]
found = [voxels.caption(r.scene) if r.legal else f"no true space ({r.reason})" for r in read]
views.solid_grid(grids, texts, found, right)
reveal("17.solids", sum(right), "of three")
''', "nbval-ignore-output")
md("Turn the second one by hand. The plain cell below does the same: change the number of degrees.")
code('''
def turned(degrees=30):
    views.solid(grids[1], turn=degrees, alt=f"The second drawing, turned by {degrees} degrees.")

views.explore(turned, degrees=(0, 345, 15))
''', "nbval-ignore-output")
code("turned(120)  # other degrees: change the number", "nbval-ignore-output")
md("""
Now the counts. 500 captions, half with one solid and half with two; and 500 in which every solid is of one of six combinations of shape and colour that were never trained. The rival hands out the training example whose caption shares most words. For the six combinations it must fail; by construction none of its solids can be right. What share will the model get?
""")
code('predict("17.withheld", 0.9)')
code('''
names = {"seen": "seen", "withheld combination": "never trained"}
solid = {(who, what): row(who, "voxels", what) for what in names
         for who in ("model", "likest", "true", "other caption")}
for (who, what), r in solid.items():
    print(f"{names[what]:13} {who:13} wholly right {r['whole'] / 500:.3f}")

spaces = truths("voxels", "two solids", 32, draws("spaces").number)
texts = [voxels.caption(one) for one in spaces]
live = voxels.read_many(draw(builder, texts, steps=10, guidance=2.0, seed=draws("grids").number))
live = sum(r.legal and r.scene == one for r, one in zip(live, spaces))
print(f"live, two solids, ten steps: {live} of 32 wholly right")
''', "nbval-ignore-output")
md("**Claim M5**, written down before: at least 0.97 wholly right, without a flaw; and at least 0.90 of those with combinations that were never trained.")
code('''
model, never = solid["model", "seen"], solid["model", "withheld combination"]
spans = [interval(r["whole"], 500) for r in (model, never)]
claim("M5", "solids have the shapes and colours that the text asks for",
      model["whole"] >= 485 and never["whole"] >= 450,
      f"{model['whole'] / 500:.3f} ({spans[0][0]:.3f} to {spans[0][1]:.3f}), never trained "
      f"{never['whole'] / 500:.3f} ({spans[1][0]:.3f} to {spans[1][1]:.3f}); the likest of 10,000 "
      f"training solids {solid['likest', 'seen']['whole'] / 500:.2f} and "
      f"{solid['likest', 'withheld combination']['whole'] / 500:.2f}; true ones "
      f"{solid['true', 'seen']['whole'] / 500:.3f}; beside another caption "
      f"{solid['other caption', 'seen']['whole'] / 500:.2f}", n=500, tier="recorded")
''')
code('reveal("17.withheld", round(never["whole"] / 500, 3), "of solids never trained")')
md("""
RESULTSOLID

## Deeper (can be skipped)

### Tones that cannot be written down

Make a tone of 7,000 hertz, and write it down 8,000 times a second. Play it from these numbers. What will you hear?
""")
code('predict("17.alias", 7000)  # in hertz')
md("Beside it a tone of 1,000 hertz, number by number. Do the two rows differ at all?")
code('''
low, high = (0.3 * np.sin(2 * np.pi * hertz * np.arange(4000) / 8000) for hertz in (1000, 7000))
print("1,000 hertz:", low[:6].round(2), "  7,000 hertz:", high[:6].round(2))
views.player(high, 8000, alt="What is left of 7,000 hertz: the tone of 1,000 hertz, upside down.")
reveal("17.alias", 1000 if np.allclose(high, -low) else 7000, "hertz")
''')
md("""
The same numbers, with the sign turned. Between two samples the fast tone has swung nearly once around, and nobody saw it. With 8,000 samples a second nothing above 4,000 hertz can be written down. What is above must be taken away before; otherwise it comes back as something that was never there.

### The melody, seen

For each mark: the middle pitch (median) of fifty drawn sounds as a line, and of the same fifty texts, cut and pasted, as dots.
""")
code('''
fig, ax = plt.subplots(figsize=(6.4, 3.2))
for mark, colour in zip(sounds.MARKS, ("blue", "vermillion", "black")):
    chosen = [i for i, one in enumerate(asked) if one.mark == mark][-50:]
    for some, dash in ((drawn, "-"), (pasted, ":")):
        hertz = np.stack([sounds.pitch(some[i])[1] for i in chosen])[:, 8:54]
        ax.plot(sounds.pitch(some[0])[0][8:54], np.nanmedian(hertz, 0), dash,
                color=views.PALETTE[colour], label=mark if dash == "-" else None)
ax.set(xlabel="seconds", ylabel="hertz")
ax.legend(title="drawn (dotted: pasted)")
show(fig, alt="PITCHALT")
''', "nbval-ignore-output")
md("""
PITCHPROSE

### A sound comes out of noise

At each step of drawing the network says what it expects. We look at its guesses for "see you!" as spectrograms. What will be there first: the words, or the silence around them?
""")
code('''
guesses = []
draw(speaker, ["see you!"], steps=12, guidance=2.0, seed=4,
     on_step=lambda step, sound: guesses.append(sound[0]))
fig, axes = plt.subplots(1, 5, figsize=(7.5, 2.2), sharey=True)
for ax, step in zip(axes, (1, 3, 6, 9, 12)):
    loud = np.log(spectrogram(guesses[step - 1], hop=64).T + 0.03)
    ax.imshow(loud, origin="lower", aspect="auto", extent=(0, 0.51, 0, 4000), vmin=-3.5, vmax=2)
    ax.set(title=f"guess {step}", xlabel="seconds")
    ax.grid(False)
axes[0].set_ylabel("hertz")
show(fig, alt="GUESSALT")
''', "nbval-ignore-output")
md("""
GUESSPROSE

### What is learned first?

While the three models were trained, each was asked now and then to draw the same hundred texts: two words, two things, two solids. The exact readers counted what was right. For the speaker: does it first find the right *words* (in any order), their *order*, or the *mark*?
""")
code('predict("17.first", "words")  # or "order", "mark"')
md("Three learning curves, from the cards of the three models. Each line is one part of the task.")
code('''
parts = {"scene-sound": (speaker, ("words", "order", "mark")),
         "scene-video": (film, ("colour", "shape", "events", "order")),
         "scene-voxels": (builder, ("colour", "shape", "place"))}
fig, axes = plt.subplots(3, 1, figsize=(6.4, 7.5), sharex=True)
for ax, (name, (model, names)) in zip(axes, parts.items()):
    curve = model.card["curve"]
    for what in (*names, "right"):
        width = 2.6 if what == "right" else 1.3
        ax.plot([p["step"] for p in curve], [p[what] for p in curve], label=what, linewidth=width)
    ax.set(title=name, ylabel="of 100", ylim=(-0.03, 1.03))
    views.label_lines(ax)
axes[-1].set_xlabel("training steps")
show(fig, alt="CURVEALT")
''')
code('''
curve = speaker.card["curve"]
half = {what: next((p["step"] for p in curve if p[what] >= 0.5), 9999)
        for what in ("words", "order", "mark")}
print("steps until one half is right:", half)
reveal("17.first", min(half, key=half.get), "comes first to one half")
''')
md("""
CURVEPROSE

### Sound as tokens

A language model predicts tokens, not waves. Can a sound be made of tokens, so that a language model could speak? A *[codec](glossary.md#codec)* turns sound into few numbers and back. Here is a tiny one. Take the blocks of many sounds (64 numbers each) and find 256 typical blocks; write each block as the number of the nearest, one byte. What is left over, the rest, is written in the same way with a second list of 256, and so on. This is called residual vector quantisation.
""")
code('''
def nearest(blocks, codes):
    """The number of the code nearest to each block: (n, 64), (256, 64) -> (n,)."""
    return ((codes**2).sum(1) - 2 * blocks @ codes.T).argmin(1)

def typical(blocks, rounds=6):
    """256 typical blocks, by k-means: each goes to the mean of those that are nearest to it."""
    chosen = torch.randperm(len(blocks), generator=torch.Generator().manual_seed(1))[:256]
    codes = blocks[chosen].clone()
    for _ in range(rounds):
        which = nearest(blocks, codes)
        count = torch.bincount(which, minlength=256)[:, None]
        sums = torch.zeros_like(codes).index_add_(0, which, blocks)
        codes = torch.where(count > 0, sums / count.clamp(min=1), codes)
    return codes
''')
md("A true sound has 4,096 samples of two bytes. With one list, 64 bytes are left of 8,192. What share of the words can the exact reader still hear?")
code('predict("17.codec", 0.3)')
code('''
form = FORMS["sound"]
left = form.batch(np.random.default_rng(1), 300)[0].flatten(0, 1)       # blocks to learn from
fresh = sounds.dataset(2, 60)
blocks = torch.from_numpy(form.to_patches(fresh.sounds)).flatten(0, 1)  # and others, to try
built, kept = torch.zeros_like(blocks), {}
for lists in range(1, 5):
    codes = typical(left)
    left = left - codes[nearest(left, codes)]
    built = built + codes[nearest(blocks - built, codes)]
    read = sounds.read_many(form.from_patches(built.view(60, 64, 64).numpy()))
    kept[lists] = words_right([r.words for r in read], fresh.utterances)
    flawless = np.mean([r.legal for r in read])
    print(f"{64 * lists:3} bytes: words {kept[lists]:.2f}, flawless {flawless:.2f}")
reveal("17.codec", round(kept[1], 2), "of the words, with one token a block")
''', "nbval-ignore-output")
md("""
One token for each 8 milliseconds is enough to understand most words, though hardly a sound is flawless. More lists repair the sound. So speech becomes a text of tokens from a vocabulary of 256, and the decoder of notebook 07 could write it. That is how many systems speak today: a learned codec makes the tokens, a language model writes them.

### A solid from photographs

Where would training data for solids come from? Mostly there are photographs. So turn the task around: find a grid of voxels whose *pictures* are right. To take a picture from one side, follow each line of sight. The first voxel covers what is behind it by its occupancy; what light is left goes on.
""")
code('''
def photo(grid, axis, behind):
    """A grid (16, 16, 16, 4) seen along one axis, from the front or from behind: (16, 16, 3)."""
    grid = grid.movedim(axis, 0)
    grid = grid.flip(0) if behind else grid
    full, colour = grid[..., :1], grid[..., 1:]
    light = torch.cat([torch.ones_like(full[:1]), 1 - full]).cumprod(0)     # left at each depth
    return (light[:-1] * full * colour).sum(0) + 0.9 * light[-1]            # before a grey wall

SIDES = [(axis, behind) for axis in range(3) for behind in (False, True)]
text = "a large red ring at the top back left and a small blue pyramid at the bottom front right"
thing = torch.from_numpy(voxels.render(voxels.parse(text), np.random.default_rng(0)))
photos = [photo(thing, *side) for side in SIDES]
''')
md('Every step of it has a gradient. So we begin with nearly empty air and let gradients find voxels whose photographs agree. With a single photograph: what will the pictures of the *other* sides be like?')
code('predict("17.side", "right")  # or "wrong"')
code('''
def found_from(sides, steps=200):
    air = torch.zeros(16, 16, 16, 4)
    air[..., 0] = -3
    air.requires_grad_()
    optimiser = torch.optim.Adam([air], lr=0.1)
    for _ in range(steps):
        loss = sum((photo(air.sigmoid(), *SIDES[i]) - photos[i]).square().mean() for i in sides)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return air.sigmoid().detach()

off = {}
for sides in ([0], [0, 2, 4], [0, 1, 2, 3, 4, 5]):
    grid = found_from(sides)
    error = [float((photo(grid, *side) - p).abs().mean()) for side, p in zip(SIDES, photos)]
    unseen = [e for i, e in enumerate(error) if i not in sides]
    off[len(sides)] = max(unseen, default=0)
    print(f"{len(sides)} photographs: off by {max(error[i] for i in sides):.3f} where seen,",
          f"by {off[len(sides)]:.3f} elsewhere;",
          f"{int((grid[..., 0] > 0.5).sum())} of {int((thing[..., 0] > 0.5).sum())} voxels full")
reveal("17.side", "wrong" if off[1] > 0.05 else "right")
''', "nbval-ignore-output")
md("""
One photograph is matched perfectly, and no voxel is full: the colours hang like fog along the lines of sight, and the other sides are wrong. Nothing in the loss ever saw them. With three photographs the rest is nearly right. But even six leave the *inside* open: it was never seen. Neural radiance fields (2020) are this loop with a small network in place of the grid and thousands of lines of sight; Gaussian splatting (2023) has soft blobs in place of voxels. And a text-to-image model can stand in for the photographs: that was DreamFusion.

## Exercises

**17.tone** (difficulty 1, about 4 minutes). Write `tone(hertz, seconds, rate)`: the samples of a pure tone, `np.sin`, beginning at 0, with `round(seconds * rate)` samples. Stuck? `hint("17.tone")`.
""")
code('''
def tone(hertz, seconds, rate):
    ...  # your code


check("17.tone", tone)
''')
md("**17.collapse** (difficulty 2, about 6 minutes). From memory: write `spelled(steps)`. `steps` are the choices of a recogniser, 0 for no word. Return the list of words that they spell.")
code('''
def spelled(steps):
    ...  # your code


check("17.collapse", spelled)
''')
md("**17.errors** (difficulty 3, about 12 minutes). Write `errors(found, said)`: the least number of words to put in, leave out or change, so that the list `found` becomes the list `said`.")
code('''
def errors(found, said):
    ...  # your code


check("17.errors", errors)
''')
md("""
**17.bug** (bug hunt, difficulty 3, about 10 minutes). A colleague cuts clips in one line, and glues them back in one line. The round trip is perfect, and the network learns nothing. Write `mend(clip)`: a clip (8, 32, 32, 3) as 64 patches (64, 384), each 2 frames by 8 rows by 8 columns. Patches run from left to right, then down, then on in time.
""")
code('''
def their_cut(clip):
    return clip.reshape(64, 384)


def mend(clip):
    ...  # your code


check("17.bug", mend)
''')
md("""
**Open question.** How few looks of the network does good speech need? Find the cheapest drawing (steps times looks a step: guidance counts double) with which, of 200 fresh utterances, at least 0.97 of the words are heard rightly by the recogniser and 0.97 of the marks by the reader. Then say what breaks first when you go below: the words, or the melody?

## Quiz

Five questions; choose, and read what is said.
""")
code('quiz("17")')
md("To keep your score, write your five letters between the quotes.")
code('answer("17", "")')
md("""
## Outside the world

| what | figure | source |
| --- | --- | --- |
| speech made sample by sample: WaveNet, rated by listeners from 1 to 5; the best system before, of recorded pieces | 4.21; 3.86 | van den Oord and others, 2016 |
| tokens of sound: SoundStream at 3 kilobits a second was preferred to the codec Opus at 12 | | Zeghidour and others, 2021 |
| a codec of residual lists: EnCodec, 24,000 samples a second | 1.5 to 24 kilobits a second | Défossez and others, 2022 |
| a language model writes such tokens, and copies a voice from a few seconds: VALL-E | 60,000 hours; a sample of 3 seconds | Wang and others, 2023 |
| speech to text from what people wrote under recordings: Whisper, up to 1.55 billion parameters; word error rate on read English (LibriSpeech, clean) without any training on it | 680,000 hours; 2.5 % | Radford and others, 2022 |
| whole phrases that nobody said, in Whisper's transcripts of interviews with people with and without aphasia; of these with harmful content | about 1 %; 38 % | Koenecke and others, 2024 |
| video as space-time patches of a latent, by a diffusion transformer: Sora, up to a minute; model and implementation details | not published | Brooks and others, 2024 |
| video by flow matching, with sound from a second model: Movie Gen, 30 billion parameters for the video | 16 seconds at 16 frames a second, 73,000 tokens | Polyak and others, 2024 |
| open weights: HunyuanVideo, over 13 billion parameters; Wan, 14 billion | | Kong and others, 2024; Wan team, 2025 |
| a change told in the prompt (before, after) that video models complete, most of them | under 20 % | Feng and others, 2024 |
| a scene from photographs: neural radiance fields; with blobs, at 1080p | at least 30 pictures a second | Mildenhall and others, 2020; Kerbl and others, 2023 |
| solids from text without any solid in training, from a text-to-image model: DreamFusion | | Poole and others, 2022 |
| solids by rectified flow over occupied voxels: TRELLIS, up to 2 billion parameters | 500,000 objects | Xiang and others, 2024 |
| one model hears, sees, reads and speaks: Qwen3-Omni, 30 billion parameters of which 3 are used a token | speech in 10 languages | Qwen team, 2025 |
| size and training data of Veo 3, of Sora 2 and of GPT-4o's voice | not published | |

Two of these rows are this notebook in large. Whisper, too, must write something, and sometimes invents it. And the order of changes is what video models find hard.

With a network, the next cell lets the smallest Whisper (39 million parameters) listen to our speaker. It expects 16,000 samples a second, so we put a value between each two. It learned from people, and our synthesiser is no person. How many of three utterances would you expect it to understand?
""")
code('''
from fmcourse.generation.hub import speech_to_text
from fmcourse.models.files import ModelProblem

try:
    whisper = speech_to_text("openai/whisper-tiny.en")
    for text, sound in list(zip(["go now?", "go now.", "me!"], spoken)):
        finer = np.interp(np.arange(8192) / 2, np.arange(4096), sound).astype(np.float32)
        print(f"asked for {text!r}, Whisper writes {whisper(finer)['text'].strip()!r}")
except ModelProblem as problem:
    print(problem)
''', "nbval-ignore-output")
md("""
SHOWED

## Where this simplifies

- Twelve words, one speaker, half a second. Real speech has names, accents, noise, and no two people speak alike.
- Each utterance takes the same time, however many words it has. Nothing is stressed, and a word sounds the same whatever stands beside it.
- The exact readers were made by those who made the sounds, clips and solids. Real ones are judged by people, or by other models with mistakes of their own.
- Our clips are drawn in pixels, eight frames at once. Large models draw the latents of an autoencoder, and longer clips piece by piece.
- Things in a clip never meet. No physics is needed, and none was tested.
- Most texts of section 4 were spoken in training, by other voices. What was withheld stands beside them.
- One shipped model of each form was measured, from one training.

## Sources

- G. Peterson and H. Barney, "Control Methods Used in a Study of the Vowels", 1952.
- A. Graves and others, "Connectionist Temporal Classification: Labelling Unsegmented Sequence Data with Recurrent Neural Networks", 2006.
- A. van den Oord and others, "WaveNet: A Generative Model for Raw Audio", 2016.
- B. Mildenhall and others, "NeRF: Representing Scenes as Neural Radiance Fields for View Synthesis", 2020.
- N. Zeghidour and others, "SoundStream: An End-to-End Neural Audio Codec", 2021.
- A. Défossez and others, "High Fidelity Neural Audio Compression", 2022.
- B. Poole and others, "DreamFusion: Text-to-3D using 2D Diffusion", 2022.
- A. Radford and others, "Robust Speech Recognition via Large-Scale Weak Supervision", 2022.
- B. Kerbl and others, "3D Gaussian Splatting for Real-Time Radiance Field Rendering", 2023.
- C. Wang and others, "Neural Codec Language Models are Zero-Shot Text to Speech Synthesizers", 2023.
- T. Brooks and others, "Video Generation Models as World Simulators", technical report, 2024.
- W. Feng and others, "TC-Bench: Benchmarking Temporal Compositionality in Text-to-Video and Image-to-Video Generation", 2024.
- A. Koenecke and others, "Careless Whisper: Speech-to-Text Hallucination Harms", 2024.
- W. Kong and others, "HunyuanVideo: A Systematic Framework For Large Video Generative Models", 2024.
- A. Polyak and others, "Movie Gen: A Cast of Media Foundation Models", 2024.
- J. Xiang and others, "Structured 3D Latents for Scalable and Versatile 3D Generation", 2024.
- Wan team, "Wan: Open and Advanced Large-Scale Video Generative Models", 2025.
- Qwen team, "Qwen3-Omni Technical Report", 2025.
""")
