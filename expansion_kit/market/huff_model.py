"""A Huff model that learns: exponents from choices, shares or totals, the level of money from known sales."""

import numpy as np

from expansion_kit.market.calibration import (
    REASONS,
    calibrate_counts,
    calibrate_shares,
    parameter_table,
    starting_values,
)
from expansion_kit.market.calibration_totals import calibrate_totals
from expansion_kit.market.goodness import sales_level
from expansion_kit.market.huff import huff_shares
from expansion_kit.market.huff_sales import huff_sales
from expansion_kit.market.transfer import sales_transfer


class HuffModel:
    """
    Huff model with parameters learned from data.

    Parameters
    ----------
    estimate : sequence of {"alpha", "decay", "midpoint", "competition", "outside"}
        What the data are to tell; everything else stays as `start` says.
    form : {"power", "exponential", "logistic"}
        How the pull falls with distance, as in `huff_shares`.
    start : dict, optional
        Starting (or stated) values by parameter, as in `calibrate_counts`.

    Attributes
    ----------
    parameters_ : DataFrame
        By parameter: value, error, interval, start, whether estimated and identified, and the reason if not.
    reports_ : list of dict
        One for each calibration: method, convergence, fit.
    identified_ : bool
        Whether the data could tell all that was asked.
    level_ : dict or None
        As from `sales_level`; None where no sales are known: then there are shares, and no money.
    profile_ : DataFrame or None
        As from `calibrate_totals`, where exponents came from totals.

    Examples
    --------
    >>> import pandas as pd
    >>> zones = pd.DataFrame(index=["Z1", "Z2"])
    >>> stores = pd.DataFrame({"floor_area_sqm": [100, 100]}, index=["S1", "S2"])
    >>> km = pd.DataFrame([[1.0, 2.0], [2.0, 1.0]], index=zones.index, columns=stores.index)
    >>> choices = pd.DataFrame(
    ...     [["Z1", "S1", 8], ["Z1", "S2", 2], ["Z2", "S2", 80], ["Z2", "S1", 20]],
    ...     columns=["zone_id", "store_id", "count"],
    ... )
    >>> model = HuffModel(estimate=["decay"]).fit(zones, stores, choices=choices, distance=km)
    >>> model.predict(zones, stores, distance=km).round(6).loc["Z1"].to_dict()
    {'S1': 0.8, 'S2': 0.2}
    """

    def __init__(self, *, estimate=("alpha", "decay"), form="power", start=None):
        self.estimate, self.form, self.start = tuple(estimate), form, start

    def fit(self, zones, stores, *, choices=None, shares=None, known_sales=None, demand=None, distance=None, **zeros):
        """
        Learn the exponents from `choices` or `shares` (else from `known_sales`), and the level from `known_sales`.

        Parameters
        ----------
        zones, stores, distance
            As in `huff_shares`.
        choices : DataFrame, optional
            As in `calibrate_counts`.
        shares : DataFrame, optional
            As in `calibrate_shares`, with `zeros` and `add`.
        known_sales, demand : Series, optional
            Money a period, by store and by zone. An outside option that choices do not count is estimated from them,
            with the level of demand as it is.

        Returns
        -------
        HuffModel
            The model itself.

        Raises
        ------
        ValueError
            As the calibrations, or if what is to be estimated has nothing to learn from.
        """
        if (known_sales is None) != (demand is None) or (choices is not None and shares is not None):
            raise ValueError("give known_sales and demand together, and choices or shares, not both")
        begin = starting_values(self.estimate, self.form, self.start)
        self.parameters_ = parameter_table(begin, {}, (), None, {}, 0)
        self.reports_, self.level_, self.profile_ = [], None, None
        how = {"form": self.form, "distance": distance}
        if choices is not None:
            counted = (choices["store_id"] == "outside").any()
            names = [name for name in self.estimate if counted or name != "outside"]
            found = calibrate_counts(zones, stores, choices, estimate=names, start=self._values(), **how)
            self._learn(names, *found)
        elif shares is not None:
            if not {"alpha", "decay"} <= set(self.estimate):
                raise ValueError("shares tell alpha and decay together: estimate both, or state both without shares")
            together = "competition" in self.estimate
            names = ["alpha", "decay", "competition"] if together else ["alpha", "decay"]
            self._learn(names, *calibrate_shares(zones, stores, shares, competition=together, **zeros, **how))
        left = [name for name in self.estimate if not self.parameters_["estimated"][name]]
        if left and known_sales is None:
            raise ValueError(f"there is nothing to learn {', '.join(left)} from")
        if left:
            names = left if "outside" in left else [*left, "level"]
            self._learn_from_totals(left, names, (zones, stores, known_sales, demand), how)
        self.identified_ = bool(self.parameters_["identified"].all())
        if known_sales is not None and self.identified_:
            self.level_ = sales_level(huff_sales(zones, stores, demand, **self.options(distance=distance)), known_sales)
        return self

    def predict(self, zones, stores, *, distance=None):
        """
        Share of each zone's demand that each store draws, as `huff_shares` gives it.

        Parameters
        ----------
        zones, stores, distance
            As in `huff_shares`.

        Returns
        -------
        DataFrame, shape (n_zones, n_stores)
            One row a zone, one column a store (and `outside`); each row sums to 1.

        Raises
        ------
        ValueError
            If a parameter is not identified: state it in `start` and leave it out of `estimate`.
        """
        return huff_shares(zones, stores, **self.options(distance=distance))

    def predict_sales(self, zones, stores, demand, *, distance=None, threads=1):
        """
        Sales that each store can expect, in money at the calibrated level.

        Parameters
        ----------
        zones, stores, demand, distance, threads
            As in `huff_sales`; demand as it was in `fit`.

        Returns
        -------
        Series, shape (n_stores,)
            `expected_sales`, money a period, by store (and `outside`).

        Raises
        ------
        ValueError
            If the level has not been calibrated to known sales (then there are shares only), or a parameter is not
            identified.
        """
        return huff_sales(zones, stores, self.at_level(demand), threads=threads, **self.options(distance=distance))

    def transfer(self, zones, stores, demand, *, distance=None, **changes):
        """
        What a set of changes does to every store, in money at the calibrated level; see `sales_transfer`.

        Parameters
        ----------
        zones, stores, demand, distance
            As in `sales_transfer`; demand as it was in `fit`.
        **changes
            `opening`, `closing`, `resizing`, `between`.

        Returns
        -------
        DataFrame
            As from `sales_transfer`.

        Raises
        ------
        ValueError
            As `predict_sales` and `sales_transfer`.
        """
        return sales_transfer(zones, stores, self.at_level(demand), **changes, **self.options(distance=distance))

    def options(self, *, distance=None):
        """
        What was learned, as the options of `huff_shares`, `huff_sales` and `capture`.

        Parameters
        ----------
        distance
            As in `huff_shares`.

        Returns
        -------
        dict

        Raises
        ------
        ValueError
            If a parameter is not identified: state it in `start` and leave it out of `estimate`.
        """
        unknown = self.parameters_.index[~self.parameters_["identified"]]
        if len(unknown):
            why = REASONS[self.parameters_["reason"][unknown[0]]]
            raise ValueError(f"{unknown[0]} is not identified ({why}): state it in start, out of estimate")
        return {"form": self.form, "distance": distance, **self._values()}

    def at_level(self, demand):
        """
        Demand as the listed stores see it: at the level calibrated to known sales.

        Parameters
        ----------
        demand : Series
            Money a period, by zone, as it was in `fit`.

        Returns
        -------
        Series
            Money a period, by zone.

        Raises
        ------
        ValueError
            If the level has not been calibrated to known sales: then there are shares only.
        """
        if self.level_ is None:
            raise ValueError("no money without known sales: the level is not calibrated, there are shares only")
        return demand * self.level_["level"]

    def _learn(self, names, parameters, report):
        """Put what a calibration found into the table, and its report to the others."""
        self.parameters_.loc[names] = parameters.loc[names]
        self.reports_.append(report)

    def _learn_from_totals(self, left, names, data, how):
        """What choices or shares have not told; the error of what they told goes into that of the outside option."""
        at = self._values()
        parameters, report, profile = calibrate_totals(*data, estimate=names, start=at, **how)
        told = self.reports_[-1]["covariance"] if self.reports_ else None
        if told is not None and left == ["outside"] and report["identified"]:
            slopes = []
            for name in told.index:
                by = np.sqrt(told.loc[name, name])
                moved = [
                    calibrate_totals(*data, estimate=names, start=at | {name: at[name] + side * by}, **how)[0]
                    for side in (-1, 1)
                ]
                slopes.append(np.log(moved[1]["value"]["outside"] / moved[0]["value"]["outside"]) / (2 * by))
            variance = report["covariance"].loc["outside", "outside"] + np.array(slopes) @ told.to_numpy() @ slopes
            parameters = parameter_table(
                parameters["start"].to_dict(),
                {"outside": parameters["value"]["outside"]},
                names,
                np.array([[variance]]),
                {},
                report["observations"] - 1,
            )
        self._learn(left, parameters, report)
        self.profile_ = profile if len(profile) else None

    def _values(self):
        return self.parameters_["value"].to_dict()
