"""
What it costs to say how sure a ranking is: 10,000 sites x 10 criteria x 10,000 draws of the weights, beside peers.

The floor is the bare float32 matrix product. scikit-criteria and pymcdm have no such function: their weighted sum and
their ranks are called once a draw, on fewer draws, and the time is scaled up; these draws must give the same top five.
pymcdm is called as its manual does, and once more without its own checks of the table (`validation=False`). The second
table moves a slider of the panel.

    python benchmarks/certainty.py             all of it; --sites, --draws, --peer-draws change the size

CPU seconds, not wall clocks, and ratios of one run; set OMP_NUM_THREADS=1.
"""

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.ratios import doubled, told
from expansion_kit import panels
from expansion_kit.candidates.score.certainty import draw_weights, rank_acceptability, rank_certainty

CRITERIA = 10
TIMES = 3


def measured(work, times=TIMES):
    """Median of CPU seconds, and what came out."""
    spent = []
    for _ in range(times):
        begun = time.process_time()
        found = work()
        spent.append(time.process_time() - begun)
    return float(np.median(spent)), found


def made(n_sites):
    draw = np.random.default_rng(0)
    names = [f"c{n}" for n in range(CRITERIA)]
    measures = pd.DataFrame(draw.random((n_sites, CRITERIA)), columns=names)
    return measures, pd.DataFrame({"direction": "benefit", "low": 0.0, "high": 1.0, "weight": 1.0}, index=names)


def floor(measures, weights):
    worths, drawn = measures.to_numpy("f4").T.copy(), weights.to_numpy("f4")
    step = max(1, 4_000_000 // worths.shape[1])
    return sum(float((drawn[start : start + step] @ worths)[:, 0].sum()) for start in range(0, len(drawn), step))


def scikit_criteria(measures, weights):
    from skcriteria import mkdm
    from skcriteria.madm.simple import WeightedSumModel

    rule, worths, first = WeightedSumModel(), measures.to_numpy(), np.zeros(len(measures))
    for row in weights.to_numpy():
        first += np.asarray(rule.evaluate(mkdm(worths, [1] * CRITERIA, weights=row)).rank_) <= 5
    return first / len(weights)


def pymcdm(measures, weights, **options):
    from pymcdm.helpers import rrankdata
    from pymcdm.methods import WSM
    from pymcdm.normalizations import minmax_normalization

    rule, worths, first = WSM(minmax_normalization), measures.to_numpy(), np.zeros(len(measures))
    for row in weights.to_numpy():
        first += rrankdata(rule(worths, row, np.ones(CRITERIA), **options)) <= 5
    return first / len(weights)


def pymcdm_unchecked(measures, weights):
    return pymcdm(measures, weights, validation=False)


def ranking(n_sites, draws, peer_draws):
    measures, criteria = made(n_sites)
    options = {"known": "nothing", "seed": 1}
    weights = draw_weights(criteria, draws=draws, **options)
    bare, _ = measured(lambda: floor(measures, weights))
    ours, _ = measured(lambda: rank_certainty(measures, criteria, draws=draws, **options))
    half, _ = measured(lambda: rank_certainty(measures, criteria, draws=draws // 2, **options))
    ten, _ = measured(lambda: rank_acceptability(measures, criteria, draws=draws, **options))
    some = measures.mask(np.random.default_rng(1).random(measures.shape) < 0.1)
    missing, _ = measured(lambda: rank_certainty(some, criteria, draws=draws, **options))
    print(f"{n_sites:,} sites x {CRITERIA} criteria x {draws:,} draws; CPU seconds (aim: 25 x bare; 100 x; 500 x)")
    print(f"{'':44}{'CPU s':>9}{'x bare':>9}{'x ours':>9}")
    for name, spent in (
        ("bare float32 product", bare),
        ("ours: p_top1 and p_top5", ours),
        ("ours: ranks 1 to 10", ten),
        ("ours: p_top1 and p_top5, a tenth missing", missing),
    ):
        print(f"{name:44}{spent:9.2f}{spent / bare:9.1f}{spent / ours:9.1f}")
    job = {"job": f"ranking certainty, {n_sites:,} sites x {draws:,} draws", "grows": doubled(half, ours)}
    told(**job, peer="bare float32 product", ratio=ours / bare, aim="<= 25")
    worths = (measures - measures.min()) / (measures.max() - measures.min())
    peers = ((scikit_criteria, peer_draws, 100), (pymcdm, peer_draws // 20, 500), (pymcdm_unchecked, peer_draws, None))
    for peer, count, aim in peers:
        aim = f">= {aim}" if aim else ""
        few = weights.iloc[: max(count, 1)]
        expected = (pd.DataFrame(-worths.to_numpy() @ few.to_numpy().T).rank(method="min").to_numpy() <= 5).mean(axis=1)
        try:
            peer(worths.iloc[:9], few.iloc[:1])  # its imports and its first call are not counted
        except ImportError:
            print(f"{peer.__name__:44} not installed")
            told(**job, peer=f"{peer.__name__}, not installed", ratio=None, aim=aim)
            continue
        spent, found = measured(lambda: peer(worths, few), times=1)  # noqa: B023
        scaled = spent * draws / len(few)
        same = "same top five" if np.array_equal(found, expected) else "OTHER TOP FIVE"
        name = f"{peer.__name__}, scaled from {len(few)} draws"
        print(f"{name:44}{scaled:9.1f}{scaled / bare:9.0f}{scaled / ours:9.0f}  {same}")
        told(**job, peer=name, ratio=scaled / ours, aim=aim, holds=same, right=same.islower())


def slider(sizes=(40, 200, 1000, 5000)):
    print("\nA slider of the panel moves: CPU seconds until the new table stands (aim at 1,000 sites: 0.2)")
    for n_sites in sizes:
        measures, criteria = made(n_sites)
        measures, criteria = measures.iloc[:, :5], criteria.iloc[:5]
        names, labels = measures.index.to_series().astype(str), {name: name for name in criteria.index}
        rules = [("c0", "<", 0.1, "score.veto_area_small")]
        box = panels.site_sliders(measures, criteria, names=names, labels=labels, lang="en", rules=rules, live=True)
        weight = box.children[0].children[1].children[0]
        turn = iter(range(30, 80, 10))

        def move(weight=weight, turn=turn):
            weight.value = next(turn)

        print(f"{n_sites:>8,} sites {measured(move, times=5)[0]:8.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--sites", type=int, default=10_000)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--peer-draws", type=int, default=100)
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # pymcdm warns of dominated sites
    ranking(given.sites, given.draws, given.peer_draws)
    slider()


if __name__ == "__main__":
    main()
