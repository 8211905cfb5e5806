"""
Prospects: true order and cover found on the demo city; the fitted card beside a plain logistic regression.

    python benchmarks/prospects.py [FOLDER]    FOLDER holds the bank data (bank.csv); --only, --seeds choose

Says so where the bank data are absent. They are no franchise data: they test the mechanics only.
"""

import argparse
import copy
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

sys.path.insert(0, str(Path(__file__).parent.parent))

from data import make_demo_city
from data.demo_parts import ground, people
from expansion_kit.candidates.conversion import conversion, signing_rates
from expansion_kit.candidates.score_checks import auc, calibration, held_out, ks
from expansion_kit.candidates.scorecard import Scorecard

BANK = Path(__file__).parent.parent.parent / "shared" / "data" / "bank_marketing"
FOLDS = 10


def made(seed, truth):
    """The demo city's prospects, and the true log odds of each."""
    complete = copy.deepcopy(truth)
    complete["prospects"]["missing"] = 0
    zones, xy = ground.zones(seed, truth)
    tables = [people.prospects(seed, of, zones, xy).set_index("prospect_id") for of in (truth, complete)]
    return tables[0], people.log_odds(tables[1], complete).astype(float)


def order(cities):
    """Rank correlation of the card's points with the true log odds: all prospects, and those without a gap."""
    rows = []
    for seed, (table, odds) in cities.items():
        closed = table["outcome"].notna()
        signed = (table["outcome"] == "signed")[closed]
        row = {"seed": seed}
        for name, smooth in (("smoothed", True), ("plain", False)):
            score = Scorecard(smooth=smooth).fit(table).score(table)
            known = score["unknown"].eq("") | score["unknown"].isin(["brands_run; brand_sales"])
            row |= {name: spearmanr(score["score"], odds, nan_policy="omit")[0]}
            row |= {f"{name}_known": spearmanr(score["score"][known], odds[known])[0]}
            row |= {f"{name}_scored": score["score"].notna().mean()}
        chance = held_out(Scorecard(), table, folds=FOLDS)
        row |= {"auc": auc(chance, signed)["auc"], "true_auc": auc(odds[closed], signed)["auc"]}
        rows.append(row | {"ks": ks(chance, signed, draws=1)["ks"], "slope": calibration(chance, signed)["slope"]})
    table = pd.DataFrame(rows).set_index("seed")
    print(f"Demo city, {len(table)} seeds: does the fitted card find the true order (aim: rank correlation 0.85)?")
    print(table.agg(["mean", "min", "max"]).T.round(3).to_string())


def true_share(cities):
    """Of all that sign, over all seeds."""
    return np.mean([1 / (1 + np.exp(-odds)) for _, odds in cities.values()])


def true_rates(cities, truth):
    """Share that goes on from each early stage, from what the demo city is drawn from."""
    mean, lost = true_share(cities), np.array(truth["prospects"]["lost_at"])
    came = mean + (1 - mean) * lost[::-1].cumsum()[::-1]
    return np.append(came[1:], mean) / came


def cover(cities, truth, level=0.9):
    """How often the intervals of the conversion rates hold the true rates."""
    mean, true = true_share(cities), true_rates(cities, truth)
    held, by_source = [], []
    for table, _ in cities.values():
        rates = conversion(table, level=level).iloc[: len(true)]
        held.append((rates["low"].to_numpy() <= true) & (true <= rates["high"].to_numpy()))
        rates = signing_rates(table, "lead_source", level=level)
        by_source.append(((rates["low"] <= mean) & (mean <= rates["high"])).mean())
    held = np.array(held)
    print(f"\nConversion: {level:.0%} intervals that hold the truth, {len(cities)} seeds")
    for stage, share in zip(people.EARLY, held.mean(axis=0)):
        print(f"  {share:6.2f}  {stage}")
    print(
        f"  {held.mean():6.3f}  all stages ({held.size} intervals)\n  {np.mean(by_source):6.3f}  signing rate by source"
    )


def plain_auc(table, columns, signed, folds=FOLDS):
    """Held-out area of scikit-learn's logistic regression on one-hot kinds and scaled numbers."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    kinds = list(table[columns].select_dtypes(exclude="number"))
    numbers = [name for name in columns if name not in kinds]
    prepared = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), kinds), (StandardScaler(), numbers), remainder="drop"
    )
    model = make_pipeline(prepared, LogisticRegression(max_iter=1000))
    parts = StratifiedKFold(folds, shuffle=True, random_state=0)
    chance = cross_val_predict(model, table[columns], signed, cv=parts, method="predict_proba")[:, 1]
    return auc(pd.Series(chance, index=table.index), signed)


def bank_table(folder):
    """The bank's customers as if they were prospects."""
    table = pd.read_csv(folder / "bank.csv")
    table["outcome"] = table.pop("deposit").map({"yes": "signed", "no": "lost"})
    return table.set_axis([f"B{k:04d}" for k in range(len(table))])


def bank(folder):
    if not (folder / "bank.csv").is_file():
        print("\nThe bank data (bank.csv) are absent: left out")
        return
    table = bank_table(folder)
    signed = table["outcome"] == "signed"
    allowed = [name for name in table if name not in ("outcome", "duration", "age", "marital")]
    every = table.rename(columns={name: f"field {letter}" for name, letter in zip(["age", "marital"], "XY")})
    every["field Y"] = every["field Y"].map(dict(zip(sorted(table["marital"].unique()), "pqr")))
    print("\nBank data: held-out area under the curve (aim: within 0.01 of plain logistic regression)")
    print(f"{'':42}{'ours':>7}{'plain':>7}{'differ':>8}{'brier':>7}{'slope':>7}")
    for said, part, columns in (
        ("without protected fields", table, allowed),
        ("all fields but duration, names hidden", every, [*allowed, "field X", "field Y"]),
    ):
        chance = held_out(Scorecard(columns, counted=()), part, folds=FOLDS)
        ours, theirs, fit = (
            auc(chance, signed)["auc"],
            plain_auc(part, columns, signed)["auc"],
            calibration(chance, signed),
        )
        print(f"{said:42}{ours:7.4f}{theirs:7.4f}{ours - theirs:8.4f}{fit['brier']:7.4f}{fit['slope']:7.2f}")
    hidden = table.rename(columns={"duration": "field Z"})
    for part, leak in ((table, "duration"), (hidden, "field Z")):
        try:
            Scorecard([*allowed, leak], counted=()).fit(part)
            print(f"{leak}: NOT refused")
        except ValueError as error:
            print(f"{leak}: refused: {error}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=BANK)
    parser.add_argument("--only", choices=["order", "cover", "bank"])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    given = parser.parse_args()
    truth = make_demo_city.read_truth()
    if given.only != "bank":
        cities = {seed: made(seed, truth) for seed in range(given.first, given.first + given.seeds)}
    if given.only in (None, "order"):
        order(cities)
    if given.only in (None, "cover"):
        cover(cities, truth)
    if given.only in (None, "bank"):
        bank(given.folder)


if __name__ == "__main__":
    main()
