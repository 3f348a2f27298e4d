md("""
# Solutions to 17 Sound, video, 3D

One way to solve each exercise, checked. Others are as good.
""")
start()
md("**17.tone.** Sample i is taken at the time i / rate. In one second the wave goes around `hertz` times, and once around is 2 pi.")
code('''
import numpy as np


def tone(hertz, seconds, rate):
    moments = np.arange(round(seconds * rate)) / rate
    return np.sin(2 * np.pi * hertz * moments)


check("17.tone", tone)
''')
md("**17.collapse.** Compare each step with the one just before it, zeros included. So a 0 between two equal words keeps both.")
code('''
def spelled(steps):
    words, before = [], 0
    for now in steps:
        if now != 0 and now != before:
            words.append(now)
        before = now
    return words


check("17.collapse", spelled)
''')
md("**17.errors.** Row i of a table holds the errors between the first i words found and the first j words said. Each entry is the least of three: drop the word found, miss the word said, or let both stand for each other.")
code('''
def errors(found, said):
    before = list(range(len(said) + 1))             # nothing found: all words said are missing
    for i, word in enumerate(found, 1):
        now = [i]                                   # nothing said: all words found are too many
        for j, true in enumerate(said, 1):
            both = before[j - 1] + (word != true)
            now.append(min(before[j] + 1, now[j - 1] + 1, both))
        before = now
    return before[-1]


check("17.errors", errors)
''')
md("**17.bug.** `reshape` never moves a number, so their patch is four whole rows of one frame. Give each axis two: how many patches, and how many numbers in one. Then bring the axes that count patches to the front. The round trip cannot show the mistake: glue that undoes a wrong cut is as exact as glue that undoes a right one.")
code('''
def mend(clip):
    parts = clip.reshape(4, 2, 4, 8, 4, 8, 3)       # time, rows, columns: patches and inside each
    return parts.transpose(0, 2, 4, 1, 3, 5, 6).reshape(64, 384)


check("17.bug", mend)
''')
