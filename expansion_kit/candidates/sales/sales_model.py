"""A model of log sales from what is around a place; what leaks the answer, such as rent, is refused by name."""

import re

import numpy as np
import pandas as pd

KINDS = ("plain", "ridge", "forest", "boosting")
"""Plain regression is the default: the others take its place only where they beat it (`validation.choose_kind`)."""

LEAKS = {
    r"(?<![a-z])rent|租金|租赁|保底": "rent is an outcome of how well a place sells: it asks the landlord the answer",
    r"sales|sold|revenue|turnover|销售|营业额|业绩|流水": "it is what is to be forecast, or made from it",
    r"occupancy|(?<![a-z])ocr|租售比|坪效": "sales stand in its formula",
    r"(?<![a-z])order|ticket|receipt|units_|客单|订单": "sales are made of it",
    r"expense|profit|margin|collected|receivable|royalty|毛利|利润|回款": "it is booked after the sales",
    r"payback|(?<![a-z])(npv|irr)|回本": "it is computed from the sales",
    r"transfer_fee|property_fee|deposit|转让费|押金": "like rent, it is what the place is thought to earn",
    r"(?<![a-z])score|attainment|target|share_of|得分|达成": "it is made from sales or from their forecast",
}
"""Patterns in the names of features that are refused, and why."""

PER_FEATURE = 5  # stores that a feature must rest on
KNOWN = 0.8  # share of stores that must know a feature
MARGIN = 0.25  # of a feature's range (of logarithms), beyond the stores, that is still their range


def refuse_leaks(names):
    """
    Refuse features that tell the answer.

    Parameters
    ----------
    names : sequence of str
        Names of features.

    Raises
    ------
    ValueError
        If a name matches one of `LEAKS`; the message names all of them and tells why.

    Examples
    --------
    >>> refuse_leaks(["floor_area_sqm", "population_near", "current_road"])
    >>> refuse_leaks(["floor_area_sqm", "rent_sqm_month"])
    Traceback (most recent call last):
    ValueError: features must not tell the answer: 'rent_sqm_month' (rent is an outcome of how well a place sells: it asks the landlord the answer)
    """  # noqa: E501
    found = {
        name: why for name in map(str, names) for pattern, why in LEAKS.items() if re.search(pattern, name.lower())
    }
    if found:
        each = "; ".join(f"{name!r} ({why})" for name, why in found.items())
        raise ValueError(f"features must not tell the answer: {each}")


class SalesModel:
    """
    Regression of log sales on the logarithms of what is around a place.

    A feature that is never below 0 goes in as log(1 + x), others as they are. Each feature must be known at four fifths
    of the stores, differ, and rest on five stores: features beyond that are left out from the last column on, so put
    first what matters most. A place with a missing feature is not forecast.

    Parameters
    ----------
    kind : {"plain", "ridge", "forest", "boosting"}
        Plain regression, ridge (its penalty by leave-one-out), random forest or gradient boosting.
    seed : int
        Of forest and boosting.

    Attributes
    ----------
    features_ : list of str
        The features that went in.
    left_out_ : dict
        Feature -> why it was left out: `mostly_missing`, `no_variation` or `too_few_stores`.
    stores_ : int
        Stores that the model was fitted to.
    model_ : scikit-learn estimator

    Examples
    --------
    Sales that rise with the people around, times three for ten times as many:

    >>> features = pd.DataFrame({"population_near": [9.0, 99, 999, 99, 999, 9]})
    >>> model = SalesModel().fit(features, pd.Series([100.0, 300, 900, 300, 900, 100]))
    >>> model.predict(pd.DataFrame({"population_near": [9999.0, None]})).round(6).tolist()
    [2700.0, nan]
    """

    def __init__(self, *, kind="plain", seed=0):
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, but is {kind!r}")
        self.kind, self.seed = kind, seed

    def fit(self, features, sales):
        """
        Learn from places with known sales.

        Parameters
        ----------
        features : DataFrame, shape (n_places, n_features)
            Numbers, such as from `site_features`; names as in `LEAKS` are refused.
        sales : Series
            Money a month, by place; what is missing, not above 0 or of another place is left out.

        Returns
        -------
        SalesModel
            The model itself.

        Raises
        ------
        ValueError
            If a feature tells the answer, no feature is left or no place has both features and sales.
        """
        refuse_leaks(features.columns)
        sales = sales[sales > 0]
        table = features.loc[features.index.intersection(sales.index)].astype(float).sort_index()
        self.left_out_ = _left_out(table)
        self.features_ = [name for name in features.columns if name not in self.left_out_]
        table = table[self.features_].dropna()
        if table.empty or not self.features_:
            raise ValueError(
                f"{len(table)} stores have sales and {len(self.features_)} features: there is nothing to learn from"
            )
        self.logged_ = [name for name in self.features_ if (table[name] >= 0).all()]
        entered = self._entered(table)
        self._low, self._high, self.stores_ = entered.min(), entered.max(), len(table)
        self.model_ = _estimator(self.kind, self.seed)
        self.model_.fit(entered.to_numpy(), np.log(sales[table.index].to_numpy(dtype=float)))
        return self

    def predict(self, features):
        """
        Sales of each place: the median of what the model expects.

        Parameters
        ----------
        features : DataFrame, shape (n,)
            As in `fit`.

        Returns
        -------
        Series, shape (n,)
            `sales`, money a month; missing where a feature is.
        """
        table = features[self.features_].astype(float)
        told = table.notna().all(axis=1)
        sales = pd.Series(np.nan, index=features.index, name="sales")
        if told.any():
            sales[told] = np.exp(self.model_.predict(self._entered(table[told]).to_numpy()))
        return sales

    def beyond(self, features):
        """
        Places unlike all that the model has seen: a feature lies beyond the stores by a quarter of their range.

        Parameters
        ----------
        features : DataFrame, shape (n,)
            As in `fit`.

        Returns
        -------
        Series of bool, shape (n,)
            `beyond`; False where all features are missing.

        Examples
        --------
        >>> model = SalesModel().fit(pd.DataFrame({"x": [0.0, 1, 3, 1, 3]}), pd.Series([1.0, 2, 3, 2, 3]))
        >>> model.beyond(pd.DataFrame({"x": [4.0, 9.0]})).tolist()
        [False, True]
        """
        entered = self._entered(features[self.features_].astype(float))
        room = MARGIN * (self._high - self._low)
        return ((entered < self._low - room) | (entered > self._high + room)).any(axis=1).rename("beyond")

    def _entered(self, table):
        logged = table[self.logged_]
        return table.assign(**np.log1p(logged.where(logged > -1)))


def _left_out(table):
    found, kept, complete = {}, [], table.notna().mean() >= KNOWN
    for name in table.columns:
        if not complete[name]:
            found[name] = "mostly_missing"
        elif not table[name].nunique() > 1:
            found[name] = "no_variation"
        elif len(table) < PER_FEATURE * (len(kept) + 1):
            found[name] = "too_few_stores"
        else:
            kept.append(name)
    return found


def _estimator(kind, seed):
    from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
    from sklearn.linear_model import LinearRegression, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if kind == "plain":
        return LinearRegression()
    if kind == "ridge":
        return make_pipeline(StandardScaler(), RidgeCV(np.logspace(-3, 3, 13)))
    if kind == "forest":
        return RandomForestRegressor(100, min_samples_leaf=3, random_state=seed)
    return GradientBoostingRegressor(n_estimators=100, max_depth=2, learning_rate=0.05, random_state=seed)
