"""Losses: how much each mistake counts.

A builder is a function `(class_counts, **params) -> module`: how many images of each class are trained on, shape (K,),
0 for a class without one. `module(logits (N, K), targets, weights=None)` is one finite number. `targets` are classes,
int64 (N,), or shares of classes, float (N, K), that sum to 1 an image, as MixUp makes them. `weights` (N,) say how much
each image counts: an image of weight 2 is an image that is there twice, and one of weight 0 is not there.

Two methods are optional. `begin_pass(share)` is called before each epoch with the share of the training that is over.
`prepare(model)` returns the model that is trained in place of the chosen one, with another last layer.

A new loss is one decorated function in a file of this package; menus, records and the contract tests find it. The menu
shows the files in the order of their names. torch is imported inside the builders because pages list this menu, and a
page that imports torch opens ten seconds later; what is computed is in `core.losses.modules`, which they import.
"""

from core.losses.weights import balanced_weights
from core.registry import Registry, import_entries

LOSSES = Registry("loss", default="cross_entropy")

__all__ = ["LOSSES", "balanced_weights"]

import_entries(__name__, __path__)
