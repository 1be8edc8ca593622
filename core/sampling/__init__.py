"""Sampling strategies: which training images the network sees, and how often.

A strategy is a function `(labels, rng, **params) -> indices`: labels of shape (n,), positions of shape (n_out,) with
repeats; or it returns a `Plan`, which also says what is weighted, blended or changed. One that has to see the pictures
says `needs=("images",)` and gets the training part's pixels, grey uint8 (n, S, S). It is only ever called with the
training part, so resampling before splitting cannot happen. A new strategy is one decorated function in a file of this
package; menus, records and the contract tests find it.
"""

from core.registry import Registry, import_entries

SAMPLERS = Registry("sampling strategy", default="none")

import_entries(__name__, __path__, first=("random_resampling",))
