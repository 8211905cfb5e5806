"""The sales at which a store stops losing money, inside the rent regime that holds there."""

import numpy as np
import pandas as pd

from expansion_kit.market.lease_comparison import lease_kinks
from expansion_kit.market.leases import rents_at

KINDS = ("one", "none", "several", "always", "unknown")


def break_even(leases, *, contribution, fixed_month, season=None, days=365 / 12, tier_rule="slices", vat_rate=None):
    """
    Break-even sales of an ordinary month, exact for every mode of rent.

    Profit is contribution x sales - fixed cost - rent(sales): straight between the kinks of the lease, so each piece is
    solved by itself. With a season, a year is solved whose months sell the season times the ordinary month.

    Parameters
    ----------
    leases : DataFrame, shape (n,)
        Lease columns, as in `market.leases.lease_cost`; only their rent is taken.
    contribution : float or Series
        Share of a sale that is left after goods, royalty, levies and what else goes with sales, but before rent.
    fixed_month : float or Series
        Money a month besides rent: staff, property fee, and so on.
    season : sequence of float, length 12, optional
        Sales of the months over those of an ordinary one. It matters where rent bends and is settled by the month.
    days, tier_rule, vat_rate
        As in `market.leases.lease_cost`.

    Returns
    -------
    DataFrame, shape (n,)
        Money a month: `breakeven_sales`, the least sales without a loss, and `safe_sales`, from which on there is none
        any more (missing where large sales lose money); `breakeven_kind`: `one`, `none` (no sales are enough),
        `several` (above it there are sales that lose money again), `always` (no loss even without sales: 0), `unknown`
        (a term or a cost is); `breakeven_rent`: `flat` or `share`, whether rent there rises with sales, else empty.

    Examples
    --------
    The base rent holds; the share of sales alone would say 100,000:

    >>> lease = pd.DataFrame({"rent_mode": ["greater_of"], "base_rent_month": [20000.0], "turnover_rate": [0.1]})
    >>> table = break_even(lease, contribution=0.55, fixed_month=45000)
    >>> table["breakeven_sales"].round(2).tolist(), table["breakeven_rent"].tolist()
    ([118181.82], ['flat'])
    """
    terms = {"days": days, "vat_rate": vat_rate}
    months = _months(leases, season)
    left, fixed = (_column(value, leases)[:, None] for value in (contribution, fixed_month))
    kinks = _kinks(leases, months, terms)
    width = np.diff(kinks, append=kinks[:, -1:] + np.maximum(kinks[:, -1:], 1.0))

    def profit(sales):
        rent = sum(rents_at(leases, sales * month[:, None], tier_rule=tier_rule, **terms) for month in months.T)
        return left * sales - fixed - rent / months.shape[1]

    third = profit(kinks + width / 3)
    rise = (profit(kinks + width * 2 / 3) - third) / np.where(width > 0, width / 3, np.inf)
    table = _crossings(kinks, width, third - rise * width / 3, rise)
    bent = _at_sales(rise < left - 1e-9, kinks, table["breakeven_sales"].to_numpy())
    solved = table["breakeven_sales"].notna().to_numpy()
    table["breakeven_rent"] = np.where(solved, np.where(bent, "share", "flat"), "")
    return table.set_index(leases.index)


def _months(leases, season):
    """Sales of the months over the ordinary one, a row a lease; settled by the year, only their mean counts."""
    shares = np.ones(1) if season is None else np.asarray(season, dtype=float)
    if len(shares) not in (1, 12) or not (shares >= 0).all() or abs(shares.mean() - 1) > 1e-6:
        raise ValueError("season must be twelve numbers from 0 up with a mean of 1")
    settled = leases.reindex(columns=["settlement"])["settlement"].eq("year").to_numpy(dtype=bool, na_value=False)
    return np.where(settled[:, None], 1.0, shares[None, :])


def _kinks(leases, months, terms):
    """Where profit may bend, rising from 0, shape (n, K); rows with fewer are filled up with places that do no harm."""
    rows = []
    for place, shares in enumerate(months):
        own = lease_kinks(leases.iloc[[place]], **terms)
        rows.append(np.unique(np.concatenate([[0.0], *(own / share for share in np.unique(shares) if share > 0)])))
    longest = max(map(len, rows), default=1)
    return np.array([[*row, *(row[-1] + 1.0 + np.arange(longest - len(row)))] for row in rows]).reshape(-1, longest)


def _crossings(kinks, width, begin, rise):
    """Where profit that is straight on each stretch, the last one open, goes from below 0 to 0 and back."""
    end = begin + rise * width
    tiny = 1e-9 * (1 + np.abs(begin).max(axis=1, initial=0.0, where=~np.isnan(begin)))[:, None]
    starts, ends = begin >= -tiny, end >= -tiny
    ends[:, -1] = np.where(np.abs(rise[:, -1]) > 1e-12, rise[:, -1] > 0, starts[:, -1])
    with np.errstate(divide="ignore", invalid="ignore"):
        zero = np.maximum(kinks - begin / rise, kinks)
    zero[:, :-1] = np.minimum(zero[:, :-1], kinks[:, 1:])
    inside = ~starts & ends
    leaps = np.zeros_like(inside)
    leaps[:, 1:] = ~ends[:, :-1] & starts[:, 1:]
    ups = np.where(inside, zero, np.where(leaps, kinks, np.nan))
    first, last = (np.where(np.isnan(ups).all(axis=1), np.nan, pick(ups, axis=1)) for pick in (_least, _most))
    downs = (starts & ~ends).sum(axis=1) + (ends[:, :-1] & ~starts[:, 1:]).sum(axis=1)
    count = (inside | leaps).sum(axis=1) + (inside & leaps).sum(axis=1)
    kind = np.select(
        [
            np.isnan(begin).any(axis=1),
            (count + downs == 0) & starts[:, 0],
            count + downs == 0,
            (count == 1) & (downs == 0),
        ],
        ["unknown", "always", "none", "one"],
        "several",
    )
    least = np.where(starts[:, 0], 0.0, first)
    safe = np.where(ends[:, -1], np.where(count > 0, last, 0.0), np.nan)
    known = ~np.isin(kind, ["unknown", "none"])
    columns = {"breakeven_sales": np.where(known, least, np.nan), "safe_sales": np.where(known, safe, np.nan)}
    return pd.DataFrame(columns | {"breakeven_kind": kind})


def _least(values, axis):
    return np.where(np.isnan(values), np.inf, values).min(axis=axis)


def _most(values, axis):
    return np.where(np.isnan(values), -np.inf, values).max(axis=axis)


def _at_sales(flags, kinks, sales):
    """The flag of the stretch that sales lie in."""
    place = np.maximum((kinks <= np.nan_to_num(sales)[:, None]).sum(axis=1) - 1, 0)
    return flags[np.arange(len(flags)), place]


def _column(value, leases):
    if isinstance(value, pd.Series):
        return value.reindex(leases.index).to_numpy(dtype=float)
    return np.full(len(leases), float(value))
