"""The statistics of one column of scores: most tests speak of one metric, the product of many at once."""

import numpy as np

from eval import statistics as stats


def mean_interval(scores, clusters, **options):
    """Return the interval of a mean, by `mean_intervals`."""
    column = np.asarray(scores, dtype=np.float64)[:, None]
    (found,) = stats.mean_intervals(column, clusters, **options)
    return found


def paired_difference(before, after, clusters, **options):
    """Return the mean difference with its interval and p-values, by `paired_differences`."""
    columns = [np.asarray(scores, dtype=np.float64)[:, None] for scores in (before, after)]
    (found,) = stats.paired_differences(*columns, clusters, **options)
    return found
