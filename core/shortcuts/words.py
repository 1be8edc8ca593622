"""A shortcut test as sentences and as tables to show."""

import pandas as pd

from core.labels import in_words
from core.shortcuts.prediction import ALL, ShortcutTest


def verdict(test: ShortcutTest) -> str:
    """Return what the test found, in two or three sentences with the figures in them."""
    whole = test.table.loc[ALL]
    chance = f"shuffled labels give {whole['null_low']:.3f} to {whole['null_high']:.3f}"
    subject = (
        "Grey and of one size, the pictures' brightness, contrast and sharpness"
        if test.neutralised
        else "Size, colour, brightness and the like"
    )
    if not test.table["found"].any():
        return f"{subject} tell nothing of the label: macro-F1 {whole['macro_f1']:.3f}, and {chance}."
    judged = "" if test.notes else " on persons not seen before"  # a note says why the folds are random
    start = f"{subject} alone give macro-F1 {whole['macro_f1']:.3f}{judged}; {chance}."
    hit = test.f1.columns[test.found.loc[ALL].to_numpy(dtype=bool)]
    if len(hit):
        best = test.f1.loc[ALL, hit].idxmax()
        start += (
            f" Best hit is {in_words(best)}: F1 {test.f1.loc[ALL, best]:.2f}, where chance gives at most "
            f"{test.null_high.loc[ALL, best]:.2f}."
        )
    cue = test.strongest
    if cue is None:
        return start
    sentence = cue.sentence[0].upper() + cue.sentence[1:]
    also = ""
    if cue.also:
        listed = _listed(test, cue.also)
        also = f" {listed} would cut the images almost alike: one cannot tell which of them a model uses."
    return f"{start} The strongest cue: {sentence}.{also}"


def _listed(test: ShortcutTest, names: tuple[str, ...]) -> str:
    titles = [test.table.loc[name, "title"].lower() for name in names if name in test.table.index]
    listed = f"{', '.join(titles[:-1])} or {titles[-1]}" if len(titles) > 1 else titles[0]
    return listed[0].upper() + listed[1:]


def by_cue(test: ShortcutTest) -> pd.DataFrame:
    """Return `macro_f1`, `null_low` and `null_high`, a row a cue named by its title, all together first."""
    cues = test.table.drop(index=ALL).sort_values("macro_f1", ascending=False)
    table = pd.concat([test.table.loc[[ALL]], cues])
    return table.set_index("title")[["macro_f1", "null_low", "null_high"]]


def by_class(test: ShortcutTest, neutral: ShortcutTest | None = None) -> pd.DataFrame:
    """Return what all cues together say of each class, a row a class, to be drawn.

    Returns:
        `f1`, `null_low` and `null_high` (what shuffled labels give); `majority`, NaN where always saying the commonest
        class scores 0; and, if given, `neutral_f1`, `neutral_low` and `neutral_high` of the neutralised test.
    """
    table = pd.DataFrame(
        {
            "f1": test.f1.loc[ALL],
            "null_low": test.null_low.loc[ALL],
            "null_high": test.null_high.loc[ALL],
            "majority": test.majority.f1.where(test.majority.f1 > 0),
        }
    )
    if neutral is None:
        return table
    return table.assign(
        neutral_f1=neutral.f1.loc[ALL], neutral_low=neutral.null_low.loc[ALL], neutral_high=neutral.null_high.loc[ALL]
    )


def numbers(test: ShortcutTest) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two tables to show, both with a row a cue and one of the majority below them.

    Returns:
        `cue`, `macro-F1`, `chance gives` (its interval, such as "0.045 to 0.109") and `accuracy`; and `F1 by cue` with
        a column a class.
    """
    rule, table = test.majority, test.table
    cue = pd.Series([*table["title"], f"always {rule.label}"], name="cue")
    chance = [f"{low:.3f} to {high:.3f}" for low, high in table[["null_low", "null_high"]].to_numpy()]
    whole = {
        "macro-F1": [*table["macro_f1"], rule.macro_f1],
        "chance gives": [*chance, None],
        "accuracy": [*table["accuracy"], rule.accuracy],
    }
    by_label = pd.concat([test.f1, rule.f1.to_frame().T], ignore_index=True)
    by_label.insert(0, "F1 by cue", cue)
    return pd.DataFrame({"cue": cue} | whole), by_label


def method(test: ShortcutTest) -> str:
    """Return how the test was made."""
    sample = f" A sample of {test.n_sampled:,} of {test.n_images:,} images." if test.n_sampled < test.n_images else ""
    folds = "Five random folds" if test.notes else "Five folds that keep persons apart"
    return (
        "Naive Bayes on binned values, every class as likely before: it says the class in which a value is most "
        f"over-represented. {folds}. Chance: the same with labels shuffled "
        f"{test.n_shuffles} times; the interval covers {test.level:.0%}. A class counts as found where its hits are "
        "rarer by chance than the best of all cues and classes in 95 % of the shuffles (maxT, Westfall & Young 1993). "
        "The accuracy is that of the plain decision, which is where tools that look at accuracy stop."
        f"{sample} {' '.join(test.notes)}"
    )
