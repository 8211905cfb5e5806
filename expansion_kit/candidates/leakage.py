"""
Fields known only after the outcome: a card that uses them looks splendid and is of no use for the next prospect.
"""

import re

import numpy as np
import pandas as pd

from expansion_kit.candidates.personal import plain
from expansion_kit.candidates.score_checks import auc

AFTER = re.compile(
    r"\b(stage|outcome|result|won|lost|signed|signing|contract|disclosed|opened|opening day|documents|duration"
    r"|call (seconds|minutes)|reason lost|stage since)\b"
    r"|阶段|结果|成交|流失|签约|合同|已开业|开业日期|披露|已收资料|通话时长|未成交",
    re.ASCII,
)
BEATS_REST = 0.02
TELLS_ALL = 0.95
"""Area under the curve of a single field from which it is suspected to say what has already happened."""


def named_after(questions):
    """
    Questions whose name says that they are known only after the outcome.

    Examples
    --------
    >>> named_after(["capital", "stage_since", "通话时长", "duration", "storage_sqm"])
    ['stage_since', '通话时长', 'duration']
    """
    return [name for name in questions if AFTER.search(plain(name))]


def closed_only(answers, closed):
    """
    Questions that are answered for the closed prospects but hardly for the open ones.

    Parameters
    ----------
    answers : DataFrame, shape (n_prospects, n_questions)
    closed : Series of bool, shape (n_prospects,)
        Whose outcome is known.

    Returns
    -------
    list of str
        Questions known less than half as often among the open, by more than three standard errors.

    Examples
    --------
    >>> answers = pd.DataFrame({"area": [1.0] * 30 + [None] * 30, "capital": 1.0})
    >>> closed_only(answers, pd.Series([True] * 30 + [False] * 30))
    ['area']
    """
    if closed.all() or not closed.any():
        return []
    known = answers.notna()
    among, elsewhere, common = known[closed].mean(), known[~closed].mean(), known.mean()
    error = np.sqrt(common * (1 - common) * (1 / closed.sum() + 1 / (~closed).sum()))
    found = (elsewhere < among / 2) & (among - elsewhere > 3 * error)
    return list(answers.columns[found.to_numpy()])


def too_good(weights, signed):
    """
    Questions that alone tell the outcome almost without fault, or tell it better than all the others together.

    Parameters
    ----------
    weights : DataFrame, shape (n_closed, n_questions)
        Weight of each answer, as a card knows it.
    signed : Series of bool, shape (n_closed,)

    Returns
    -------
    dict of str to str
        Question to `tells_all` or `beats_rest`.

    Examples
    --------
    >>> signed = pd.Series([True] * 20 + [False] * 20)
    >>> too_good(pd.DataFrame({"after": signed * 1.0, "capital": [0.0, 1.0] * 20}), signed)
    {'after': 'tells_all'}
    """
    from sklearn.linear_model import LogisticRegression

    alone = {name: auc(weights[name], signed)["auc"] for name in weights}
    found = {name: "tells_all" for name, area in alone.items() if area > TELLS_ALL}
    best = max(alone, key=alone.get, default=None)
    if len(alone) > 2 and best not in found:
        rest = weights.drop(columns=best)
        together = LogisticRegression(C=10).fit(rest, signed).decision_function(rest)
        if alone[best] > auc(pd.Series(together, index=rest.index), signed)["auc"] + BEATS_REST:
            found[best] = "beats_rest"
    return found
