"""
A scorecard fitted to outcomes: which prospects sign, by the evidence of those whose outcome is known.

It needs about fifty signed and fifty lost; with fewer, `point_card` (an expert's judgement) is the honest card. It says
what was, not what causes it, and not what would become of prospects nobody has let in so far.
"""

import numpy as np
import pandas as pd

from expansion_kit.candidates import binning
from expansion_kit.candidates.evidence import scale_points
from expansion_kit.candidates.leakage import closed_only, named_after, too_good
from expansion_kit.candidates.personal import refuse_persons
from expansion_kit.candidates.point_card import DEFAULT_CARD, extremes
from expansion_kit.candidates.scoring import vetoes

QUESTIONS = (*DEFAULT_CARD["questions"], "brand_sales", "hours_week")
RISING = ("liquid_capital", "capital", "retail_years", "stores_run", "brands_run", "brand_sales", "hours_week")
LEAST = 50
_PENALTY = 10.0  # C of the logistic regression
_SAID = {
    "named": "is known only after the outcome, by its name",
    "closed_only": "is answered for closed prospects but hardly for open ones",
    "tells_all": "alone tells the outcome almost without fault",
    "beats_rest": "alone tells the outcome better than all other questions together",
}


def outcomes(prospects):
    """
    How many outcomes there are, and whether they carry a fitted card.

    Parameters
    ----------
    prospects : DataFrame, shape (n_prospects, ...)
        With `outcome` (signed, lost or missing); without it there are none.

    Returns
    -------
    dict
        `signed`, `lost` (int), `enough` (bool: fifty each).

    Examples
    --------
    >>> outcomes(pd.DataFrame({"outcome": ["signed"] * 60 + ["lost"] * 40}))
    {'signed': 60, 'lost': 40, 'enough': False}
    """
    outcome = prospects.reindex(columns=["outcome"])["outcome"]
    counts = {name: int((outcome == name).sum()) for name in ("signed", "lost")}
    return counts | {"enough": min(counts.values()) >= LEAST}


