"""Do people stand out? Classes of people who look alike, and what is told about somebody once his class is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trustmeter.errors import DesignError

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """People sorted into classes that are alike in everything that could be known about them.

    Parameters
    ----------
    of
        Shape (n,): each person's class, 0 to c - 1.
    sizes
        Shape (c,): how many people each class has.
    """

    of: Codes
    sizes: Codes

    @property
    def k(self) -> int:
        """The size of the smallest class; 0 when there is nobody."""
        return int(self.sizes.min()) if self.sizes.size else 0

    def rows_below(self, k: int) -> NDArray[np.bool_]:
        """Tell which people are in classes of fewer than `k`, shape (n,)."""
        return np.asarray(self.sizes[self.of] < k)


@dataclass(frozen=True, slots=True, eq=False)
class Diversity:
    """How many sensitive values each class holds.

    Parameters
    ----------
    distinct
        Shape (c,): how many different values.
    entropy
        Shape (c,): the number of equally frequent values that would have the same entropy.
    """

    distinct: Codes
    entropy: Floats


def alike(columns: ArrayLike) -> Classes:
    """Return the classes of people who are equal in all columns; missing values must have a code of their own.

    Parameters
    ----------
    columns
        Codes, shape (n, q): one column a characteristic that others could know.

    Returns
    -------
    Classes
        ``.k`` is k-anonymity.

    References
    ----------
    Sweeney, L. (2002). k-anonymity: A model for protecting privacy. International Journal of Uncertainty, Fuzziness and
    Knowledge-Based Systems, 10, 557-570. doi:10.1142/S0218488502001648

    Examples
    --------
    >>> alike([[1, 0], [1, 0], [2, 0]]).k
    1
    """
    codes = np.asarray(columns)
    if codes.ndim != 2 or not np.issubdtype(codes.dtype, np.integer):
        raise DesignError("People are sorted by whole-number codes, one row a person and one column a characteristic.")
    if codes.shape[1] == 0:
        return Classes(np.zeros(len(codes), dtype=np.intp), np.array([len(codes)] if len(codes) else [], dtype=np.intp))
    _, of, sizes = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
    return Classes(of.reshape(-1), sizes)


def diversity(classes: Classes, sensitive: ArrayLike) -> Diversity:
    r"""Return how diverse a sensitive characteristic is in each class (l-diversity).

    Parameters
    ----------
    classes
        From `alike`.
    sensitive
        Codes, shape (n,).

    Notes
    -----
    Distinct l-diversity is the smallest number of different values, entropy l-diversity the smallest
    :math:`\exp(-\sum_s p_s \log p_s)`.

    References
    ----------
    Machanavajjhala, A., Kifer, D., Gehrke, J., & Venkitasubramaniam, M. (2007). l-diversity: Privacy beyond k-anonymity.
    ACM Transactions on Knowledge Discovery from Data, 1, 3. doi:10.1145/1217299.1217302

    Examples
    --------
    >>> found = diversity(alike([[0], [0], [1], [1]]), [5, 7, 5, 5])
    >>> found.distinct, found.entropy
    (array([2, 1]), array([2., 1.]))
    """
    shares = _shares(classes, sensitive)
    logs = np.log(np.where(shares > 0, shares, 1.0))
    return Diversity(np.count_nonzero(shares, axis=1), np.exp(-np.sum(shares * logs, axis=1)))


def closeness(classes: Classes, sensitive: ArrayLike, *, ordered: bool) -> Floats:
    r"""Return how far a sensitive characteristic of each class lies from that of all people (t-closeness).

    Parameters
    ----------
    classes
        From `alike`.
    sensitive
        Codes, shape (n,); their order counts when `ordered`.
    ordered
        Whether values have an order, so that neighbours are close.

    Returns
    -------
    ndarray
        Shape (c,), 0 to 1: the earth mover's distance; t is the largest.

    Notes
    -----
    With shares p of a class and q of all, and m values that occur: unordered :math:`\tfrac12 \sum_s |p_s - q_s|`, ordered
    :math:`\tfrac{1}{m - 1} \sum_{s < m} |\sum_{r \le s} (p_r - q_r)|`.

    References
    ----------
    Li, N., Li, T., & Venkatasubramanian, S. (2007). t-closeness: Privacy beyond k-anonymity and l-diversity. IEEE 23rd
    International Conference on Data Engineering, 106-115. doi:10.1109/ICDE.2007.367856

    Examples
    --------
    >>> closeness(alike([[0], [0], [1], [1]]), [1, 2, 3, 3], ordered=True)
    array([0.375, 0.375])
    """
    shares = _shares(classes, sensitive)
    everybody = classes.sizes @ shares / max(int(classes.sizes.sum()), 1)
    apart = shares - everybody
    if not ordered:
        return np.asarray(np.abs(apart).sum(axis=1) / 2)
    steps = max(shares.shape[1] - 1, 1)
    return np.asarray(np.abs(np.cumsum(apart, axis=1)[:, :-1]).sum(axis=1) / steps)


def _shares(classes: Classes, sensitive: ArrayLike) -> Floats:
    """Return the shares of each value in each class, shape (c, m)."""
    codes = np.asarray(sensitive)
    if codes.shape != classes.of.shape:
        raise DesignError("A sensitive characteristic needs one code a person.")
    values, place = np.unique(codes, return_inverse=True)
    counts = np.zeros((len(classes.sizes), len(values)))
    np.add.at(counts, (classes.of, place), 1.0)
    return np.asarray(counts / classes.sizes[:, np.newaxis])
