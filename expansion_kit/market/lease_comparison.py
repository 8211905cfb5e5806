"""Leases made comparable: one level payment over the term, and the sales at which two of them cost the same."""

import numpy as np
import pandas as pd

from expansion_kit.market.leases import lease_cost, rent_month
from expansion_kit.tiers import read_tiers


def effective_rent(leases, sales_month=np.nan, *, discount_rate, term_months=None, days=365 / 12, **options):
    """
    Effective rent over the term: the level payment a month that is worth the same as what the lease asks.

    The rent-free days come first; the fixed or base rent rises by `escalation` after every twelve months, rate and
    steps stay. Rent is paid at even times a month, so paying in advance or in arrears gives the same.

    Parameters
    ----------
    leases : DataFrame, shape (n,)
        Lease columns. Without `rent_free_days` or `escalation` none is taken, and named in `left_out`.
    sales_month : float or Series
        Money a month, the same over the term; needed where rent follows sales.
    discount_rate : float
        A year, as a share; 0 gives the plain mean.
    term_months : int, optional
        Term of a lease without `lease_start` and `lease_end`; missing terms give missing results.
    days : float
        Days of a month, as in `leases.rent_month`; also what rent-free days are counted by.
    **options
        `tier_rule` and `vat_rate`, as in `leases.lease_cost`.

    Returns
    -------
    DataFrame, shape (n,)
        `term_months`; money a month: `first_rent` (of the first year, when paid), `effective_rent`;
        `transfer_fee_month` (转让费, paid at the start, as a level payment), `deposit_month` (押金: what it costs to
        have the deposit lie from start to end, and then get it back), and `effective_cost`, the sum of the last
        three. A part the lease does not state (a deposit in months of a rent that is only a share of sales, too) is not
        in the sum and named in `left_out`. `.attrs["method"]` names the conventions.

    Raises
    ------
    ValueError
        If the discount rate is below 0 or `term_months` not above 0, and as `lease_cost`.

    References
    ----------
    R_eff = sum R_t (1 + r)^-t / sum (1 + r)^-t, with R_t = 0 in the rent-free time.

    Examples
    --------
    A year at 12,000, two months free: ten twelfths of it.

    >>> lease = pd.DataFrame({"rent_month": [12000.0], "rent_free_days": [60], "escalation": [0.05]})
    >>> effective_rent(lease, discount_rate=0, term_months=12, days=30)["effective_rent"].tolist()
    [10000.0]
    """
    if not discount_rate >= 0 or (term_months is not None and not term_months > 0):
        raise ValueError(
            f"discount_rate must be at least 0 and term_months above 0, not {discount_rate}, {term_months}"
        )
    term = _term(leases, term_months)
    month = np.arange(int(term.max()) if term.notna().any() else 0)
    here = month[None, :] < term.to_numpy()[:, None]
    worth = (1 + discount_rate) ** (-(month + 1) / 12) * here
    total = pd.Series(worth.sum(axis=1), index=leases.index).where(term.notna())
    free = _column(leases, "rent_free_days").fillna(0.0).to_numpy() / days
    paid = 1 - np.clip(free[:, None] - month, 0, 1)
    rents = _rents_by_year(leases, sales_month, -(-len(month) // 12), days, options)
    money = np.where(here, rents[:, month // 12] * paid, 0.0)
    first = pd.Series(rents[:, 0], index=leases.index)
    table = pd.DataFrame({"term_months": term, "first_rent": first})
    table["effective_rent"] = (money * worth).sum(axis=1) / total
    table["transfer_fee_month"] = _column(leases, "transfer_fee") / total
    deposit = _column(leases, "deposit_months") * rent_month(leases, days=days).fillna(
        _column(leases, "base_rent_month")
    )
    table["deposit_month"] = deposit * (1 - (1 + discount_rate) ** (-term / 12)) / total
    parts = table[["transfer_fee_month", "deposit_month"]]
    table["effective_cost"] = table["effective_rent"] + parts.fillna(0.0).sum(axis=1)
    stated = ["rent_free_days", "escalation", "transfer_fee", "deposit_months"]
    absent = np.column_stack([_column(leases, name).isna() for name in stated])
    absent[:, -1] |= deposit.isna()
    table["left_out"] = [", ".join(np.array(stated, dtype=object)[row]) for row in absent]
    basis = lease_cost(leases, sales_month, days=days, **options).attrs["method"]
    table.attrs["method"] = f"discounted by {discount_rate:g} a year; {basis}"
    return table


def typical_lease(leases):
    """
    A lease as most of these are: the most frequent kind of rent, with the medians of its terms.

    Parameters
    ----------
    leases : DataFrame, shape (n,)
        Lease columns. Those without `rent_mode` are left out.

    Returns
    -------
    DataFrame, one row, or none where no lease states its kind
        `rent_mode`, and the median of each number that the leases of this kind state; `leases`, how many there are.

    Examples
    --------
    >>> leases = pd.DataFrame({"rent_mode": ["fixed", "fixed", "turnover"], "rent_month": [9000.0, 11000.0, None]})
    >>> typical_lease(leases).iloc[0].to_dict()
    {'rent_mode': 'fixed', 'rent_month': 10000.0, 'leases': 2}
    """
    modes = leases["rent_mode"].value_counts() if "rent_mode" in leases else pd.Series(dtype=int)
    if modes.empty:
        return pd.DataFrame({"rent_mode": [], "leases": []})
    mode = min(modes.index[modes == modes.max()])
    alike = leases[leases["rent_mode"] == mode]
    medians = alike.drop(columns=["lon", "lat"], errors="ignore").select_dtypes("number").median().dropna()
    return pd.DataFrame({"rent_mode": mode, **medians, "leases": len(alike)}, index=[0])


def equal_cost_sales(street, mall, *, days=365 / 12, tier_rule="slices", vat_rate=None):
    """
    The sales at which a street lease and a mall lease cost the same: rent, property fee and promotion levy.

    Parameters
    ----------
    street, mall : DataFrame, one row each
        Lease columns, as in `leases.lease_cost`.
    days, tier_rule, vat_rate
        As in `leases.lease_cost`. Without a VAT rate both are taken to count the same sales.

    Returns
    -------
    DataFrame, one row for each sales level at which the cheaper one changes, rising
        `sales_month` and `occupancy_cost` (money a month; missing at a `jump`), `cheaper_below` and `cheaper_above`
        (`street`, `mall` or `same`), `kind`: `equal`, or `jump` where a rate on all sales makes one of them leap over
        the other. Empty where one is cheaper at all sales.

    Raises
    ------
    ValueError
        If there is not one row each, or a rent is not known.

    Examples
    --------
    30,000 in the street, 15 % and at least 20,000 in the mall:

    >>> street = pd.DataFrame({"rent_month": [30000.0]})
    >>> mall = pd.DataFrame({"rent_mode": ["greater_of"], "base_rent_month": [20000.0], "turnover_rate": [0.15]})
    >>> equal_cost_sales(street, mall)[["sales_month", "cheaper_below"]].to_numpy().tolist()
    [[200000.0, 'mall']]
    """
    if len(street) != 1 or len(mall) != 1:
        raise ValueError(f"one street and one mall lease are compared, but there are {len(street)} and {len(mall)}")
    options = {"days": days, "tier_rule": tier_rule, "vat_rate": vat_rate}
    known = {"days": days, "vat_rate": vat_rate}
    kinks = np.unique(np.concatenate([[0.0], lease_kinks(street, **known), lease_kinks(mall, **known)]))
    width = np.append(np.diff(kinks), max(kinks[-1], 1.0))
    both = {"street": street, "mall": mall}
    third = _cost_at(both, kinks + width / 3, options)  # between kinks both costs are straight
    slope = (_cost_at(both, kinks + width * 2 / 3, options) - third) / (width / 3)
    return _crossings(kinks, width, third - slope * width / 3, slope)


def lease_kinks(lease, *, days=365 / 12, vat_rate=None):
    """
    Sales at which the rent of a lease may bend or leap; between two of them it is a straight line.

    Parameters
    ----------
    lease : DataFrame, one row
        Lease columns, as in `leases.lease_cost`.
    days, vat_rate
        As in `leases.lease_cost`.

    Returns
    -------
    ndarray
        Money a month (with VAT where a rate is given), above 0, in no order.

    Examples
    --------
    >>> lease = pd.DataFrame({"rent_mode": ["greater_of"], "base_rent_month": [20000.0], "turnover_rate": [0.1]})
    >>> sorted(set(lease_kinks(lease).tolist()))
    [200000.0]
    """
    text = lease["tiers"].iloc[0] if "tiers" in lease else None
    tiers = read_tiers(text) if isinstance(text, str) else []
    first, least, above, base = (
        _column(lease, name).iloc[0] for name in ("turnover_rate", "minimum_sales", "breakpoint", "base_rent_month")
    )
    base = rent_month(lease, days=days).iloc[0] if np.isnan(base) else base
    bends = [start for start, _ in tiers] + [least, above]
    begin, paid, rate = 0.0, 0.0, first  # where the share of sales reaches the base rent, by slices or as a whole
    for start, next_rate in [*tiers, (np.inf, np.nan)]:
        bends += [begin + (base - paid) / rate, base / rate] if rate > 0 else []
        if np.isfinite(start):
            paid, begin, rate = paid + (rate * (start - begin) if start > 0 else 0.0), start, next_rate
    net = vat_rate is not None and "sales_basis" in lease and lease["sales_basis"].iloc[0] == "net"
    bends = np.asarray(bends, dtype=float) * (1 + vat_rate if net else 1.0)
    return bends[np.isfinite(bends) & (bends > 0)]


def _crossings(kinks, width, begin, slope):
    """Sign changes of (street - mall), which is straight on each stretch [kink, kink + width), the last one open."""
    rows, before = [], None
    tiny = 1e-9 * (1 + np.abs(begin).max())
    ends = np.append(width[:-1], np.inf)
    for start, end, street, mall, rise, other in zip(kinks, ends, *begin, *slope):
        gap, tilt = street - mall, rise - other
        sign = _sign(gap if abs(gap) > tiny else tilt * min(end, 1.0), tiny * 1e-3)
        if before is not None and sign != before:
            jump = abs(gap) > tiny
            rows.append((start, np.nan if jump else street, before, sign, "jump" if jump else "equal"))
        before, zero = sign, -gap / tilt if tilt else np.inf
        if abs(gap) > tiny and 0 < zero < end - tiny:
            rows.append((start + zero, street + rise * zero, sign, -sign, "equal"))
            before = -sign
    table = pd.DataFrame(rows, columns=["sales_month", "occupancy_cost", "cheaper_below", "cheaper_above", "kind"])
    words = {-1: "street", 0: "same", 1: "mall"}
    return table.assign(**{side: table[side].map(words) for side in ("cheaper_below", "cheaper_above")})


def _sign(value, tiny):
    return 0 if abs(value) <= tiny else int(np.sign(value))


def _cost_at(leases, sales, options):
    """Occupancy cost of each lease at each of the sales, shape (2, n)."""
    costs = []
    for name, lease in leases.items():
        several = lease.loc[lease.index.repeat(len(sales))].reset_index(drop=True)
        costs.append(lease_cost(several, pd.Series(sales), **options)["occupancy_cost"].to_numpy())
        if np.isnan(costs[-1]).any():
            raise ValueError(f"the rent of the {name} lease is not known at all sales: its terms are incomplete")
    return np.array(costs)


def _term(leases, term_months):
    """Whole months from the first to the last day of each lease, else what is stated."""
    term = pd.Series(np.nan if term_months is None else float(term_months), index=leases.index)
    if {"lease_start", "lease_end"} <= set(leases.columns):
        start = pd.to_datetime(leases["lease_start"])
        end = pd.to_datetime(leases["lease_end"]) + pd.Timedelta(days=1)
        months = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month + (end.dt.day - start.dt.day) / 30
        term = months.round().where(months.round() > 0).fillna(term)
    return term


def _rents_by_year(leases, sales_month, years, days, options):
    """Rent a month in each year of the term, shape (n, years): the fixed and base rent rise, the rest stays."""
    fixed, base = rent_month(leases, days=days), _column(leases, "base_rent_month")
    rise = 1 + _column(leases, "escalation").fillna(0.0)
    columns = []
    for year in range(max(years, 1)):
        risen = leases.assign(rent_month=fixed * rise**year, base_rent_month=base * rise**year)
        columns.append(lease_cost(risen, sales_month, days=days, **options)["rent"].to_numpy())
    return np.column_stack(columns)


def _column(table, column):
    if column not in table:
        return pd.Series(np.nan, index=table.index)
    return pd.to_numeric(table[column]).astype(float)
