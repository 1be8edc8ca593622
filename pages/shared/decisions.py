"""The sliders of a decision, all in the link, and the button that tunes them on validation images."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import BadInput
from core.evaluation.answers import one_person_an_image
from core.evaluation.calibration import TEMPERATURES
from core.evaluation.decisions import Decision, changes, class_shares, normalised
from core.evaluation.scores import OVERALL
from core.evaluation.tuning import MIN_IMAGES, MIN_PERSONS, OBJECTIVES, in_words, tune
from core.runs import Run
from pages.shared.text import plain

VALIDATION, TEST = "validation", "test"
"""The two sets of images that a decision can be looked at on."""
_DATASET, _EQUAL, _OWN = "as in the dataset", "all classes equal", "own shares"
_LINKED = {"bind": "query-params"}
_TUNED = "decision-tuned"


@dataclass(frozen=True)
class Watched:
    """What a run's folder tells of its decisions."""

    validation: pd.DataFrame | None
    test: pd.DataFrame
    priors: np.ndarray
    """Share of each class, shape (K,): of the validation images, or of the test images where there are none."""

    def table(self, part: str) -> pd.DataFrame:
        """Return the predictions of a part."""
        return self.validation if part == VALIDATION else self.test


@st.cache_resource(max_entries=8, show_spinner="Reading the run")
def watched(run_id: str, folder: str, _run: Run) -> Watched:
    """Return a run's predictions of both parts; not to be changed."""
    validation, test = _run.validation, one_person_an_image(_run.predictions)
    if validation is None or validation.empty:
        return Watched(None, test, class_shares(test))
    return Watched(one_person_an_image(validation), test, class_shares(validation))


def sliders(run: Run, priors: np.ndarray) -> Decision:
    """Draw what can be set and return it."""
    labels = run.labels
    tau = st.slider(
        "Tau: favour rare classes",
        *(0.0, 2.0, 0.0, 0.05),
        key="tau",
        **_LINKED,
        help="Logit adjustment: each class's score loses tau times the logarithm of how common the class is. 0 leaves "
        "the run as it is, 1 treats all classes alike. How common they are is counted among the validation images, "
        "which are dealt out like the training images. (Menon et al. 2021)",
    )
    if (run.config.sampling, run.config.loss) != ("none", "cross_entropy"):
        st.caption("Trained with rebalancing, so it may favour rare classes already; tau adds to that.")
    abstain = st.slider(
        "Say nothing below this confidence",
        *(0.0, 0.99, 0.0, 0.01),
        key="abstain",
        **_LINKED,
        help="The confidence is the share that the decision's own scores, after all other sliders, give to what is "
        "said. Below it the image stays unanswered.",
    )
    with st.expander("A bias each class, and the temperature", icon=":material/tune:", key="fine", **_LINKED):
        temperature = st.slider(
            "Temperature",
            *(*TEMPERATURES, 1.0, 0.01),
            key="temperature",
            **_LINKED,
            help="Divides the logits: above 1 the run becomes less sure of everything. (Guo et al. 2017)",
        )
        st.caption("In log-odds: +0.7 doubles a class's odds, -0.7 halves them.")
        bias = tuple(st.slider(plain(label), -3.0, 3.0, 0.0, 0.01, key=f"bias-{label}", **_LINKED) for label in labels)
    with st.expander("Where it will be used", icon=":material/public:", key="where", **_LINKED):
        mix = _mix(labels, priors)
    return Decision(tau, bias if any(bias) else (), temperature, mix, abstain)


def _mix(labels: tuple[str, ...], priors: np.ndarray) -> tuple[float, ...] | None:
    """Draw the mix of classes and return their shares, or None for that of the dataset."""
    st.caption("How common is each class there? The run's beliefs are moved to that mix. (Saerens et al. 2002)")
    chosen = st.selectbox("Mix of classes", [_DATASET, _EQUAL, _OWN], key="mix", **_LINKED)
    if chosen == _DATASET:
        return None
    if chosen == _EQUAL:
        return normalised([1] * len(labels))
    numbers = [
        st.number_input(
            f"{plain(label)} (%)", 0.0, 100.0, round(100 * float(prior), 2), 1.0, key=f"share-{label}", **_LINKED
        )
        for label, prior in zip(labels, priors, strict=True)
    ]
    try:
        shares = normalised(numbers)
    except BadInput as problem:
        st.error(plain(problem))
        return None
    if abs(sum(numbers) - 100) > 0.05:
        st.caption(f"They add up to {sum(numbers):g} %, so each is divided by that.")
    return shares


def tuning(run: Run, known: Watched, decision: Decision) -> None:
    """Draw the button that tunes, and the one that takes all back."""
    heading = "Tune it on the validation images"
    with st.expander(heading, expanded=True, icon=":material/auto_fix_high:", key="tuning", **_LINKED):
        goal = st.selectbox("For the best", OBJECTIVES, format_func=OVERALL.get, key="goal", **_LINKED)
        biased = st.toggle(
            "A bias each class, too",
            key="biases",
            **_LINKED,
            help=f"Only for classes with {MIN_IMAGES} validation images of {MIN_PERSONS} persons or more, and shrunk "
            "by what cross-validation over persons finds best: one image must not decide.",
        )
        st.button(
            "Tune on the validation images",
            type="primary",
            on_click=_tune,
            args=(run, known, goal, biased),
            disabled=known.validation is None,
            wrap=True,
        )
        untouched = decision == Decision()
        st.button("Put all back", on_click=_set, args=(Decision(), run.labels), disabled=untouched)


def _tune(run: Run, known: Watched, goal: str, biased: bool) -> None:
    """Tune and move the sliders; for callbacks."""
    try:
        found = tune(known.validation, known.priors, goal, biased)
    except BadInput as problem:
        st.session_state[_TUNED] = (run.id, problem)
        return
    _set(found.decision, run.labels)
    st.session_state[_TUNED] = (run.id, found)


def _set(decision: Decision, labels: tuple[str, ...]) -> None:
    """Move the sliders; for callbacks."""
    bias = decision.bias or (0.0,) * len(labels)
    values = {"tau": decision.tau, "abstain": decision.abstain_below, "temperature": decision.temperature}
    values |= {f"bias-{label}": value for label, value in zip(labels, bias, strict=True)}
    st.session_state.update(values | {"mix": _DATASET})


def tuned_in_words(run: Run, decision: Decision) -> None:
    """Say what tuning set and what that may be worth, as long as nobody changed it."""
    run_id, found = st.session_state.get(_TUNED, (None, None))
    if run_id != run.id:
        return
    if isinstance(found, BadInput):
        st.error(plain(found), icon=":material/error:")
    elif found.decision.name(run.id) == decision.name(run.id):
        st.markdown(in_words(found, [plain(words) for words in changes(found.decision, run.labels)]))
        if found.without_bias:
            st.caption(f"Too few images or persons for a bias of its own: {plain(', '.join(found.without_bias))}.")
