"""
The pipeline of prospects: who stands where, how long already, who is stuck and what is missing, what breaks a rule.

The prospects table knows the present stage and since when, not the stages before: a stay that is over left no trace
there. What needs the history (`conversion.stage_times`) takes it as a table of moves.
"""

import numpy as np
import pandas as pd

from expansion_kit.candidates.stages import documents_lacking, stage_of, stage_table

FAULTS = (
    "early_contract",
    "no_disclosure",
    "documents",
    "outcome_open",
    "outcome_signed",
    "no_owner",
    "future",
    "move",
)


def pipeline(prospects, *, stages=None):
    """
    Prospects at each stage of franchising, in order; a stage without prospects is there with a zero.

    Parameters
    ----------
    prospects : DataFrame, shape (n_prospects, ...)
        With `stage`: a name of `stages`, or the English or Chinese text of a default stage. All rows count, whatever
        their outcome: hand in the open ones for the open pipeline.
    stages : sequence of str or dict, or DataFrame, optional
        The stages in order, as in `stages.stage_table`; the default if not given.

    Returns
    -------
    DataFrame, shape (n_stages, 2)
        `count` (prospects) and `share` (0 to 1; missing without prospects), index `stage`.

    Raises
    ------
    ValueError
        If a prospect stands at no stage or at an unknown one; every unknown name is listed.

    Examples
    --------
    >>> table = pipeline(pd.DataFrame({"stage": ["deposit", "enquiry", "咨询", "保证金", "enquiry"]}))
    >>> table.loc[["enquiry", "visit", "deposit"]].to_dict("list")
    {'count': [3, 0, 2], 'share': [0.6, 0.0, 0.4]}
    """
    table = stage_table(stages)
    count = stage_of(prospects, table).value_counts().reindex(table.index, fill_value=0).astype("int64")
    share = count / count.sum() if count.sum() else count.astype(float) * np.nan
    return pd.DataFrame({"count": count, "share": share})


def under_way(prospects, *, stages=None):
    """
    Whether a prospect is still on the way to an opening: not lost, and not at the opening or after it.

    Parameters
    ----------
    prospects : DataFrame, shape (n_prospects, ...)
        With `stage`, and `outcome` where any is closed.
    stages : sequence or DataFrame, optional
        As in `stages.stage_table`.

    Returns
    -------
    Series of bool, shape (n_prospects,)
        `under_way`, on the prospects' index.

    Examples
    --------
    >>> prospects = pd.DataFrame({"stage": ["visit", "visit", "stock"], "outcome": [None, "lost", "signed"]})
    >>> under_way(prospects).tolist()
    [True, False, True]
    """
    table = stage_table(stages)
    place = stage_of(prospects, table).map(dict(zip(table.index, range(len(table)))))
    before = place < int(np.argmax(table["opens"]))
    return (before & (_outcome(prospects) != "lost")).rename("under_way").astype(bool)


def days_in_stage(prospects, *, as_of):
    """
    Days that each prospect has stood at its stage so far.

    Parameters
    ----------
    prospects : DataFrame, shape (n_prospects, ...)
        With `stage_since`.
    as_of : str or Timestamp
        Day of the look.

    Returns
    -------
    Series, shape (n_prospects,)
        `days_in_stage`; missing where the day is not known, or lies after `as_of`.

    Examples
    --------
    >>> days_in_stage(pd.DataFrame({"stage_since": pd.to_datetime(["2026-10-01", None])}), as_of="2026-10-31").tolist()
    [30.0, nan]
    """
    since = prospects.reindex(columns=["stage_since"])["stage_since"]
    days = (pd.Timestamp(as_of) - pd.to_datetime(since)).dt.days.astype(float)
    return days.where(days >= 0).rename("days_in_stage")


