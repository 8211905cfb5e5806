import numpy as np

from expansion_kit.targets.forecasting.least_squares import fit_all


def test_every_series_is_as_if_alone():
    draw = np.random.default_rng(0)
    design = np.column_stack([np.ones(20), draw.normal(size=(20, 2))])
    response, weights = draw.normal(size=(20, 3)), draw.uniform(0.1, 1, 20)
    response[[2, 5], 1] = np.nan
    coefficients, inverse = fit_all(design, response, weights)
    for i in range(3):
        known = np.isfinite(response[:, i])
        root = np.sqrt(weights[known])
        alone = np.linalg.lstsq(design[known] * root[:, None], response[known, i] * root, rcond=None)[0]
        np.testing.assert_allclose(coefficients[:, i], alone, rtol=1e-8)
    np.testing.assert_allclose(inverse[0], np.linalg.inv(design.T @ (design * weights[:, None])), rtol=1e-8)


def test_what_cannot_be_told_apart_is_missing():
    coefficients, _ = fit_all(np.ones((5, 2)), np.arange(5.0)[:, None])
    assert np.isnan(coefficients).all()
