"""What shops of a category sell in each zone: a model tried on whole districts left out."""

from expansion_kit.candidates.sales.roads import model_road
from expansion_kit.candidates.sales.sales_model import KINDS, SalesModel
from expansion_kit.candidates.sales.validation import choose_kind, folds, leave_one_out


def zone_sales(features, sales, groups, *, kinds=KINDS, seed=0):
    """
    A model of the sales of zones, and how it does in districts (or cities) it has learned nothing of.

    Store counts are allowed as features: the model says what shops that are there sell, not what a zone without any is
    worth.

    Parameters
    ----------
    features : DataFrame, shape (n_zones, n_features)
        As from `site_features.zone_features`; what leaks the answer is refused.
    sales : Series
        Money a month that shops of each zone sell, such as from `market.potential.supply_month`; a zone without sales
        or without a feature is left out.
    groups : Series
        District or city of each zone.
    kinds : sequence of str
        Kinds of `SalesModel` to try, the default first.
    seed : int

    Returns
    -------
    model : SalesModel
        Of the kind chosen, fitted to all zones.
    kind : str
        The first, unless another beats it (`validation.choose_kind`).
    by_kind : DataFrame
        Errors of each kind, districts left out: as from `choose_kind`.
    by_group : DataFrame
        Errors of the kind chosen in each district, and in `all`: as from `leave_one_out`.

    Raises
    ------
    ValueError
        If a feature leaks the answer, there are fewer than two groups, or 20 zones with sales and features.
    """
    sales = sales[sales.gt(0) & sales.index.isin(features.dropna().index) & sales.index.isin(groups.dropna().index)]
    nowhere = features.iloc[:0]
    roads = {kind: model_road(features, nowhere, kind=kind, seed=seed) for kind in kinds}
    by_group = leave_one_out(roads[kinds[0]], sales, groups)
    if not by_group["stores"]["all"]:
        raise ValueError(f"{len(sales)} zones have sales and features: too few to leave districts out")
    kind, by_kind = choose_kind(roads, sales, folds(groups.reindex(sales.index), splits=None))
    if kind != kinds[0]:
        by_group = leave_one_out(roads[kind], sales, groups)
    return SalesModel(kind=kind, seed=seed).fit(features, sales), kind, by_kind, by_group
