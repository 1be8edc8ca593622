"""Models: a builder returns a torch module that maps images (N, 1, S, S), float32 in [0, 1], to logits (N, K).

A new model is one decorated function in a file of this package. torch is imported inside the builders because pages
list this menu. A model that memorises instead of learning in epochs says `iterative=False` and its module has
`memorise(images, targets, copies)`.
"""

from core.registry import Registry, import_entries

MODELS = Registry("model", default="cnn_3conv")

import_entries(__name__, __path__)
