"""A share of pictures and how sure it is."""


def share_interval(count: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of `count` out of `n`; from 0 to 1 where there is nothing to count."""
    from scipy.stats import binomtest  # slow to import: only when something was counted

    if not n:
        return 0.0, 1.0
    interval = binomtest(count, n).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)
