"""Sounds: text and utterance are inverse, probabilities exact, what is withheld stays out, the voice behaves."""

import subprocess
import sys
from collections import Counter
from math import exp, inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from fmcourse.paths import data_dir
from fmcourse.scenes.sounds import (
    LENGTH,
    LONGEST,
    MARKS,
    RATE,
    SPLITS,
    SPOKEN,
    WITHHELD_MARK,
    WITHHELD_ORDER,
    WORDS,
    CaptionError,
    Utterance,
    Voice,
    all_utterances,
    audit,
    caption,
    compare,
    dataset,
    from_patches,
    log_prob,
    parse,
    pitch,
    render,
    sample,
    split_of,
    to_patches,
    voice,
)
from fmcourse.scenes.sounds.lexicon import PHONES, SHARES, WORD_PHONES, melody, slots
from fmcourse.scenes.sounds.spectrum import PATCHES, SCALE, WIDTH
from fmcourse.scenes.sounds.synthesis import LEVEL

utterances = st.builds(Utterance, st.lists(st.sampled_from(SPOKEN), min_size=1, max_size=3), st.sampled_from(MARKS))


# What is written


def test_every_utterance_survives_the_round_trip():
    every = [utterance for n in (1, 2, 3) for utterance in all_utterances(n)]
    told = [caption(utterance) for utterance in every]
    assert len(set(told)) == 36 + 432 + 5184
    assert [parse(text) for text in told] == every
    assert caption(Utterance(("go", "now"), "?")) == "go now?"


def test_the_vocabulary_is_closed_and_sorted():
    assert list(WORDS) == sorted({*SPOKEN, *MARKS}) and len(SPOKEN) == 12 == len(WORD_PHONES)
    assert LONGEST == max(len(utterance.words) + 1 for utterance in all_utterances(3))


@given(utterances)
def test_capitals_and_spaces_are_forgiven(utterance):
    assert parse("  " + caption(utterance).upper().replace(" ", "   ")) == utterance


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the text is empty"),
        ("go now", "ends with 'now'; it must end with a mark"),
        ("me wsih?", "word 2 is 'wsih', which is not spoken here; did you mean 'wish'?"),
        ("go. now?", "word 2 is the mark '.'; there is one mark, at the end"),
        ("go now,", "must end with a mark"),
        ("?", "1 to 3 words before its mark, this one 0"),
        ("go now you me!", "this one 4"),
    ],
)
def test_errors_name_the_word_the_place_and_the_remedy(text, said):
    with pytest.raises(CaptionError) as error:
        parse(text)
    assert said in str(error.value)


@given(st.text(max_size=30) | st.lists(st.sampled_from([*WORDS, "wsih", ","])).map(" ".join))
def test_any_text_gives_an_utterance_or_a_caption_error(text):
    try:
        assert parse(caption(parse(text))) == parse(text)
    except CaptionError:
        pass


def test_an_utterance_outside_the_grammar_is_refused():
    for words, mark, said in (
        (("goo",), "?", "did you mean 'go'"),
        (("go",), ";", "choose one of"),
        ((), ".", "1 to 3"),
        (("go",) * 4, ".", "1 to 3"),
        ("go", ".", "a tuple"),
    ):
        with pytest.raises(ValueError, match=said):
            Utterance(words, mark)


def test_comparing_finds_right_words_in_the_wrong_order():
    asked = parse("show me!")
    assert compare(asked, asked) | {"misordered": True} == dict.fromkeys(compare(None, asked), True)
    assert not any(compare(None, asked).values())
    wrong = [name for name, true in compare(parse("me show!"), asked).items() if not true]
    assert wrong == ["whole", "order"]
    wrong = [name for name, true in compare(parse("show me?"), asked).items() if not true]
    assert wrong == ["whole", "mark", "misordered"]


# What is drawn


@pytest.mark.parametrize("split", SPLITS)
def test_probabilities_sum_to_one(split):
    every = [utterance for n in SPLITS[split] for utterance in all_utterances(n)]
    assert sum(exp(log_prob(utterance, split=split)) for utterance in every) == pytest.approx(1, abs=1e-9)
    for n in SPLITS[split]:
        assert sum(exp(log_prob(utterance, n, split)) for utterance in every) == pytest.approx(1, abs=1e-9)


def test_frequencies_follow_the_probabilities():
    rng = np.random.default_rng(3)
    counts = Counter(sample(rng, (1, 2))[0] for _ in range(20_000))
    seen = [*all_utterances(1, "seen"), *all_utterances(2, "seen")]
    expected = [20_000 * exp(log_prob(utterance, (1, 2))) for utterance in seen]
    assert set(counts) <= set(seen)
    assert chisquare([counts[utterance] for utterance in seen], expected).pvalue > 1e-3


