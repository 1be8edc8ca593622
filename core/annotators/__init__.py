"""Who labelled what, and how far two who labelled the same images agree."""

from core.annotators.comparison import Agreement, agreement, disagreements, kappa_words, within_legend
from core.annotators.mix import annotator_table, class_mix, mix_tables
from core.annotators.second import SecondLabels, read_second, same_stem, second_files

__all__ = [
    "Agreement",
    "SecondLabels",
    "agreement",
    "annotator_table",
    "class_mix",
    "disagreements",
    "kappa_words",
    "mix_tables",
    "read_second",
    "same_stem",
    "second_files",
    "within_legend",
]
