md("""
# Solutions to 16 Images and language

One way to solve each exercise, checked. Others are as good.
""")
start()
md("**16.contrast.** Along a row the largest number names the text that fits a picture best, down a column the picture that fits a text best. A pair counts when both name it.")
code('''
import torch

def own_share(table):
    own = torch.arange(len(table))
    return ((table.argmax(1) == own) & (table.argmax(0) == own)).float().mean()


check("16.contrast", own_share)
''')
md("**16.zero.** Dividing by the lengths of the texts leaves only their directions. The length of the picture is the same for all texts, so it changes no choice.")
code('''
def zero_shot(picture, texts, names):
    cosine = (texts @ picture) / texts.norm(dim=1)          # times the picture's length
    return names[int(cosine.argmax())]


check("16.zero", zero_shot)
''')
md("**16.guess.** Each question gets its most frequent answer, and is right as often as that comes. Adding up before dividing lets a question count as often as it is asked.")
code('''
from collections import Counter, defaultdict

def best_blind(asked):
    answers = defaultdict(Counter)
    for question, answer in asked:
        answers[question][answer] += 1
    return sum(max(counts.values()) for counts in answers.values()) / len(asked)


check("16.guess", best_blind)
''')
md("**16.bug.** Sorted words are the bag: they forget the order and keep how often each comes. What a model reads from captions that are alone in their bag, a bag of words reads as well.")
code('''
def alone(captions):
    bags = [tuple(sorted(caption.split())) for caption in captions]
    times = Counter(bags)
    return sum(times[bag] == 1 for bag in bags) / len(bags)


check("16.bug", alone)
''')
md("How many are alone in the galleries of this notebook? In these three all of them, which is why the bag of words found its caption so often.")
code('''
from fmcourse.vision.choosing import gallery

for seed in range(3):
    print(f"gallery {seed}: {alone(gallery(100, seed=seed)[1]):.2f} are alone in their bag")
''')