def test_the_log_probability_that_comes_with_a_draw_is_that_of_the_utterance():
    rng = np.random.default_rng(4)
    for split, possible in SPLITS.items():
        for words in (None, possible[0], possible):
            for _ in range(30):
                utterance, logp = sample(rng, words, split)
                assert logp == log_prob(utterance, words, split) < 0
    assert log_prob(parse("go now?"), 2) == pytest.approx(-log(12 * 11 * 3))


def test_what_cannot_be_drawn_has_probability_zero():
    assert log_prob(parse("all now.")) == log_prob(parse("go?")) == log_prob(parse("go now."), 1) == -inf
    assert log_prob(parse("now all."), split="withheld order") == log_prob(parse("go!"), split="withheld mark") == -inf


def test_withheld_things_never_occur_unless_asked_for():
    rng = np.random.default_rng(11)
    assert set(audit(sample(rng)[0] for _ in range(20_000)).values()) == {0}
    order = [sample(rng, split="withheld order")[0] for _ in range(2000)]
    assert min(audit(order)[pair] for pair in WITHHELD_ORDER) > 0 and {split_of(u) for u in order} == {"withheld order"}
    mark = [sample(rng, split="withheld mark")[0] for _ in range(500)]
    assert min(audit(mark)[pair] for pair in WITHHELD_MARK) > 0 and sum(audit(mark).values()) == 500
    assert min(audit(sample(rng, split="all")[0] for _ in range(20_000)).values()) > 0  # the audit can fail


def test_each_word_and_mark_is_withheld_equally_often_and_each_pair_is_seen_the_other_way_round():
    first, second = zip(*WITHHELD_ORDER, strict=True)
    assert sorted(first) == sorted(second) == sorted(SPOKEN)
    assert not set(WITHHELD_ORDER) & {(b, a) for a, b in WITHHELD_ORDER}
    assert sorted(word for word, _ in WITHHELD_MARK) == sorted(SPOKEN)
    assert set(Counter(mark for _, mark in WITHHELD_MARK).values()) == {4}
    seen = {pair for u in all_utterances(2, "seen") for pair in [u.words]}
    assert all((b, a) in seen for a, b in WITHHELD_ORDER)
    finals = {(u.words[-1], u.mark) for u in all_utterances(2, "seen")}
    assert set(WITHHELD_MARK) <= finals  # each withheld mark is heard on its word, at the end of longer utterances


def test_a_data_set_repeats_with_its_seed_and_its_parts_agree():
    a, b, c = (dataset(seed, 30, noise=0.01) for seed in (7, 7, 8))
    assert np.array_equal(a.sounds, b.sounds) and a.captions == b.captions and not np.array_equal(a.sounds, c.sounds)
    assert a.sounds.shape == (30, LENGTH) and a.sounds.dtype == np.float32
    for text, utterance, nats in zip(a.captions, a.utterances, a.nats, strict=True):
        assert parse(text) == utterance and nats == -log_prob(utterance) > 0


def test_unknown_options_are_refused_with_a_remedy():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="did you mean 'withheld order'"):
        sample(rng, split="witheld order")
    with pytest.raises(ValueError, match="number from 1 to 3"):
        sample(rng, 4)
    with pytest.raises(ValueError, match="'withheld mark' has no utterance of 2 words; words may be 1"):
        sample(rng, 2, "withheld mark")
    with pytest.raises(ValueError, match="'withheld order' has no utterance of 1 word; words may be 2 or 3"):
        log_prob(parse("go."), 1, "withheld order")


# What is heard


def test_the_lexicon_is_whole():
    assert all(sum(share for _, share in phones) == pytest.approx(1) for phones in WORD_PHONES.values())
    assert {name for phones in WORD_PHONES.values() for name, _ in phones} == set(PHONES)
    assert len(set(WORD_PHONES.values())) == 12
    for n, shares in SHARES.items():
        assert sum(shares) == pytest.approx(1) and shares[-1] == max(shares) and len(slots(n)) == n
        ends = [edge for slot in slots(n) for edge in slot]
        assert ends == sorted(ends) and ends[0] == 0 and ends[-1] == 1


