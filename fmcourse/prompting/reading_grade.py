"""The Flesch-Kincaid grade: how many years of school a text asks for, from the lengths of sentences and words.

    grade = 0.39 * words per sentence + 11.8 * syllables per word - 15.59

Source: Kincaid, Fishburne, Rogers and Chissom 1975, "Derivation of new readability formulas for Navy enlisted
personnel".

But: it counts, and understands nothing: nonsense in short words gets a low grade. Syllables are counted by a rule of
thumb for English (groups of vowels, no silent e at the end), which errs on a few words, alike for all texts.
"""

import re


def syllables(word: str) -> int:
    """How many syllables an English word has, by a rule of thumb; at least one.

    >>> [syllables(w) for w in ("cat", "whale", "animal", "derives", "predominantly")]
    [1, 1, 3, 2, 5]
    """
    word = word.lower()
    groups = len(re.findall(r"[aeiouy]+", word))
    if re.search(r"[^aeiouyl]e$|[aeiouy]le$", word) and groups > 1:  # a silent e: "lake", "whale", but not "apple"
        groups -= 1
    if re.search(r"[^aeiouysxz]es$", word) and groups > 1 and not re.search(r"(ch|sh|c|g|l)es$", word):
        groups -= 1
    return max(1, groups)


def reading_grade(text: str) -> float:
    """The Flesch-Kincaid grade of an English text. Raises `ValueError` when it holds no word.

    >>> round(reading_grade("This is the cat. Its home is the house."), 1)
    -2.0
    """
    words = re.findall(r"[A-Za-z']+", text)
    if not words:
        raise ValueError("the text has no words, so it has no reading grade.")
    sentences = max(1, len(re.findall(r"[.!?]+(?=\s|$)", text)))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