def time_so_far(prospects, *, as_of, stages=None):
    """
    How long those still under way have stood at each stage so far. It's not how long a stage takes: nobody is through.

    Parameters
    ----------
    prospects, as_of, stages
        As in `stuck`.

    Returns
    -------
    DataFrame, shape (n_stages, 6)
        Index `stage`: `count` (under way), `undated` (of them, since when is not known), `median`, `p75`, `p90` and
        `longest`, in days.

    Examples
    --------
    >>> days = pd.to_datetime(["2026-10-01", "2026-10-21"])
    >>> prospects = pd.DataFrame({"stage": "visit", "stage_since": days})
    >>> time_so_far(prospects, as_of="2026-10-31").loc["visit"].tolist()
    [2.0, 0.0, 20.0, 25.0, 28.0, 30.0]
    """
    table = stage_table(stages)
    going = prospects[under_way(prospects, stages=table)]
    days = days_in_stage(going, as_of=as_of).groupby(stage_of(going, table).to_numpy())
    figures = {"count": days.size(), "undated": days.size() - days.count(), "median": days.median()}
    figures |= {"p75": days.quantile(0.75), "p90": days.quantile(0.9), "longest": days.max()}
    made = pd.DataFrame(figures).reindex(table.index)
    return made.assign(**made[["count", "undated"]].fillna(0).astype("int64"))


def stuck(prospects, *, as_of, stages=None, limits=None):
    """
    Prospects under way that have stood at their stage longer than is usual, the longest over first, and what they lack.

    Parameters
    ----------
    prospects : DataFrame, shape (n_prospects, ...)
        `prospects` table.
    as_of : str or Timestamp
        Day of the look.
    stages : sequence or DataFrame, optional
        As in `stages.stage_table`.
    limits : Series, optional
        Days by stage: the `p75` or `p90` of `conversion.stage_times`, for example. The stated `limit_days` of the
        stages where there is none.

    Returns
    -------
    DataFrame, shape (n_stuck, 5)
        Index as in `prospects`: `stage`, `days`, `limit_days`, `over_days`, `lacking` (tuple: documents still missing
        for the first of the next stages). Ties by id.

    Examples
    --------
    >>> prospects = pd.DataFrame({"stage": "enquiry", "stage_since": pd.to_datetime(["2026-09-01", "2026-10-30"]),
    ...     "documents": None}, index=["P1", "P2"])
    >>> stuck(prospects, as_of="2026-10-31").T.to_dict()["P1"]
    {'stage': 'enquiry', 'days': 60.0, 'limit_days': 14.0, 'over_days': 46.0, 'lacking': ('identity',)}
    """
    table = stage_table(stages)
    going = prospects[under_way(prospects, stages=table)]
    stage, days = stage_of(going, table), days_in_stage(going, as_of=as_of)
    limit = table["limit_days"] if limits is None else limits.reindex(table.index).fillna(table["limit_days"])
    following = stage.map(table["next"].map(lambda several: several[0] if several else None))
    limit_days = stage.map(limit).astype(float)
    columns = {"stage": stage, "days": days, "limit_days": limit_days, "over_days": days - limit_days}
    lacking = documents_lacking(going, following, stages=table)
    made = pd.DataFrame(columns | {"lacking": lacking}, index=going.index)
    made = made[made["over_days"] > 0].sort_index(kind="stable")
    return made.sort_values("over_days", ascending=False, kind="stable")


