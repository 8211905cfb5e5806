"""How often each site is chosen when demand, attraction and the Huff exponents move within their errors."""

import numpy as np
import pandas as pd

from expansion_kit.candidates.portfolio.huff_portfolio import huff_problem, huff_set
from expansion_kit.market.travel import travel_km

ERRORS = ("demand", "attraction", "alpha", "decay")


def redrawn_choices(zones, stores, sites, demand, rules, *, errors, draws=100, seed=0, **options):
    """
    The set chosen in each of many draws of the inputs.

    Parameters
    ----------
    zones, stores, sites, demand
        As in `huff_problem`.
    rules : dict
        As from `site_rules`.
    errors : dict
        Standard deviations: `demand` and `attraction` of the logarithm, one draw a zone and a store or site (0.1 is
        about 10 %); `alpha` and `decay` of the exponents (`std_error` of `HuffModel.parameters_`). What is not named
        stays as it is.
    draws : int
        Number of draws.
    seed : int
        Of numpy's default generator.
    **options
        Of `huff_problem`: `HuffModel.options()`.

    Returns
    -------
    DataFrame of bool, shape (draws, n_sites)
        Whether a site is chosen; columns sorted. Each draw is solved by greedy and interchange, without proof.

    Raises
    ------
    ValueError
        As `huff_problem`, or if an error has another name or is below 0.

    Examples
    --------
    >>> from expansion_kit.candidates.portfolio.site_rules import site_rules
    >>> zones, stores = pd.DataFrame(index=["Z1", "Z2"]), pd.DataFrame({"floor_area_sqm": [90], "own": False}, ["S1"])
    >>> sites = pd.DataFrame({"floor_area_sqm": [100, 100]}, index=["A", "B"])
    >>> km = pd.DataFrame({"S1": [2, 2], "A": [1, 3], "B": [3, 1]}, index=zones.index)
    >>> found = redrawn_choices(
    ...     zones, stores, sites, pd.Series({"Z1": 900, "Z2": 100}), site_rules(sites, count=1),
    ...     errors={"demand": 0.1}, draws=10, distance=km,
    ... )
    >>> found.mean().to_dict()
    {'A': 1.0, 'B': 0.0}
    """
    unknown = [name for name, error in errors.items() if name not in ERRORS or not error >= 0]
    if unknown or draws < 1:
        raise ValueError(f"errors must be at least 0 and of {', '.join(ERRORS)}, and draws at least 1: {errors}")
    zones = zones.sort_index()
    stores, sites = stores.sort_index(), sites.sort_index()
    if options.get("distance") is None:
        stores = stores.set_axis([f"\0{n}" for n in range(len(stores))])  # a site may be called as a store is
        km = [travel_km(zones, places) for places in (stores, sites)]
        options = options | {"distance": pd.concat(km, axis=1)}
    draw = np.random.default_rng(seed)
    told = {name: float(errors.get(name, 0.0)) for name in ERRORS}
    rows = np.zeros((draws, len(sites)), dtype=bool)
    for row in rows:
        row[_one(draw, told, (zones, stores, sites, demand), rules, options)] = True
    return pd.DataFrame(rows, columns=sites.index)


def _one(draw, errors, data, rules, options):
    zones, stores, sites, demand = data
    moved = {name: options.get(name, start) for name, start in (("alpha", 1.0), ("decay", 2.0))}
    for name in moved:  # an exponent that turns its sign makes no sense: it stays above a hundredth of itself
        moved[name] = max(draw.normal(moved[name], errors[name]), 0.01 * moved[name])
    money = demand.reindex(zones.index) * np.exp(draw.normal(0.0, errors["demand"], len(zones)))
    places = []
    for table in (stores, sites):
        factor = np.exp(draw.normal(0.0, errors["attraction"], len(table)) / moved["alpha"])
        places.append(table.assign(floor_area_sqm=table["floor_area_sqm"].astype(float) * factor))
    problem = huff_problem(zones, *places, money, **(options | moved))
    return huff_set(problem, rules, restarts=0)[0]
