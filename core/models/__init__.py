"""Models: a builder returns a torch module that maps images (N, 1, S, S), float32 in [0, 1], to logits (N, K).

A new model is one decorated function in a file of this package. torch is imported inside the builders because pages
list this menu. A model that memorises instead of learning in epochs says `iterative=False` and its module has
`memorise(images, targets, copies, weights)`. One whose features are not trained has a `backbone` from images to
features (N, D) and a `head` from these to logits: the features of all images are computed once and kept. One that
starts from downloaded weights has `load_weights()`, called once before it is trained.
"""

from core.registry import Registry, import_entries

MODELS = Registry("model", default="cnn_3conv")

import_entries(__name__, __path__, first=("convolutional", "residual"))
