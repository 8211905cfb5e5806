"""
The stages of franchising: what each needs, who looks after it, where it leads, how long it may last.

The default follows the usual way of a Chinese franchise; a city states its own in `city.toml`. Days are usual figures
of the trade, not measured: state your own.
"""

import pandas as pd

from expansion_kit import words

_COLUMNS = ("documents", "owner_role", "next", "disclosed_days", "usual_days", "limit_days", "signs", "opens")
_TABLE = {
    "enquiry": ((), "recruiter", ("application",), 7, 14),
    "application": (("identity",), "recruiter", ("registration",), 10, 21),
    "registration": (("credit_report",), "recruiter", ("feasibility_review",), 7, 14),
    "feasibility_review": ((), "analyst", ("territory_bid", "deposit"), 21, 45),
    "territory_bid": (("proof_of_funds",), "manager", ("deposit",), 14, 30),
    "deposit": ((), "manager", ("site_approval",), 10, 21),
    "site_approval": (("business_plan",), "analyst", ("visit", "contract"), 30, 60),
    "visit": ((), "manager", ("contract", "site_approval"), 10, 21),
    "contract": (("premises_proof", "disclosure_receipt"), "legal", ("fit_out",), 14, 45),
    "fit_out": (("contract",), "fit_out_manager", ("stock",), 45, 75),
    "stock": (("fit_out_acceptance",), "supply_manager", ("training", "opening"), 10, 21),
    "training": (("stock_list",), "trainer", ("opening", "stock"), 14, 30),
    "opening": (("training_record",), "supervisor", ("review",), 7, 14),
    "review": (("opening_report",), "supervisor", (), None, None),
}
STAGES = tuple(_TABLE)
DOCUMENTS = tuple(document for row in _TABLE.values() for document in row[0])
ROLES = tuple(dict.fromkeys(row[1] for row in _TABLE.values()))
DISCLOSED_DAYS = 30
"""Least days from disclosure to contract (China, Regulations on Commercial Franchising, 2007, article 21)."""


def stage_table(stages=None):
    """
    The stages in order, with what each needs.

    Parameters
    ----------
    stages : sequence of str or dict, optional
        The city's own: names, or dicts with `name` and any column below. What is not stated is taken from the default
        stage of that name (or of its English or Chinese text), else is empty; `next` is then the stage after it.
        A table made by this function is returned as it is. `STAGES` if not given.

    Returns
    -------
    DataFrame, shape (n_stages, 8)
        Index `stage`: `documents` (tuple: needed to enter the stage), `owner_role` (who looks after it), `next` (tuple:
        stages it may lead to), `disclosed_days` (least days from disclosure to this stage), `usual_days` and
        `limit_days` (usual stay, and stay from which a prospect counts as stuck; assumed), `signs` and `opens` (True
        for the stage that is the contract and the one that is the opening; exactly one each).

    Raises
    ------
    ValueError
        If a stage is named twice, leads to an unknown stage, has an unknown column, or several sign or open.

    Examples
    --------
    >>> table = stage_table()
    >>> table.loc["contract", ["documents", "next", "disclosed_days"]].to_dict()
    {'documents': ('premises_proof', 'disclosure_receipt'), 'next': ('fit_out',), 'disclosed_days': 30.0}
    >>> own = stage_table(["咨询", {"name": "签约", "limit_days": 10}, "试营业"])
    >>> own[["next", "limit_days", "signs"]].to_dict("list")
    {'next': [('签约',), ('试营业',), ()], 'limit_days': [14.0, 10.0, nan], 'signs': [False, True, False]}
    """
    if isinstance(stages, pd.DataFrame):
        return stages
    own = stages is not None and len(stages) > 0
    stated = [{"name": s} if isinstance(s, str) else dict(s) for s in (stages if own else STAGES)]
    names = [stage["name"] for stage in stated]
    if len(set(names)) < len(names):
        raise ValueError(f"stages must be named once: {', '.join(names)}")
    rows = [_stage(stage, names, place, own) for place, stage in enumerate(stated)]
    table = pd.DataFrame(rows, columns=_COLUMNS, index=pd.Index(names, name="stage", dtype=object))
    for column, at in (("signs", "contract"), ("opens", "opening")):
        table[column] = _only_one(table[column], [_default(name) == at for name in names], column)
    days = ["disclosed_days", "usual_days", "limit_days"]
    return table.assign(**table[days].astype(float))


def stage_of(prospects, stages=None):
    """
    Stage of each prospect by its name in the stage table, whichever language it was written in.

    Parameters
    ----------
    prospects : DataFrame, shape (n_prospects, ...)
        With `stage`.
    stages : sequence or DataFrame, optional
        As in `stage_table`.

    Returns
    -------
    Series, shape (n_prospects,)
        `stage_of`, on the prospects' index.

    Raises
    ------
    ValueError
        If a prospect stands at no stage or at an unknown one; every unknown name is listed.

    Examples
    --------
    >>> stage_of(pd.DataFrame({"stage": ["咨询", "visit"]})).tolist()
    ['enquiry', 'visit']
    """
    names = list(stage_table(stages).index)
    written = {words.say(f"prospect.stage_{name}", lang): name for name in STAGES for lang in words.LANGUAGES}
    known = {text: name for text, name in written.items() if name in names} | {name: name for name in names}
    said = prospects["stage"].astype(object)
    stage = said.map(known)
    unknown = said[stage.isna()].fillna("(empty)").value_counts(sort=False)
    if len(unknown):
        found = ", ".join(f"{name!r} ({count})" for name, count in unknown.items())
        raise ValueError(f"unknown stages (prospects): {found}; stages are {', '.join(names)}")
    return stage.rename("stage_of")


