"""
What the economics of a site rest on: its own figures, what was stated, the brand's terms, and what is assumed.

Assumed figures are orders of magnitude, of no source: each of them is named in the result, and each can be replaced.
"""

import numpy as np
import pandas as pd

from expansion_kit.market.leases import lease_cost, rent_month

ASSUMED = {
    ("", ""): {
        "term_months": 36,
        "fit_out_days": 45,
        "rent_free_days": 0,
        "escalation": 0.0,
        "property_fee_sqm_month": 0.0,
        "promotion_levy": 0.0,
        "transfer_fee": 0.0,
        "deposit_months": 2,
        "settlement": "month",
        "sales_basis": "gross",
        "remittance_days": 30,
        "royalty": 0.0,
        "advertising_levy": 0.0,
        "franchise_fee": 0.0,
        "brand_deposit": 0.0,
        "gross_margin": 0.55,
        "variable_rate": 0.05,
        "sales_growth": 0.0,
        "cost_growth": 0.0,
        "ramp_start": 0.5,
        "ramp_months": 6,
        "supply_share": 0.8,
        "supply_margin": 0.15,
        "levy_spent": 1.0,
    },
    ("", "tea"): {"gross_margin": 0.60, "variable_rate": 0.08},
    ("", "coffee"): {"gross_margin": 0.65, "variable_rate": 0.06},
    ("CN", ""): {
        "fit_out_sqm": 2000.0,
        "equipment": 80_000.0,
        "opening_cost": 20_000.0,
        "working_capital": 30_000.0,
        "staff_month": 24_000.0,
        "other_fixed_month": 6_000.0,
        "opening_support": 12_000.0,
        "support_month": 800.0,
    },
    ("CN", "tea"): {"fit_out_sqm": 2500.0, "equipment": 90_000.0, "staff_month": 20_000.0},
    ("CN", "coffee"): {"fit_out_sqm": 2800.0, "equipment": 120_000.0},
}
"""
By country (ISO code) and category; the more special wins, and "" holds for all. Shares and times are taken for every
country, money only where a country has some: elsewhere it must be stated, or the result is missing.
"""

SPREADS = {"sales": 0.25, "gross_margin": 0.02, "staff_month": 0.10, "other_fixed_month": 0.15, "fit_out": 0.15}
"""How uncertain they are, assumed: standard deviation of the log, of the gross margin that of the share itself."""

_CATEGORIES = {"tea": "tea|茶饮|奶茶|新茶饮", "coffee": "coffee|cafe|café|咖啡|커피|커피-음료"}
_BRAND_TERMS = {"franchise_fee": "franchise_fee", "deposit": "brand_deposit", "royalty": "royalty"}
_AREAS = ["fit_out_cost", "floor_area_sqm", "rentable_area_sqm"]
INPUTS = list(dict.fromkeys(name for terms in ASSUMED.values() for name in terms))
PARTS = ["sales_month", "rent", "fit_out", "deposit", *(name for name in INPUTS if name not in ("fit_out_sqm",))]
_FRANCHISOR = ("supply_share", "supply_margin", "levy_spent", "opening_support", "support_month")