@pytest.mark.parametrize("words", [1, 2, 3])
def test_sounds_stay_in_range_are_silent_around_the_words_and_every_word_is_equally_loud(words):
    rng = np.random.default_rng(words)
    for _ in range(150):
        who, utterance = voice(rng), sample(rng, words, "all")[0]
        sound = render(utterance, rng, who=who)
        assert sound.shape == (LENGTH,) and sound.dtype == np.float32 and abs(sound).max() < 0.95
        assert abs(sound[: int(who.start)]).max() == 0 and abs(sound[-16:]).max() < 0.01
        for a, b in slots(words):
            a, b = (round(who.start + edge * who.length) for edge in (a, b))
            assert np.sqrt((sound[a:b] ** 2).mean()) == pytest.approx(LEVEL, rel=0.1)
            assert abs(sound[a : a + 4]).max() < 0.02  # no click where a word begins


def test_without_noise_the_voice_fixes_the_sound_but_for_the_breath():
    a, b = (render(parse("all now me."), np.random.default_rng(seed), who=Voice()) for seed in (0, 1))
    assert np.array_equal(a, b)  # nothing in it is breathed
    a, b = (render(parse("see."), np.random.default_rng(seed), who=Voice()) for seed in (0, 1))
    assert abs(a - b).max() > 0.1
    assert (render(parse("go."), np.random.default_rng(0), 0.03, Voice())[:90]).std() == pytest.approx(0.03, rel=0.2)


@pytest.mark.parametrize("mark", MARKS)
def test_pitch_follows_the_melody(mark):
    rng = np.random.default_rng(5)
    off, heard = [], []
    for _ in range(60):
        who, utterance = voice(rng), Utterance(sample(rng, split="all")[0].words, mark)
        times, hertz, voiced = pitch(render(utterance, rng, 0.01, who))
        assert times.shape == hertz.shape == voiced.shape and np.isnan(hertz[~voiced]).all()
        true = who.pitch * melody(mark, (times * RATE - who.start) / who.length)
        off += list(abs(hertz / true - 1)[voiced])
        heard.append(voiced.mean())
    print(f"'{mark}': median error {np.median(off):.4f}, more than 10 % off {np.mean(np.array(off) > 0.1):.4f}")
    assert np.median(off) < 0.015 and np.mean(np.array(off) > 0.1) < 0.03 and 0.5 < np.mean(heard) < 0.9


def test_silence_and_noise_have_no_pitch():
    assert not pitch(np.zeros(LENGTH))[2].any()
    assert pitch(0.2 * np.random.default_rng(0).standard_normal(LENGTH))[2].mean() < 0.05
    with pytest.raises(ValueError, match=r"one sound \(4096,\)"):
        pitch(np.zeros((2, LENGTH)))


# What is drawn by a generator


def test_patches_are_exactly_invertible():
    rng = np.random.default_rng(0)
    for sounds in (dataset(1, 20).sounds, rng.uniform(-1, 1, (7, LENGTH)), np.eye(LENGTH)[[0, 31, 32, 63, 64, 4095]]):
        patches = to_patches(sounds)
        assert patches.shape == (len(sounds), PATCHES, WIDTH) and patches.dtype == np.float32
        assert abs(from_patches(patches) - sounds).max() < 1e-5
    patches = rng.standard_normal((5, PATCHES, WIDTH))
    assert abs(to_patches(from_patches(patches)) - patches).max() < 1e-4


def test_patches_keep_energy_and_are_the_textbook_transform():
    sound = np.random.default_rng(2).standard_normal(LENGTH)
    raw = to_patches(sound[None])[0] * SCALE
    assert (raw**2).sum() == pytest.approx((sound**2).sum(), rel=1e-5)
    n, k, block = np.arange(128), np.arange(64), 17  # the usual formula, on the block as heard backwards
    window = np.sin(np.pi * (n + 0.5) / 128)
    cosines = np.cos(np.pi / 64 * (n[:, None] + 0.5 + 32) * (k + 0.5)) * np.sqrt(2 / 64)
    heard = sound[block * 64 - 32 : block * 64 + 96]
    assert abs((window * heard[::-1]) @ cosines + raw[block]).max() < 1e-5


def test_the_scale_makes_every_coefficient_spread_about_one():
    spread = to_patches(dataset(77, 400).sounds).std((0, 1))
    assert SCALE.shape == (WIDTH,) and 0.8 < spread.min() and spread.max() < 1.25


def test_wrong_shapes_are_refused_with_a_remedy():
    with pytest.raises(ValueError, match=r"sounds must be \(n, 4096\), not \(4096,\)"):
        to_patches(np.zeros(LENGTH))
    with pytest.raises(ValueError, match=r"patches must be \(n, 64, 64\)"):
        from_patches(np.zeros((64, 64)))


def test_sounds_need_neither_torch_nor_matplotlib_nor_scipy():
    code = (
        "import sys, fmcourse.scenes.sounds; "
        "print([m for m in ('torch', 'matplotlib', 'sklearn', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=data_dir().parent
    )
    assert done.stdout.strip() == "[]"