def stage_text(stage, lang):
    """
    A stage as a reader calls it; a stage of the user's own is shown by its own name.

    Parameters
    ----------
    stage : str
    lang : str
        `en` or `zh`.

    Returns
    -------
    str

    Examples
    --------
    >>> stage_text("site_approval", "en"), stage_text("site_approval", "zh"), stage_text("试营业", "en")
    ('site approval', '选址审核', '试营业')
    """
    return words.say(f"prospect.stage_{stage}", lang) if stage in STAGES else stage


def document_text(document, lang):
    """
    A document as a reader calls it; one of the user's own is shown by its own name.

    >>> document_text("proof_of_funds", "zh"), document_text("店长简历", "en")
    ('资金证明', '店长简历')
    """
    return words.say(f"prospect.document_{document}", lang) if document in DOCUMENTS else document


def role_text(role, lang):
    """
    Who looks after a stage, as a reader calls them; a role of the user's own is shown by its own name.

    >>> role_text("legal", "zh"), role_text("legal", "en")
    ('法务', 'legal counsel')
    """
    return words.say(f"prospect.role_{role}", lang) if role in ROLES else role


def documents_lacking(prospects, stage, *, stages=None):
    """
    Documents that a prospect has not handed in of those it needs to stand at a stage.

    Parameters
    ----------
    prospects : DataFrame, shape (n_prospects, ...)
        With `documents` (names parted by |; a default document in either language). Without that column nothing is
        known: the result is missing.
    stage : Series, shape (n_prospects,)
        Name of the stage to be entered; missing asks for nothing.
    stages : sequence or DataFrame, optional
        As in `stage_table`.

    Returns
    -------
    Series, shape (n_prospects,)
        `documents_lacking`, a tuple of names: those of the stage and of all stages before it.

    Examples
    --------
    >>> prospects = pd.DataFrame({"documents": ["身份证明|credit_report", None]})
    >>> documents_lacking(prospects, pd.Series(["territory_bid", "application"])).tolist()
    [('proof_of_funds',), ('identity',)]
    """
    table = stage_table(stages)
    needed, so_far = {}, []
    for name, several in table["documents"].items():
        so_far = [*so_far, *(document for document in several if document not in so_far)]
        needed[name] = so_far
    if "documents" not in prospects:
        return pd.Series(None, index=prospects.index, name="documents_lacking", dtype=object)
    keys = {document_text(document, lang): document for lang in words.LANGUAGES for document in DOCUMENTS}
    rows = []
    for listed, name in zip(prospects["documents"], stage):
        handed = set() if pd.isna(listed) else {text.strip() for text in str(listed).split("|")}
        handed |= {keys[text] for text in handed & set(keys)}
        rows.append(tuple(document for document in needed.get(name, ()) if document not in handed))
    return pd.Series(rows, index=prospects.index, name="documents_lacking", dtype=object)


def _default(name):
    """Name of the default stage that is meant, or None."""
    if name in STAGES:
        return name
    texts = {text: key for lang in words.LANGUAGES for key, text in words.family("prospect.stage_", lang).items()}
    return texts.get(name)


def _stage(stated, names, place, own):
    unknown = set(stated) - {"name", *_COLUMNS}
    if unknown:
        raise ValueError(f"stage {stated['name']!r} has unknown settings: {', '.join(sorted(unknown))}")
    usual = _TABLE.get(_default(stated["name"]))
    row = dict(zip(_COLUMNS, ((), None, None, None, None, None, None, None)))
    if usual:
        row |= dict(zip(("documents", "owner_role", "next", "usual_days", "limit_days"), usual))
        row["disclosed_days"] = DISCLOSED_DAYS if _default(stated["name"]) == "contract" else None
    if own:
        row["next"] = tuple(names[place + 1 : place + 2])
    row |= {name: value for name, value in stated.items() if name != "name"}
    row |= {name: tuple(row[name]) for name in ("documents", "next")}
    if unknown := [name for name in row["next"] if name not in names]:
        raise ValueError(f"stage {stated['name']!r} leads to unknown stages: {', '.join(unknown)}")
    return row


def _only_one(stated, usual, column):
    """The one stage that is said to sign (or to open), else the default one, else the last."""
    chosen = [value is True for value in stated]
    if sum(chosen) > 1:
        raise ValueError(f"only one stage may be marked with {column}")
    if not any(chosen):
        chosen = usual if sum(usual) == 1 else [False] * (len(usual) - 1) + [True]
    return chosen
