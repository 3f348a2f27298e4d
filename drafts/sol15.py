md("""
# Solutions to 15 Text to image

One way to solve each exercise, checked. Others are as good.
""")
start()
md("**15.best.** Bayes, in logarithms: what was likely before plus how well each picture explains x. `softmax` makes shares of it that sum to 1.")
code('''
def best_guess(x, t, known, likely):
    apart = ((x[:, None] - (1 - t) * known) ** 2).sum(-1)
    return (likely.log() - apart / (2 * t**2)).softmax(-1) @ known


check("15.best", best_guess)
''')
md("**15.guided.** Begin without the caption, and go w times as far as the caption would lead.")
code('''
def guided(with_caption, without, w):
    return without + w * (with_caption - without)


check("15.guided", guided)
''')
md("**15.variation.** Every value counts, also one that was never drawn. Half, because what is too much at one value is missing at another.")
code('''
def total_variation(counts, shares):
    n = sum(counts.values())
    return sum(abs(counts.get(value, 0) / n - p) for value, p in shares.items()) / 2


check("15.variation", total_variation)
''')
md("**15.bug.** Time runs down, so `later - now` is negative, and the direction points away from the guess. Their step went the other way, out into the noise.")
code('''
def mend(x, guess, now, later):
    return x + (later - now) * (x - guess) / now


check("15.bug", mend)
''')
