"""Words of the data, such as labels, names and paths, shown as they are: Streamlit reads its texts as Markdown."""

import re

_MARKS = re.compile(r"([\\`*_{}\[\]<>#$~|:])")


def plain(text: object) -> str:
    """Return text in which nothing is Markdown, HTML, a formula, an icon or a colour.

    >>> plain("a_b *c* :red[d]")
    'a\\\\_b \\\\*c\\\\* \\\\:red\\\\[d\\\\]'
    """
    return _MARKS.sub(r"\\\1", str(text))
