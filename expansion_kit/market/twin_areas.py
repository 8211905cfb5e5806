"""Twin areas: places most like the trade areas that do best."""

import numpy as np
import pandas as pd


def twin_areas(measures, best, *, reference, columns=None):
    """
    How like the best trade areas each other area is.

    Each measure is taken in standard deviations of a fixed reference, so that adding or leaving out an area changes no
    other area's figures. Sales are no measure here: they are what the twins are looked for.

    Parameters
    ----------
    measures : DataFrame, shape (n_areas,)
        Numbers by area (people within reach, income, footfall, rivals ...); skewed ones better as logarithms.
    best : sequence
        Ids of the areas, in `measures`, that others are compared with.
    reference : DataFrame
        What mean and standard deviation are taken from: a fixed set, such as all zones of the home city.
    columns : sequence of str, optional
        Measures that count, all alike; all of `measures` where not given.

    Returns
    -------
    DataFrame, one row an area that is not among the best, the most alike first
        `twin_of`, `distance` (root mean square difference in standard deviations; 0 is the same), `rank`, and
        `differs_most` with `differs_by` (standard deviations, above 0 where the area has more). All missing, and last,
        for an area with a measure missing.

    Raises
    ------
    ValueError
        If a best area is not in `measures` or lacks a measure, or a column is missing or never differs in the
        reference.

    Examples
    --------
    >>> areas = pd.DataFrame({"people": [100.0, 90.0, 10.0], "income": [5.0, 5.0, 5.0]}, index=["A", "B", "C"])
    >>> reference = pd.DataFrame({"people": [0.0, 20.0], "income": [4.0, 6.0]})
    >>> twin_areas(areas, ["A"], reference=reference)[["twin_of", "differs_most"]].to_dict("index")
    {'B': {'twin_of': 'A', 'differs_most': 'people'}, 'C': {'twin_of': 'A', 'differs_most': 'people'}}
    """
    columns = list(measures.columns if columns is None else columns)
    if absent := [name for name in columns if name not in measures or name not in reference]:
        raise ValueError(f"measures and reference must both have {', '.join(absent)}")
    spread = reference[columns].astype(float).std()
    if not (spread > 0).all():
        raise ValueError(f"{', '.join(spread.index[~(spread > 0)])} never differs in the reference: leave it out")
    standard = (measures[columns].astype(float) - reference[columns].astype(float).mean()) / spread
    if lost := [each for each in best if each not in standard.index or standard.loc[each].isna().any()]:
        raise ValueError(f"best areas must be in the measures, with none missing; {lost[0]!r} is not")
    models, others = standard.loc[list(best)], standard.drop(index=list(best))
    known = others[others.notna().all(axis=1)]
    gaps = known.to_numpy()[:, None, :] - models.to_numpy()[None, :, :]
    apart = np.sqrt((gaps**2).mean(axis=2))
    nearest, row = apart.argmin(axis=1), np.arange(len(known))
    gap = gaps[row, nearest]
    most = np.abs(gap).argmax(axis=1)
    table = pd.DataFrame({"twin_of": models.index[nearest], "distance": apart[row, nearest]}, index=known.index)
    table["rank"] = table["distance"].rank(method="min")
    table["differs_most"], table["differs_by"] = np.array(columns, dtype=object)[most], gap[row, most]
    return table.reindex(others.index).sort_values("distance", kind="stable", na_position="last")
