"""The pages of the app, in the order of the path through it. A new page is one line here and one file."""

import streamlit as st

PAGES = {
    "Look": [
        ("overview", "Overview", ":material/home:"),
        ("classes", "Classes", ":material/bar_chart:"),
        ("shapes", "Shapes", ":material/aspect_ratio:"),
        ("map", "Map", ":material/scatter_plot:"),
        ("data", "Open data", ":material/folder_open:"),
    ],
    "Check": [
        ("quality", "Quality", ":material/image_search:"),
        ("annotators", "Annotators", ":material/group:"),
        ("shortcuts", "Shortcuts", ":material/troubleshoot:"),
    ],
    "Rebalance": [
        ("sampling", "Sampling", ":material/balance:"),
        ("synthesis", "Synthesis", ":material/auto_awesome:"),
        ("training", "Training", ":material/model_training:"),
        ("sweep", "Sweep", ":material/dynamic_feed:"),
        ("wrong_way", "The wrong way", ":material/report:"),
    ],
    "Judge": [
        ("results", "Results", ":material/grid_on:"),
        ("comparison", "Comparison", ":material/compare_arrows:"),
        ("decisions", "Decisions", ":material/tune:"),
        ("slices", "Slices", ":material/segment:"),
        ("report", "The report, re-run", ":material/history_edu:"),
        ("prediction", "Try a face", ":material/face:"),
    ],
}
BEHIND = (("image", "One image", ":material/image:"),)
"""Pages that only links lead to."""
_DASHBOARD_RAN = "dashboard-ran"


def title_of(name: str) -> str:
    """Return what the navigation calls a page."""
    return next(title for entries in (*PAGES.values(), BEHIND) for stem, title, _ in entries if stem == name)


def navigate() -> st.Page:
    """Draw the navigation and return the page to run; called by dashboard.py at every run."""
    st.session_state[_DASHBOARD_RAN] = True
    # Each page's url_path is its file's stem, which is what Streamlit itself calls it before it knows this list. The
    # default page loses its url_path, so the default is a hidden one that leads to the first.
    sections = {
        section: [st.Page(f"pages/{name}.py", title=title, icon=icon, url_path=name) for name, title, icon in entries]
        for section, entries in PAGES.items()
    }
    front_door = st.Page(_to_first_page, title="Navarasa", default=True, visibility="hidden")
    behind = [
        st.Page(f"pages/{name}.py", title=title, icon=icon, url_path=name, visibility="hidden")
        for name, title, icon in BEHIND
    ]
    page = st.navigation({"": [front_door, *behind]} | sections, expanded=True)
    if page == front_door:
        _to_first_page()
    return page


def _to_first_page() -> None:
    """Go on with the link's parameters, before any widget is bound to one: from then on they are the widget's."""
    first = next(iter(PAGES.values()))[0][0]
    link = {} if "dataset" in st.session_state else st.query_params.to_dict()
    st.switch_page(f"pages/{first}.py", query_params=link)


def through_the_dashboard() -> None:
    """Run dashboard.py around this page, where Streamlit runs the page alone.

    It does so on a fresh server whose first visitor follows a link to a page: until `st.navigation` is called for the
    first time, each file in pages/ counts as an app page of its own, without sections and dataset picker.
    """
    if not st.session_state.get(_DASHBOARD_RAN):
        navigate()
        st.rerun()