def unit_inputs(sites, sales_month, *, country="", category="", brand_terms=None, stated=None, days=365 / 12):
    """
    The inputs of each site's economics, and which of them are assumed or missing.

    What the site's own row says comes first, then what is stated for all, then the brand's terms, then `ASSUMED`. The
    rentable area is the floor area where only that is known, the term that of the lease, else the brand's; the deposit
    counts months of the fixed or base rent, where there is none of the rent at these sales. Each stand-in is named.

    Parameters
    ----------
    sites : DataFrame, shape (n,)
        `sites` table with its lease columns; columns named as in `INPUTS` hold figures of single sites.
    sales_month : Series
        Mature sales of an ordinary month, money, by site.
    country, category : str
        For `ASSUMED`: `CN`, and `tea`, `coffee` or a common name of them.
    brand_terms : mapping, optional
        The brand's row: `franchise_fee`, `deposit`, `royalty`, `term_years`.
    stated : dict, optional
        Name of an input to its value for all sites; None takes an assumed one away, so that it is missing.
    days : float
        Days of a month.

    Returns
    -------
    DataFrame, shape (n,)
        The sites with every input as a column, `sales_month`, `fit_out` and `deposit` (money), `start_month` (1 to 12,
        of `lease_start`); `assumed` and `missing` name inputs, parted by `, `. A site with something `missing` has no
        economics; what only the brand's own side needs is in `assumed_franchisor` and `missing_franchisor`.

    Raises
    ------
    ValueError
        If a stated name is not an input, or a share or a time is out of its bounds.

    Examples
    --------
    >>> sites = pd.DataFrame({"rent_month": [18000.0], "floor_area_sqm": [50.0], "transfer_fee": [30000.0]})
    >>> told = {"country": "CN", "category": "茶饮", "stated": {"royalty": 0.03}}
    >>> case = unit_inputs(sites, pd.Series([120000.0]), **told).iloc[0]
    >>> case[["fit_out", "deposit", "royalty"]].astype(float).tolist(), case["missing"]
    ([125000.0, 36000.0, 0.03], '')
    """
    if unknown := set(stated or {}) - set(INPUTS):
        raise ValueError(f"no such input: {', '.join(sorted(unknown))}; there are {', '.join(INPUTS)}")
    table, assumed = sites.copy(), pd.DataFrame(False, index=sites.index, columns=PARTS + ["rentable_area_sqm"])
    table["sales_month"] = sales_month.reindex(sites.index).astype(float)
    table[_AREAS] = sites.reindex(columns=_AREAS).astype(float)
    assumed["rentable_area_sqm"] = table["rentable_area_sqm"].isna() & table["floor_area_sqm"].notna()
    table["rentable_area_sqm"] = table["rentable_area_sqm"].fillna(table["floor_area_sqm"])
    table["term_months"] = _terms(sites, brand_terms)
    told = {} if brand_terms is None else {ours: brand_terms.get(name) for name, ours in _BRAND_TERMS.items()}
    told = {name: value for name, value in told.items() if pd.notna(value)} | dict(stated or {})
    defaults = _defaults(country, category)
    for name in INPUTS:
        table[name], stands_in = _filled(table, name, told, defaults)
        if name in assumed:
            assumed[name] = stands_in
    by_area = table["fit_out_sqm"] * table["floor_area_sqm"]
    table["fit_out"] = table["fit_out_cost"].fillna(by_area)
    assumed["fit_out"] = table["fit_out_cost"].isna() & by_area.notna() & ("fit_out_sqm" not in told)
    own_till = _column(sites, "remittance_days").isna() & sites.reindex(columns=["tenure"])["tenure"].ne("concession")
    table.loc[own_till, "remittance_days"] = 0.0
    assumed.loc[own_till, "remittance_days"] = False
    shares = table.reindex(columns=["turnover_rate", "tiers"]).notna().any(axis=1)
    assumed.loc[~shares, ["settlement", "sales_basis"]] = False
    table["deposit"], assumed["deposit"] = _deposit(table, days)
    table["start_month"] = pd.to_datetime(sites.reindex(columns=["lease_start"])["lease_start"]).dt.month.astype(float)
    _check(table)
    needed = table.reindex(columns=[part for part in PARTS if part not in ("rent", *_FRANCHISOR)]).isna()
    needed["rent"] = lease_cost(table, table["sales_month"], days=days)["rent"].isna() & ~needed["sales_month"]
    needed["rentable_area_sqm"] = table["rentable_area_sqm"].isna() & table["property_fee_sqm_month"].gt(0)
    needed["deposit"] &= ~needed["rent"] & ~needed["deposit_months"] & ~needed["sales_month"]
    table["assumed"], table["missing"] = _listed(assumed.drop(columns=list(_FRANCHISOR))), _listed(needed)
    table["assumed_franchisor"] = _listed(assumed[list(_FRANCHISOR)])
    table["missing_franchisor"] = _listed(table[list(_FRANCHISOR)].isna())
    return table


def _defaults(country, category):
    kind = str(category or "").strip().lower()
    kind = next((name for name, said in _CATEGORIES.items() if kind and kind in said.split("|")), "")
    found = {}
    for key in (("", ""), ("", kind), (country, ""), (country, kind)):
        found |= ASSUMED.get(key, {})
    return found


def _filled(table, name, told, defaults):
    """A column with its gaps filled from what is told, else from what is assumed; and where it is the latter."""
    own = table.reindex(columns=[name])[name]
    own = own if name in ("settlement", "sales_basis") else pd.to_numeric(own).astype(float)
    value = told[name] if name in told else defaults.get(name)
    if value is None:
        return own, pd.Series(False, index=table.index)
    given = value.reindex(table.index) if isinstance(value, pd.Series) else pd.Series(value, index=table.index)
    stands_in = own.isna() & given.notna() & (name not in told)
    return own.where(own.notna(), given), stands_in


def _terms(sites, brand_terms):
    """Whole months of the lease, else of the brand's contract."""
    start, end = (pd.to_datetime(sites.reindex(columns=[name])[name]) for name in ("lease_start", "lease_end"))
    months = ((end - start).dt.days + 1) / (365.25 / 12)
    years = np.nan if brand_terms is None else brand_terms.get("term_years")
    years = np.nan if pd.isna(years) else float(years)
    own = _column(sites, "term_months")
    return own.fillna(months.round().where(months.round() > 0)).fillna(years * 12)


def _deposit(table, days):
    asked = rent_month(table, days=days).fillna(_column(table, "base_rent_month"))
    at_sales = lease_cost(table, table["sales_month"], days=days)["rent"]
    money = table["deposit_months"] * asked.fillna(at_sales)
    return money, asked.isna() & money.notna() & table["deposit_months"].ne(0)


_BOUNDS = {
    **dict.fromkeys(("royalty", "advertising_levy", "variable_rate", "promotion_levy"), (0, 1)),
    **dict.fromkeys(("gross_margin", "ramp_start", "supply_share", "supply_margin", "levy_spent"), (0, 1)),
    **dict.fromkeys(("escalation", "sales_growth", "cost_growth"), (-0.9, 1)),
    "term_months": (1, 600),
}


def _check(table):
    """Every input within bounds that a slip of the pen (18 for 0.18) falls out of."""
    wrong = []
    for name in INPUTS:
        least, most = _BOUNDS.get(name, (0, np.inf))
        if name not in ("settlement", "sales_basis"):
            bad = table[name].notna() & ~table[name].between(least, most)
            wrong += (
                [f"{name} must be from {least} to {most}, but is {table.loc[bad, name].iloc[0]:g}"] if bad.any() else []
            )
    if wrong:
        raise ValueError("; ".join(wrong))


def _listed(flags):
    names = np.array(flags.columns, dtype=object)
    return pd.Series([", ".join(names[row]) for row in flags.to_numpy(dtype=bool)], index=flags.index, dtype=object)


def _column(table, name):
    return pd.to_numeric(table.reindex(columns=[name])[name]).astype(float)
