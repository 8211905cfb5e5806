import numpy as np
import pytest

from expansion_kit.market.choice_likelihood import evaluate, maximise, prepare, scores

FORMS = {
    "power": ("alpha", "decay", "competition", "outside"),
    "exponential": ("alpha", "decay", "outside"),
    "logistic": ("alpha", "decay", "midpoint", "competition", "outside"),
}
AT = {"alpha": 0.7, "decay": 0.9, "midpoint": 3.0, "competition": -0.3, "outside": 2.0}


def problem(form, names, n=12, m=6):
    draw = np.random.default_rng(3)
    counts = draw.poisson(4.0, (n, m + 1))
    rows, columns = np.nonzero(counts)
    return prepare(
        draw.uniform(0.3, 8, (n, m)),
        draw.lognormal(4, 1, m),
        draw.lognormal(3, 0.5, m),
        (rows, columns, counts[rows, columns].astype(float)),
        form,
        names,
    )


@pytest.mark.parametrize("form", FORMS)
def test_the_score_is_the_slope_of_the_likelihood(form):
    of = problem(form, FORMS[form])
    _, score, curvature = evaluate(of, AT)
    step = 1e-5
    for k, name in enumerate(of.names):
        factor = AT["outside"] if name == "outside" else 1.0  # outside moves by its logarithm
        up, down = (evaluate(of, AT | {name: AT[name] + sign * step * factor}) for sign in (1, -1))
        assert score[k] == pytest.approx((up[0] - down[0]) / (2 * step), rel=1e-4, abs=1e-3)
        if form != "logistic":  # there the expected curvature stands for the true one
            assert curvature[k] == pytest.approx(-(up[1] - down[1]) / (2 * step), rel=1e-3, abs=1e-2)


@pytest.mark.parametrize("form", ["power", "exponential"])
def test_newton_finds_the_top_that_a_general_optimiser_finds(form):
    from scipy.optimize import minimize

    of = problem(form, ("alpha", "decay"))
    found = maximise(of, AT | {"alpha": 1.0, "decay": 2.0}, 50)
    other = minimize(
        lambda at: -evaluate(of, AT | {"alpha": at[0], "decay": at[1]})[0], [1.0, 2.0], method="Nelder-Mead", tol=1e-10
    )
    assert found["converged"] and found["iterations"] <= 8
    assert [found["values"][name] for name in of.names] == pytest.approx(other.x, abs=1e-5)
    assert found["log_likelihood"] == pytest.approx(-other.fun, rel=1e-12)
    assert scores(of, AT | found["values"]).sum(axis=0) == pytest.approx([0, 0], abs=1e-5)
