"""What is wrong with a dataset, in at most seven sentences, the one with the largest consequence first."""

import pandas as pd

from core.catalog import Dataset
from core.findings import classes, files, people  # noqa: F401 - each adds its finders
from core.findings.finding import FINDERS, Evidence, Finding

AT_MOST = 7

__all__ = ["AT_MOST", "FINDERS", "Finding", "findings"]


def findings(dataset: Dataset, measures: pd.DataFrame | None = None) -> list[Finding]:
    """Return what was found, at most `AT_MOST`, ranked by `stake`; nothing on a clean and balanced dataset."""
    evidence = Evidence(dataset, measures)
    found = [finding for find in FINDERS if (finding := find(evidence))]
    return sorted(found, key=lambda finding: -finding.stake)[:AT_MOST]
