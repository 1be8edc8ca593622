"""Sampling strategies: which training images the network sees, and how often.

A strategy is a function `(labels, rng, **params) -> indices`: labels of shape (n,), positions of shape (n_out,) with
repeats. It is only ever called with the training part, so resampling before splitting cannot happen. A new strategy
is one decorated function in a file of this package; menus, records and the contract tests find it.
"""

from core.registry import Registry, import_entries

SAMPLERS = Registry("sampling strategy", default="none")

import_entries(__name__, __path__)