class Scorecard:
    """
    Weight of evidence by bin, logistic regression on it, and points that double the odds.

    Parameters
    ----------
    questions : sequence of str
        Columns to ask; one that is absent is left out and said so.
    counted : sequence of str
        Questions whose answer lists names parted by |: how many counts.
    rising : sequence of str
        Numbers of which more can only be better: one whose evidence falls is left out as chance.
    known_before : sequence of str
        Questions that look as if known only after the outcome, but are not: you vouch for them.
    rules : sequence
        Hard vetoes, as in `scoring.vetoes`; they stand beside the score.
    most_bins : int
        Bins of a number at most.
    smooth : bool
        False takes the plain weight of evidence of the merged bins (see `binning`) and leaves the coefficients as they
        are fitted: the textbook's card, whose chances are too bold for the few outcomes a chain has.
    points, odds, double : float
        Scale, as in `evidence.scale_points`.
    min_known : float
        Share of the card's questions below which a prospect is not scored.

    Attributes
    ----------
    bins_ : DataFrame
        Index (`question`, `bin`): `floor`, `signed`, `lost`, `woe`, `iv`, `weight`, `points` (they sum to the score).
    questions_ : DataFrame
        Index `question`: `iv`, `iv_by_chance` (what a question without any meaning would have on average),
        `coefficient` and `left_out` (`absent`, `constant`, `falling` (see `rising`), `against` = its sign
        would turn, else empty).
    shrinkage_ : float
        What the fitted log odds were multiplied with, because a fit to few outcomes is too sure of itself (0 to 1).
    n_signed_, n_lost_ : int
        Outcomes used.

    References
    ----------
    Siddiqi, N. (2006). Credit Risk Scorecards. Wiley. Van Houwelingen, J. C. and Le Cessie, S. (1990). Predictive value
    of statistical models. Statistics in Medicine 9, 1303-1325: the shrinkage, (chi2 - parameters) / chi2.

    Examples
    --------
    >>> outcome = ["signed"] * 60 + ["lost"] * 30 + ["signed"] * 20 + ["lost"] * 40
    >>> people = pd.DataFrame({"local": [True] * 90 + [False] * 60, "outcome": outcome})
    >>> card = Scorecard(["local"], smooth=False).fit(people)
    >>> card.bins_["points"].round(1).to_dict()
    {('local', 'False'): 467.3, ('local', 'True'): 507.0}
    """

    def __init__(
        self,
        questions=QUESTIONS,
        *,
        counted=("brands_run",),
        rising=RISING,
        known_before=(),
        rules=DEFAULT_CARD["vetoes"],
        most_bins=8,
        smooth=True,
        points=600.0,
        odds=50.0,
        double=20.0,
        min_known=0.6,
    ):
        self.questions, self.counted, self.known_before = tuple(questions), tuple(counted), tuple(known_before)
        self.rising, self.rules, self.most_bins, self.smooth, self.min_known = (
            tuple(rising),
            tuple(rules),
            most_bins,
            smooth,
            min_known,
        )
        self.points, self.odds, self.double = points, odds, double

    def again(self):
        """The same card, not fitted; what it may ask has been looked at already."""
        names = ("counted", "rising", "rules", "most_bins", "smooth", "points", "odds", "double", "min_known")
        return Scorecard(self.questions, known_before=self.questions, **{name: getattr(self, name) for name in names})

    def fit(self, prospects, *, least=LEAST):
        """
        Fit to the prospects whose outcome is known.

        Parameters
        ----------
        prospects : DataFrame, shape (n_prospects, ...)
            The questions and `outcome`; the open ones help to find leaks.
        least : int
            Outcomes of each kind needed.

        Returns
        -------
        Scorecard
            Itself.

        Raises
        ------
        ValueError
            If there are too few outcomes, a question is a protected or contact attribute, or is (or looks as if it
            were) known only after the outcome; all of them are named.
        """
        outcome = prospects.reindex(columns=["outcome"])["outcome"].astype(object)
        self.n_signed_, self.n_lost_ = int((outcome == "signed").sum()), int((outcome == "lost").sum())
        if min(self.n_signed_, self.n_lost_) < max(least, 1):
            raise ValueError(
                f"a fitted card needs {least} signed and {least} lost prospects, but there are {self.n_signed_} and "
                f"{self.n_lost_}: use an expert's point_card"
            )
        answers = self._answers(prospects.sort_index(kind="stable"))
        closed = outcome.notna().reindex(answers.index)
        signed = (outcome == "signed").reindex(answers.index)[closed]
        self._weigh(answers[closed], signed)
        weights = self._weights(answers[closed])
        self._refuse_leaks(answers, closed, weights, signed)
        self._regress(weights, signed)
        return self

    def predict_proba(self, prospects):
        """
        Chance of signing of each prospect; missing where too little is known.

        Parameters
        ----------
        prospects : DataFrame, shape (n_prospects, ...)

        Returns
        -------
        Series, shape (n_prospects,)
            `probability` (0 to 1), on the prospects' index.
        """
        return self.score(prospects)["probability"]

    def score(self, prospects):
        """
        Points of each prospect, with their reasons.

        Parameters
        ----------
        prospects : DataFrame, shape (n_prospects, ...)

        Returns
        -------
        DataFrame, shape (n_prospects, ...)
            On the prospects' index: `score` (points; twenty more double the odds), `probability`, `known_pct`, `note`,
            `unknown` and `unseen` (questions without an answer; with one that the card never saw, counted as neutral),
            `veto`, `veto_unknown`, `reasons` (tuple of question and points above a neutral answer: the three best, then
            the three worst) and `contribution_<question>` (points above neutral). `point_card.reasons_text` words it.
        """
        answers, factor = self._answers(prospects), scale_points(double=self.double)[0]
        parts = self._weights(answers) * self.coefficients_ * factor
        parts = parts[list(self.coefficients_.index)]
        asked = answers[list(parts.columns)]
        known = asked.notna().mean(axis=1)
        enough = known >= self.min_known - 1e-12
        made = pd.DataFrame({"score": (self.base_points_ + parts.sum(axis=1)).where(enough)}, index=answers.index)
        made["probability"] = 1 / (1 + np.exp(-(made["score"] - self._offset) / factor))
        made["known_pct"] = 100 * known
        made["note"] = np.where(enough, "", "score.not_enough_known")
        bins = pd.DataFrame({name: binning.place(asked[name], self._cuts[name]) for name in asked}, index=asked.index)
        made["unknown"] = _listed(bins == -1)
        made["unseen"] = _listed(bins == -2)
        reasons = extremes(parts.where(asked.notna()).round(1))
        ruled = vetoes(prospects.reindex(columns=[rule[0] for rule in self.rules]).astype(object), self.rules)
        return pd.concat([made, ruled, reasons, parts.add_prefix("contribution_")], axis=1)

    def _answers(self, prospects):
        answers = pd.DataFrame(prospects).reindex(columns=list(self.questions))
        for name in self.counted:
            if name in answers:
                answers[name] = answers[name].astype("string").str.count(r"\|").astype(float) + 1
        return answers

    def _weigh(self, answers, signed):
        texts = answers.drop(columns=named_after(self.questions)).select_dtypes(exclude="number")
        kinds = [kind for name in texts for kind in texts[name].dropna().unique()]
        refuse_persons(self.questions, [kind for kind in kinds if isinstance(kind, str)])
        self._cuts, tables, self._left_out = {}, {}, {}
        for name in self.questions:
            if not answers[name].notna().any():
                self._left_out[name] = "absent"
                continue
            options = {"most": self.most_bins, "smooth": self.smooth}
            self._cuts[name], tables[name] = binning.weigh(answers[name], signed, **options)
            if len(tables[name]) < 2:
                self._left_out[name] = "constant"
            elif name in self.rising and (tables[name].dropna(subset="floor")["weight"].diff() < 0).any():
                self._left_out[name] = "falling"
        self.bins_ = pd.concat(tables, names=["question"])

    def _weights(self, answers):
        """Weight of each answer; 0 where the card never saw it."""
        weights = {}
        for name, cuts in self._cuts.items():
            table = self.bins_.loc[name, "weight"]
            by_place = dict(enumerate(table.drop(binning.MISSING, errors="ignore")))
            by_place[-1] = table.get(binning.MISSING, 0.0)
            weights[name] = binning.place(answers[name], cuts).map(by_place).fillna(0.0).astype(float)
        return pd.DataFrame(weights, index=answers.index)

    def _refuse_leaks(self, answers, closed, weights, signed):
        if set(self.questions) <= set(self.known_before):
            return
        found = dict.fromkeys(closed_only(answers, closed), "closed_only") | too_good(weights, signed)
        found |= dict.fromkeys(named_after(self.questions), "named")
        found = [f"{name} {_SAID[why]}" for name, why in found.items() if name not in self.known_before]
        if found:
            raise ValueError(
                f"a card must not use what is known only after the outcome: {'; '.join(found)}. Leave it out, or name "
                "it in known_before if it is asked before"
            )

    def _regress(self, weights, signed):
        from sklearn.linear_model import LogisticRegression

        kept = [name for name in weights if name not in self._left_out]
        while True:
            if not kept:
                raise ValueError("no question tells signed from lost prospects")
            fitted = LogisticRegression(C=_PENALTY, tol=1e-8, max_iter=1000).fit(weights[kept], signed)
            coefficients = pd.Series(fitted.coef_[0], index=kept)
            if coefficients.min() >= 0:
                break
            self._left_out[coefficients.idxmin()] = "against"
            kept.remove(coefficients.idxmin())
        self.shrinkage_, intercept = 1.0, float(fitted.intercept_[0])
        if self.smooth:
            free = len(self.bins_) - self._ordered_bins() - len(self._cuts)
            self.shrinkage_, intercept = _shrunk(weights[kept] @ coefficients, intercept, signed, free)
        self.coefficients_ = coefficients * self.shrinkage_
        self._tell(intercept)

    def _ordered_bins(self):
        """Bins of numbers beyond two each: their weights lie on a line, so they are not free."""
        return sum(max(len(cuts["floors"]) - 2, 0) for cuts in self._cuts.values() if "floors" in cuts)

    def _tell(self, intercept):
        """Points of each bin, and what is known of each question."""
        coefficients = self.coefficients_
        factor, self._offset = scale_points(points=self.points, odds=self.odds, double=self.double)
        self.base_points_ = self._offset + factor * intercept
        used = self.bins_.index.get_level_values("question").map(coefficients)
        self.bins_["points"] = self.base_points_ / len(coefficients) + factor * used * self.bins_["weight"]
        iv = self.bins_.groupby("question", sort=False)["iv"].agg(["sum", "size"])
        chance = (iv["size"] - 1) * (1 / self.n_signed_ + 1 / self.n_lost_)
        table = pd.DataFrame({"iv": iv["sum"], "iv_by_chance": chance, "coefficient": coefficients})
        left_out = pd.Series(self._left_out, dtype=object)
        table = table.reindex(pd.Index(self.questions, name="question"))
        self.questions_ = table.assign(left_out=left_out.reindex(table.index).fillna(""))


def _shrunk(linear, intercept, signed, free):
    """How far to draw the log odds together, by their own likelihood ratio, and the intercept that goes with it."""
    share, odds = signed.mean(), linear + intercept
    found = -np.logaddexp(0, np.where(signed, -odds, odds)).sum()
    alone = len(signed) * (share * np.log(share) + (1 - share) * np.log(1 - share))
    gained = 2 * (found - alone)
    shrinkage = float(max(0.0, (gained - free) / gained)) if gained > 0 else 0.0
    drawn, base = shrinkage * linear.to_numpy(), 0.0
    for _ in range(50):  # Newton, for the mean chance to be the share of the signed
        chance = 1 / (1 + np.exp(-(drawn + base)))
        base += (share - chance.mean()) / (chance * (1 - chance)).mean()
    return shrinkage, float(base)


def _listed(flags):
    return ["; ".join(flags.columns[row]) for row in flags.to_numpy()]
