"""Questions about people and countries of the small world; who is asked about changes with the term."""

from fmcourse.teaching.varied import Drawn, own, varied
from fmcourse.world import World


def _values(relation):
    return World.default().relations[relation].values


@own("00.people")
def _(rng):
    towns, friends = _values("city"), _values("friend")
    people = rng.sample(sorted(set(towns) & set(friends)), 6)
    return Drawn(
        {"people": people},
        [towns[friends[p]] for p in people],
        "In the facts of the small world, `World.default().relations[...].values` (from `fmcourse.world`), look up "
        '"friend" and "city". For each of these people: in which town does the *friend* live? Give the list of towns.',
    )


@varied("00.bold")
def _(rng):
    towns = rng.sample(sorted(set(_values("city").values())), rng.randint(4, 8))
    return {"chances": dict(zip(towns, _shares(rng, len(towns)), strict=True))}


@own("02.majority")
def _(rng):
    jobs = _values("job")
    people = rng.sample(sorted(jobs), 40)
    counted = [jobs[p] for p in people]
    most = max(sorted(set(counted)), key=counted.count)
    return Drawn(
        {"people": people},
        [most, counted.count(most) / len(people)],
        'A narrow rival that reads nothing names the most frequent job ("job" in `World.default().relations`; of '
        "equally frequent ones the first by alphabet) for each of these people. Give `[that job, the share it gets "
        "right]`.",
    )


@own("08.continents")
def _(rng):
    continents = _values("continent")
    countries = rng.sample(sorted(continents), 30)
    held_back = sorted(set(continents) - set(countries))
    told = [continents[c] for c in countries]
    guess = max(sorted(set(told)), key=told.count)
    return Drawn(
        {"countries": countries},
        [guess, sum(continents[c] == guess for c in held_back) / len(held_back)],
        "A probe is trained on these countries and tested on all other countries of the world's relation "
        '"continent". Its rival names the most frequent continent of the training countries (of equally frequent '
        "ones the first by alphabet). Give `[that continent, the share of test countries it gets right]`.",
    )


@varied("11.vote")
def _(rng):
    towns = rng.sample(sorted(set(_values("city").values())), 9)
    return {"answers": rng.choices(towns, k=40), "valid": set(rng.sample(towns, 5))}


@varied("11.fill")
def _(rng):
    person, other = rng.sample(sorted(_values("pet")), 2)
    return {
        "template": "{who} and {other} met in {town}. {who} has a {pet}; {other} said {line}.",
        "values": {"who": person, "other": other, "town": _values("city")[person], "pet": _values("pet")[person],
                   "line": "{town}"},
    }  # fmt: skip


@varied("16.guess")
def _(rng):
    animals = rng.sample(sorted(_values("food")), 8)
    foods = sorted(set(_values("food").values()))
    pairs = [(a, _values("food")[a] if rng.random() < 0.5 else rng.choice(foods)) for a in rng.choices(animals, k=50)]
    return {"asked": pairs}


@varied("19.rule")
def _(rng):
    person, other = rng.sample(sorted(_values("job")), 2)
    clauses = [
        f"{person} works as a {_values('job')[person]} for {other}.",
        f"Either side may end this with {rng.randint(7, 97)} months notice.",
        f"The place of work is {_values('city')[person]}, in building {rng.randint(100, 999)}.",
    ]
    rng.shuffle(clauses)
    return {"text": " ".join(clauses)}


@own("20.gap")
def _(rng):
    pets, jobs = _values("pet"), _values("job")
    people = rng.sample(sorted(set(pets) & set(jobs)), 60)
    right = [rng.random() < 0.7 for _ in people]
    group = jobs[people[0]]
    inside = [r for p, r in zip(people, right, strict=True) if jobs[p] == group]
    outside = [r for p, r in zip(people, right, strict=True) if jobs[p] != group]
    return Drawn(
        {"people": people, "right": right, "job": group},
        [len(inside), sum(inside) / len(inside) - sum(outside) / len(outside)],
        "A model was asked about these people; `right` says where it was right. Is it worse for those whose job is "
        '`job` ("job" in `World.default().relations`)? Give `[how many they are, their share of right answers minus '
        "that of all others]`.",
    )


def _shares(rng, n):
    """n shares in hundredths, none 0, that sum to 1."""
    cuts = sorted(rng.sample(range(1, 100), n - 1))
    return [(b - a) / 100 for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
