"""A GAN as pages show it: its training, what is honest to say of its images, and their approval."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import streamlit as st

from core.catalog import Dataset
from core.errors import BadInput
from core.image_files import grey_square, open_image
from core.jobs import Job, JobState
from core.settings import Settings
from core.synthesis.config import SIDE, config_from
from core.synthesis.honesty import Honesty
from core.synthesis.store import Synthesis, approve, approve_all, disapprove, sheets, unfinished_place
from pages.shared.cache import job_queue
from pages.shared.job_cards import resumable_buttons
from pages.shared.pictures import Pair, pair_sheet
from pages.shared.text import plain

_PER_PAGE = 24
_STATES = {
    JobState.QUEUED: "Waiting for the job before it.",
    JobState.PAUSED: "Paused: it goes on where it stopped.",
    JobState.CANCELLED: "Cancelled.",
    JobState.DONE: "Done: its images are below.",
}


@st.fragment(run_every=2)
def watch(dataset: Dataset) -> None:
    """Show the GANs in training, with their newest samples; when one is done, the page is drawn anew."""
    queue = job_queue(str(Settings().home))
    jobs = [job for job in queue.jobs() if job.config.get("kind") == "synthesis"]
    mine = [job for job in jobs if job.config.get("fingerprint") == dataset.fingerprint]
    states = {job.id: job.state for job in mine}
    if st.session_state.setdefault("synthesis-states", states) != states:
        st.session_state["synthesis-states"] = states
        st.rerun(scope="app")
    for job in mine[:4]:
        with st.container(border=True):
            _card(job)


def _card(job: Job) -> None:
    try:
        config = config_from(job.config)
    except BadInput as problem:
        st.warning(plain(problem))
        resumable_buttons(job, unfinished=False)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(config.title)}**", width="stretch")
        resumable_buttons(job, unfinished=job.state != JobState.DONE)
    if job.state == JobState.RUNNING:
        progress = job.progress
        st.progress(progress.share if progress else 0.0, plain(progress.sentence) if progress else "Starting")
    elif job.message:
        st.warning(plain(job.message), icon=":material/warning:")
    else:
        st.caption(_STATES.get(job.state, "It failed; the log in its folder says why."))
    newest = sheets(unfinished_place(config, Settings()))[-1:]
    if newest:
        caption = f"Samples after epoch {int(newest[0].stem.removeprefix('epoch_'))}, a row a class"
        st.image(newest[0].read_bytes(), caption)


def honesty(synthesis: Synthesis) -> None:
    """Show what is honest to say of what was made: a question, its answer, and what it is measured by."""
    for question, answer, measure in _answers(synthesis.honesty):
        st.markdown(f"**{question}** {answer}  \n:small[:gray[Measured by {plain(measure)}.]]")


def _answers(panel: Honesty) -> Iterator[tuple[str, str, str]]:
    copies = panel.copies
    usual = "" if copies.usual is None else f"; between real faces of two persons it is {copies.usual:.2f}"
    yield (
        "Copied?",
        f"{copies.memorised} of {copies.n} are nearly a copy of an image that the GAN saw. The median distance to the "
        f"nearest one is {copies.made:.2f}{usual}.",
        copies.features,
    )
    if telling := panel.telling:
        low, high = telling.accuracy_interval
        yield (
            "Told apart?",
            f"A plain classifier tells made from real ones in {telling.accuracy:.0%} of cases (95 % interval {low:.0%} "
            f"to {high:.0%}); 50% is a coin.",
            telling.features,
        )
    for sign in panel.signs:
        verdict = "It has leaked from the augmentation." if sign.leaks else "No clear leak from the augmentation."
        yield (
            f"{sign.name[0].upper()}{sign.name[1:]}?",
            f"In {sign.made:.0%} of the made images, in {sign.real:.0%} of the real ones, in {sign.changed:.0%} of "
            f"these after augmentation. {verdict}",
            "their pixels",
        )
    if distance := panel.distance:
        among = (
            "" if distance.among_real is None else f"; of two halves of the real ones it is {distance.among_real:.4f}"
        )
        yield (
            "How far as a set?",
            f"Kernel distance (KID) {distance.value:.4f} ± {distance.standard_error:.4f}, 0 for the same{among}.",
            distance.features,
        )


def approval(synthesis: Synthesis, dataset: Dataset) -> None:
    """Show each made image beside the nearest that the GAN saw, and what of them may be trained on."""
    samples = synthesis.samples
    approved = int(samples["approved"].sum())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{approved} of {len(samples)} approved**", width="stretch")
        st.button("Approve all but copies", on_click=approve_all, args=(synthesis.folder,), icon=":material/done_all:")
        none = {"on_click": disapprove, "args": (synthesis.folder, samples["number"].to_list())}
        st.button("Approve none", icon=":material/remove_done:", **none)
    classes = synthesis.config.labels
    label = st.segmented_control(
        "Class", classes, default=classes[0], required=True, key="made-class", bind="query-params"
    )
    label = label or classes[0]  # a link may say `made-class=`
    of_class = samples[samples["label"] == label]
    n_pages = -(-len(of_class) // _PER_PAGE)
    page = 1
    if n_pages > 1:
        page = st.number_input(f"Page (of {n_pages})", 1, n_pages, key=f"made-{label}", width=160, bind="query-params")
    shown = of_class.iloc[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    key = f"approved-{synthesis.id}-{label}-{page}-{approved}"
    numbers = shown.loc[~shown["memorised"], "number"].to_list()
    before = [number for number in numbers if samples["approved"].iloc[number]]

    def decide() -> None:
        now = st.session_state[key]
        approve(synthesis.folder, set(now) - set(before))
        disapprove(synthesis.folder, set(before) - set(now))

    st.pills("Approved", numbers, selection_mode="multi", default=before, key=key, on_change=decide)
    images = synthesis.images
    pairs = [
        Pair(
            images[row.number],
            _seen(dataset.key, str(dataset.root / row.nearest), row.nearest),
            _caption(row),
            row.nearest,
            bool(row.memorised),
        )
        for row in shown.itertuples()
    ]
    pair_sheet(pairs)
    st.caption("Left of each pair: made. Right: the nearest image that the GAN saw, whatever its class.")


def _caption(row) -> str:
    state = "copy" if row.memorised else "approved" if row.approved else ""
    return f"{row.number}: distance {row.distance:.2f}{f', {state}' if state else ''}"


@st.cache_data(max_entries=2000, show_spinner=False)
def _seen(key: str, path: str, name: str) -> np.ndarray | None:
    """Return an image of the dataset in grey, None where it cannot be read any more."""
    try:
        with open_image(Path(path), name, Settings().max_megapixels) as image:
            return grey_square(image, name, SIDE)
    except BadInput:
        return None
