"""Steps of a turnover rate (阶梯扣点) as a lease writes them: read here for the check at the door and for the rent."""

import math

_WIDE = str.maketrans("：；，", ":;,")


def read_tiers(text):
    """
    Steps of a turnover rate, as a lease table writes them.

    Parameters
    ----------
    text : str
        `100000:0.1;200000:0.08`: from sales of 100,000 a month on 10 %, from 200,000 on 8 %. What holds below the first
        step is the lease's `turnover_rate`; a first step of 0 says it in the same text.

    Returns
    -------
    list of (float, float)
        Sales a month (rising) and the rate above them; empty for an empty text.

    Raises
    ------
    ValueError
        If a step is not `sales:rate`, sales don't rise or a rate is not within 0 and 1.

    Examples
    --------
    >>> read_tiers("100000:0.1;200000:0.08")
    [(100000.0, 0.1), (200000.0, 0.08)]
    """
    steps = [step for step in str(text).translate(_WIDE).split(";") if step.strip()]
    try:
        tiers = [(float(start), float(rate)) for start, rate in (step.split(":") for step in steps)]
    except ValueError:
        raise ValueError(f"tiers must read like 100000:0.1;200000:0.08, but read {text!r}") from None
    starts, rates = [start for start, _ in tiers], [rate for _, rate in tiers]
    rising = all(low < high for low, high in zip(starts, starts[1:]))
    if not rising or not all(0 <= start < math.inf for start in starts) or not all(0 <= rate <= 1 for rate in rates):
        raise ValueError(f"tiers must rise in sales from 0 up and have rates from 0 to 1, but read {text!r}")
    return tiers
