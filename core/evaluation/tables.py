"""An evaluation as a table to show."""

import numpy as np
import pandas as pd

from core.evaluation.judge import Evaluation


def f1_table(evaluation: Evaluation) -> pd.DataFrame:
    """Return the classes, the averages and the majority baseline as one table to show."""
    averages = evaluation.averages.assign(
        f1_low=[evaluation.macro_f1_interval[0], np.nan], f1_high=[evaluation.macro_f1_interval[1], np.nan]
    )
    baseline = pd.DataFrame(
        {"f1": [evaluation.majority.macro_f1], "support": averages["support"].iloc[0]},
        index=[f"always {evaluation.majority.label}"],
    )
    columns = ["precision", "recall", "f1", "f1_low", "f1_high", "support"]
    table = pd.concat([evaluation.per_class[columns], averages, baseline]).astype({"support": int})
    return table.rename(columns={"f1": "F1", "f1_low": "from", "f1_high": "to"}).rename_axis("class").reset_index()
