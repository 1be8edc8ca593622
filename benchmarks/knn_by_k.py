"""What one pass for every k is worth: our running sum of votes beside scikit-learn, which is asked for one k a time.

    python -m benchmarks.knn_by_k [DATASET]

Prints JSON: seconds on the clock, and seconds of all processors together. Machines differ and are shared: the ratios
matter, the seconds do not. People are kept apart, as in the default split.
"""

import json
import sys
import time
from collections.abc import Callable

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from core.datasets import open_dataset
from core.models.neighbours import MOST_NEIGHBOURS
from core.pixels import load_pixels, targets
from core.settings import Settings
from core.splits import Fold, make_folds
from core.votes import k_curve, predictions_by_k

SIZE, KS, FOLDS = 48, (1, 5, 21, 101, 201), 5


def seconds(work: Callable[[], object]) -> dict[str, float]:
    """Return how long `work` takes: on the `clock`, and of all `processors` together."""
    clock, processors = time.perf_counter(), time.process_time()
    work()
    took = {"clock": time.perf_counter() - clock, "processors": time.process_time() - processors}
    return {name: round(value, 2) for name, value in took.items()}


def main(source: str) -> dict[str, object]:
    """Measure a hold-out and five folds of the dataset; scikit-learn answers a few ks of the hold-out only."""
    settings = Settings()
    dataset = open_dataset(source, settings)
    pixels = load_pixels(dataset, SIZE, settings)
    images = dataset.usable[pixels.readable].reset_index(drop=True)
    rows, y = pixels.images[pixels.readable].reshape(len(images), -1), targets(images["label"], dataset.labels)
    [hold_out] = make_folds("person_disjoint", images)
    ks = [k for k in KS if k <= min(len(hold_out.train), MOST_NEIGHBOURS)]
    same = {}

    def ours(fold: Fold) -> np.ndarray:
        return predictions_by_k(rows[fold.train], y[fold.train], rows[fold.test], len(dataset.labels))

    def each_k() -> None:
        known, asked = (rows[part].astype(np.float32) / 255 for part in (hold_out.train, hold_out.test))
        for k in ks:
            said = KNeighborsClassifier(k, algorithm="brute").fit(known, y[hold_out.train]).predict(asked)
            same[k] = float((said == answers[:, k - 1]).mean())

    ours(Fold(hold_out.train[:500], hold_out.validation, hold_out.test[:500]))  # what loads once is not timed
    answers = ours(hold_out)
    folds = make_folds("person_disjoint", images, FOLDS)
    whole, five = seconds(lambda: ours(hold_out)), seconds(lambda: [ours(fold) for fold in folds])
    curve = seconds(lambda: k_curve(y[hold_out.test], answers, dataset.labels))
    theirs = seconds(each_k)
    a_k = {name: theirs[name] / len(ks) for name in theirs}
    return {
        "dataset": dataset.title,
        "training and test images": [len(hold_out.train), len(hold_out.test)],
        "seconds": {
            f"hold-out, k = 1 to {answers.shape[1]} (ours)": whole,
            f"{FOLDS} folds, k = 1 to {MOST_NEIGHBOURS} (ours)": five,
            "the scores of all of these, hold-out (ours)": curve,
            f"hold-out, k = {', '.join(map(str, ks))} (scikit-learn)": theirs,
        },
        "all ks (ours) take as long as so many ks one by one (scikit-learn)": {
            name: round(whole[name] / a_k[name], 1) for name in a_k
        },
        "times faster for all ks, if each k takes scikit-learn as long as the mean of these": {
            name: round(a_k[name] * answers.shape[1] / whole[name]) for name in a_k
        },
        "share of the same answers": {k: round(share, 4) for k, share in same.items()},
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1] if len(sys.argv) > 1 else "demo"), indent=1))