def pipeline_faults(prospects, *, as_of, stages=None, moves=None):
    """
    What in the pipeline breaks a rule or contradicts itself, as a list of work.

    Parameters
    ----------
    prospects : DataFrame, shape (n_prospects, ...)
        `prospects` table; with `disclosed` and `contract_date` (days) the rule of disclosure is checked.
    as_of : str or Timestamp
        Day of the look.
    stages : sequence or DataFrame, optional
        As in `stages.stage_table`.
    moves : DataFrame, optional
        `stage_moves` table: `prospect_id`, `stage`, `date`. Gives the day of a contract that has no `contract_date`,
        and lets moves be checked.

    Returns
    -------
    DataFrame, shape (n_faults, 4)
        `prospect_id`, `fault`, `stage`, `detail`; in the order of the faults, then of the ids:

        - `early_contract`: contract less than the least days after disclosure, or before it (detail: the days);
        - `no_disclosure`: at the contract or beyond without a known day of disclosure or contract: cannot be checked.
          Where no day of disclosure is known at all, one row `never_disclosed` without an id (detail: how many);
        - `documents`: stands at a stage without the documents it needs (detail: those missing). Documents that nobody
          has handed in stand in one row `never_handed` without an id: are they kept elsewhere?
        - `outcome_open`, `outcome_signed`: beyond the contract without an outcome; signed before the contract;
        - `no_owner`: under way, but nobody looks after it;
        - `future`: a stage that begins after `as_of`;
        - `move`: a move that the stages do not allow (detail: the stage it came from).

    Examples
    --------
    >>> prospects = pd.DataFrame({"stage": ["contract"], "owner": ["Li"], "disclosed": pd.to_datetime(["2026-10-01"]),
    ...     "contract_date": pd.to_datetime(["2026-10-20"])}, index=pd.Index(["P1"], name="prospect_id"))
    >>> pipeline_faults(prospects, as_of="2026-10-31").values.tolist()
    [['P1', 'early_contract', 'contract', 19]]
    """
    table = stage_table(stages)
    stage = stage_of(prospects, table)
    rows = [*_disclosure(prospects, stage, table, moves), *_papers(prospects, stage, table)]
    place, outcome = _places(stage, table), _outcome(prospects)
    signs = int(np.argmax(table["signs"]))
    flags = {
        "outcome_open": (place > signs) & outcome.isna(),
        "outcome_signed": (place < signs) & (outcome == "signed"),
        "future": pd.to_datetime(prospects.reindex(columns=["stage_since"])["stage_since"]) > pd.Timestamp(as_of),
    }
    if "owner" in prospects:
        flags["no_owner"] = under_way(prospects, stages=table) & prospects["owner"].isna()
    rows += [(key, fault, stage[key], "") for fault, where in flags.items() for key in stage.index[where]]
    rows += _moves(moves, table) if moves is not None else []
    made = pd.DataFrame(rows, columns=["prospect_id", "fault", "stage", "detail"])
    order = made["fault"].map(dict(zip(FAULTS, range(len(FAULTS)))))
    return made.assign(order=order).sort_values(["order", "prospect_id"], kind="stable", ignore_index=True)[
        ["prospect_id", "fault", "stage", "detail"]
    ]


def _outcome(prospects):
    return prospects.reindex(columns=["outcome"])["outcome"].astype(object)


def _places(stage, table):
    return stage.map(dict(zip(table.index, range(len(table)))))


def _disclosure(prospects, stage, table, moves):
    rows, dates = [], prospects.reindex(columns=["disclosed", "contract_date"]).apply(pd.to_datetime)
    for name, least in table["disclosed_days"].dropna().items():
        there = _places(stage, table) >= table.index.get_loc(name)
        reached = dates["contract_date"] if table.loc[name, "signs"] else pd.Series(pd.NaT, index=stage.index)
        if moves is not None:
            came = pd.to_datetime(moves[stage_of(moves, table) == name].groupby("prospect_id")["date"].min())
            reached = reached.fillna(pd.Series(stage.index.map(came), index=stage.index))
        days = (reached - dates["disclosed"]).dt.days
        rows += [(key, "early_contract", stage[key], int(days[key])) for key in stage.index[days < least]]
        unknown = stage.index[there & days.isna()]
        if len(unknown) and dates["disclosed"].isna().all():
            rows.append(("", "never_disclosed", name, len(unknown)))
        else:
            rows += [(key, "no_disclosure", stage[key], "") for key in unknown]
    return rows


def _papers(prospects, stage, table):
    lacking = documents_lacking(prospects, stage, stages=table)[_outcome(prospects) != "lost"].dropna()
    needed = documents_lacking(prospects.assign(documents=None), stage, stages=table)[lacking.index]
    never = {document for several in needed for document in several}
    never -= {document for key in lacking.index for document in set(needed[key]) - set(lacking[key])}
    rows = [("", "never_handed", "", tuple(d for several in table["documents"] for d in several if d in never))]
    left = {key: tuple(d for d in several if d not in never) for key, several in lacking.items()}
    return rows[: len(never)] + [(key, "documents", stage[key], several) for key, several in left.items() if several]


def _moves(moves, table):
    ordered = moves.assign(stage=stage_of(moves, table), date=pd.to_datetime(moves["date"]))
    ordered = ordered.assign(place=_places(ordered["stage"], table)).sort_values(["prospect_id", "date", "place"])
    before = ordered.groupby("prospect_id")["stage"].shift()
    for key, came_from, stage in zip(ordered["prospect_id"], before, ordered["stage"]):
        if isinstance(came_from, str) and stage not in table.loc[came_from, "next"]:
            yield key, "move", stage, came_from
