"""
Rents over a city: how they fall with distance and differ by floor and frontage, and where too little is known to say.

Rent is an outcome of how good a place is. It says what a place costs; it must not be used to forecast what it sells.
"""

import numpy as np
import pandas as pd
import shapely

from expansion_kit import geo
from expansion_kit.market.rents import floor_group

_FEW = 3  # samples of a kind, and samples beyond the number of coefficients, below which nothing is fitted


class RentSurface:
    """
    Log rent, straight in the distance to the nearest centre, with floor, frontage and other covariates.

    Parameters
    ----------
    centres : GeoSeries or GeoDataFrame of points
        One centre or several, in metres: the distance is to the nearest.
    covariates : sequence of str
        Columns beside the distance. Text is a kind (each kind against the most frequent one; `floor` with its usual
        spellings of the ground floor taken together), a number is a number.
    radius : float
        Metres within which samples are counted around a place.
    min_samples : int
        Samples within the radius below which a place is marked as thin.
    level : float
        Confidence of all intervals, such as 0.9.

    Attributes
    ----------
    coefficients_ : DataFrame
        By name (`intercept`, `distance_km`, `frontage_m`, `floor=2f`, ...): `coefficient` of the log rent, `se` (HC3),
        `low`, `high`, and `factor` = exp(coefficient): what one unit more multiplies the rent with.
    gamma_, half_distance_km_ : float
        Fall of the log rent a km, and ln 2 / gamma; the half-distance is missing where rent does not fall.
    half_distance_low_, half_distance_high_ : float
        Its interval, from that of gamma; infinite where gamma may be 0.
    r2_, sigma_ : float
        Share of the variance of the log rents explained, and standard deviation of what is left.
    left_out_ : dict of int
        Rows not used, by reason.
    n_ : int
        Rows used.

    References
    ----------
    MacKinnon, J. G. and White, H. (1985). Some heteroskedasticity-consistent covariance matrix estimators with improved
    finite sample properties. Journal of Econometrics 29(3), 305-325. HC3 does not widen for neighbours whose rents are
    alike for reasons the model does not know: with samples in clumps the intervals are too narrow.

    Examples
    --------
    Rents that halve every km:

    >>> import geopandas as gpd
    >>> crs = geo.metric_crs([127.0], [37.5])
    >>> shops = gpd.GeoDataFrame({"rent_sqm_month": 400 / 2.0 ** np.arange(8)},
    ...                          geometry=gpd.points_from_xy(np.arange(8) * 1000.0, np.zeros(8)), crs=crs)
    >>> surface = RentSurface(shops.geometry[:1], covariates=()).fit(shops)
    >>> round(surface.half_distance_km_, 6), surface.predict(shops)["rent_sqm_month"].round(3).tolist()[:2]
    (1.0, [400.0, 200.0])
    """

    def __init__(self, centres, *, covariates=("floor", "frontage_m"), radius=1000.0, min_samples=5, level=0.9):
        if not 0 < level < 1 or not radius > 0:
            raise ValueError(f"level must lie between 0 and 1 and radius above 0 m, not {level} and {radius}")
        self.centres, self.covariates = centres, tuple(covariates)
        self.radius, self.min_samples, self.level = radius, min_samples, level

    def fit(self, shops):
        """
        Fit by least squares on the log rent, with HC3 standard errors.

        Parameters
        ----------
        shops : GeoDataFrame, shape (n,)
            Points in metres, with `rent_sqm_month` (money/m2/month) and the covariates. Rows without a rent above 0, a
            position or a covariate, and kinds with fewer than three rows, are left out and counted in `left_out_`.

        Returns
        -------
        RentSurface
            Itself, fitted.

        Raises
        ------
        ValueError
            If tables are not in metres and in one reference system, too few rows are left, or they can't tell the
            coefficients apart (all at one distance, a frontage that never differs).
        """
        from scipy import stats

        geo.check_metres(self.centres, shops)
        used = self._usable(shops)
        design = self._design(used)
        n, k = design.shape
        if n < k + _FEW:
            raise ValueError(f"{n} rents are too few for {k} coefficients: at least {k + _FEW} are needed")
        scale = np.sqrt((design.to_numpy() ** 2).mean(axis=0))
        if (scale == 0).any() or np.linalg.matrix_rank(design.to_numpy() / scale) < k:
            raise ValueError(f"the rents can't tell {', '.join(design.columns[1:])} apart: one follows from the others")
        x, y = design.to_numpy(), np.log(used["rent_sqm_month"].to_numpy(dtype=float))
        inverse = np.linalg.inv(x.T @ x)
        beta = inverse @ x.T @ y
        rest, leverage = y - x @ beta, np.einsum("ij,jk,ik->i", x, inverse, x)
        weight = (rest / np.maximum(1 - leverage, 1e-12)) ** 2
        self._cov = inverse @ (x.T * weight) @ x @ inverse
        self._t = stats.t.ppf((1 + self.level) / 2, n - k)
        self._places, self._farthest = used.geometry, design["distance_km"].max()
        self.n_, self.sigma_ = n, float(np.sqrt(rest @ rest / (n - k)))
        self.r2_ = float(1 - rest @ rest / ((y - y.mean()) @ (y - y.mean()))) if np.ptp(y) else float("nan")
        self._report(pd.Series(beta, index=design.columns), np.sqrt(np.diag(self._cov)))
        return self

    def predict(self, places):
        """
        Rent at other places, with a prediction interval, and whether enough is known around them.

        Parameters
        ----------
        places : GeoDataFrame, shape (m,)
            Points in metres, with the covariates of the fit.

        Returns
        -------
        DataFrame, shape (m,)
            `rent_sqm_month` (the median expected, money/m2/month), `low` and `high` (for one shop, at `level`),
            `distance_km`, `samples_near` (within the radius), `nearest_sample_m`, and `thin` (bool): fewer than
            `min_samples` near, or farther from the centre than any sample. Rent is missing for a place without
            position or covariate, or of a kind that was not fitted; it is given, with its flag, where `thin`.

        Raises
        ------
        ValueError
            If tables are not in metres and in one reference system.
        """
        geo.check_metres(self.centres, places)
        design = self._design(places)
        x = design.to_numpy()
        mean = x @ self.coefficients_["coefficient"].to_numpy()
        width = self._t * np.sqrt(np.einsum("ij,jk,ik->i", x, self._cov, x) + self.sigma_**2)
        where, samples = places.geometry.to_numpy(), shapely.STRtree(self._places.to_numpy())
        near = np.bincount(samples.query(where, predicate="dwithin", distance=self.radius)[0], minlength=len(places))
        (at, _), away = samples.query_nearest(where, all_matches=False, return_distance=True)
        nearest = np.full(len(places), np.nan)
        nearest[at] = away
        table = pd.DataFrame({"rent_sqm_month": np.exp(mean), "low": np.exp(mean - width)}, index=places.index)
        table["high"], table["distance_km"] = np.exp(mean + width), design["distance_km"]
        table["samples_near"], table["nearest_sample_m"] = near, nearest
        table["thin"] = (near < self.min_samples) | ~(design["distance_km"] <= self._farthest)
        return table

    def _usable(self, shops):
        """Rows with all that is needed; sets the kinds and what was left out."""
        rent = pd.to_numeric(shops["rent_sqm_month"]).astype(float)
        absent = [name for name in self.covariates if name not in shops]
        if absent:
            raise ValueError(f"the table of rents has no {', '.join(absent)}; name other covariates")
        values = {name: _values(shops, name) for name in self.covariates}
        self._kinds, reason = {}, pd.Series("", index=range(len(shops)))
        reason[~(rent > 0).to_numpy()] = "no rent above 0"
        reason[reason.eq("") & shops.geometry.isna().to_numpy()] = "no position"
        for name, column in values.items():
            reason[reason.eq("") & column.isna().to_numpy()] = f"no {name}"
        for name, column in values.items():
            if column.dtype == object:
                counts = column[reason.eq("").to_numpy()].value_counts().sort_index().sort_values(kind="stable")
                self._kinds[name] = [kind for kind, n in counts[::-1].items() if n >= _FEW]
                rare = reason.eq("") & ~column.isin(self._kinds[name]).to_numpy()
                reason[rare] = f"{name} with fewer than {_FEW} rents"
        self.left_out_ = {name: int(n) for name, n in reason[reason.ne("")].value_counts().sort_index().items()}
        return shops[reason.eq("").to_numpy()]

    def _design(self, table):
        metres = geo.distances(table.geometry, self.centres)
        columns = {"intercept": np.ones(len(table)), "distance_km": metres.min(axis=1) / 1000}
        for name in self.covariates:
            column = _values(table, name)
            if name not in self._kinds:
                columns[name] = column.to_numpy(dtype=float)
                continue
            fitted = column.isin(self._kinds[name]).to_numpy()
            for kind in self._kinds[name][1:]:
                columns[f"{name}={kind}"] = np.where(fitted, column.eq(kind), np.nan)
            if len(self._kinds[name]) <= 1:
                columns["intercept"] = np.where(fitted, columns["intercept"], np.nan)
        return pd.DataFrame(columns, index=table.index)

    def _report(self, beta, se):
        low, high = beta - self._t * se, beta + self._t * se
        self.coefficients_ = pd.DataFrame(
            {"coefficient": beta, "se": se, "low": low, "high": high, "factor": np.exp(beta)}
        )
        self.gamma_ = float(-beta["distance_km"])
        slowest, fastest = -high["distance_km"], -low["distance_km"]
        self.half_distance_km_ = _half(self.gamma_, otherwise=float("nan"))
        self.half_distance_low_ = _half(fastest, otherwise=float("nan"))
        self.half_distance_high_ = _half(slowest, otherwise=float("inf"))


def _half(gamma, *, otherwise):
    return float(np.log(2) / gamma) if gamma > 0 else otherwise


def _values(table, name):
    """A covariate: floats, or kinds as text (object)."""
    if name not in table:
        return pd.Series(np.nan, index=table.index)
    if name == "floor":
        return floor_group(table[name])
    if pd.api.types.is_numeric_dtype(table[name]):
        return table[name].astype(float)
    text = table[name].astype(object).where(table[name].notna())
    return text.where(text.isna(), text.astype(str).str.strip())
