"""Who labelled what, and how far a second annotator agrees."""

import streamlit as st

from core import annotators, figures, statistics
from core.evaluation.confusion import Side, view
from pages.shared.cache import kept
from pages.shared.charts import clickable_chart, count, table
from pages.shared.dataset import current_dataset
from pages.shared.gallery import gallery
from pages.shared.matrix import matrix, matrix_options, remember_pair, remembered_pair
from pages.shared.second import second_labels
from pages.shared.text import plain

WHOLE = "{:.0%}"


def compared(agreement: annotators.Agreement, key: str, left_out: str = "") -> None:
    """Show how far two annotators agree, what of the file does not count, and the images behind each cell."""
    low, high = agreement.kappa_interval
    quiet = {"delta_color": "off", "delta_arrow": "off"}
    with st.container(horizontal=True):
        st.metric(
            "They agree on", f"{agreement.agree:,} of {agreement.n:,}", f"{agreement.share:.1%}", width=230, **quiet
        )
        st.metric(
            "Cohen's kappa",
            f"{agreement.kappa:.2f}",
            f"{low:.2f} to {high:.2f}",
            width=150,
            help="1 is full agreement, 0 what chance gives. The interval: 95 %, 1,000 bootstrap resamples of whole "
            "persons, percentile method, seed 0.",
            **quiet,
        )
    if left_out:
        st.warning(plain(left_out), icon=":material/rule:")
    st.caption(f"Landis & Koch (1977) call such a kappa {agreement.words}.")
    first, second = agreement.first, agreement.second
    shown = view(
        agreement.matrix.to_numpy(),
        list(agreement.matrix.index),
        **matrix_options(f"{key}-"),
        rows=Side(first, after=f" says {first}"),
        columns=Side(second, after=f" says {second}"),
    )
    rows_and_columns = f"Labels of {first} in rows, of {second} in columns"
    cell = matrix(shown, f"{key}-matrix", rows_and_columns, remembered_pair(f"{key}-first", f"{key}-second"))
    remember_pair(f"{key}-first", f"{key}-second", cell)
    if cell:
        images = annotators.disagreements(agreement, cell[0], cell[1])
        gallery(dataset, images, f"{cell[0]} says {first}, {cell[1]} says {second}", key=f"{key}-images")
    with st.expander("Label by label", key=f"{key}-labels", bind="query-params"):
        table(
            agreement.per_class.reset_index().style.format({"agreement": WHOLE}, na_rep=""),
            "How often each gave a label",
            {
                "label": "class",
                "first": count("first", width=54, help=f"Images that {agreement.first} gave it"),
                "second": count("second", width=66, help=f"Images that {agreement.second} gave it"),
                "both": count("both", width=54),
                "agreement": st.column_config.NumberColumn(
                    "agreed",
                    width=70,
                    help="Of all times that either gave it, the share in which the other gave it too: 2 x both / "
                    "(first + second)",
                ),
            },
        )


st.title("Annotators")
dataset = current_dataset()

st.header("Who labelled what")
mix = kept(dataset, annotators.class_mix, dataset)
if mix.empty:
    st.info("This dataset does not say who labelled its images.", icon=":material/info:")
else:
    shares, rows = annotators.mix_tables(mix, dataset.labels)
    part = clickable_chart(
        figures.class_mix(shares, rows), "annotator-mix", "Classes that each annotator labelled", "part"
    )
    st.caption("A class that one annotator labelled alone may be that annotator's habit. Click a part for its images.")
    if part:
        images = statistics.images_of(dataset, label=part[1], annotator=part[0])
        gallery(dataset, images, f"{part[1]}, labelled by {part[0]}", key="annotator-images")
    table(
        kept(dataset, annotators.annotator_table, dataset).style.format(
            {"commonest_share": WHOLE, "colour": WHOLE, "spelling_share": WHOLE}, na_rep=""
        ),
        "What each annotator labelled",
        {
            "rows": count("rows"),
            "commonest_share": "its share",
            "colour": st.column_config.NumberColumn("in colour", help="Share of images not grey"),
            "spelling_share": "spelt so",
        },
    )

st.header("A second opinion")
second = second_labels(dataset)
if second is not None:
    compared(
        kept(dataset, annotators.agreement, dataset, second, key=(second.key, second.shown)),
        "second",
        second.left_out,
    )

within = kept(dataset, annotators.within_legend, dataset)
if within is not None:
    st.header("Images that two annotators of the legend labelled")
    if within.agree == within.n:
        st.markdown(f"They agree on all {within.n:,} of them.")
    else:
        compared(within, "within")
