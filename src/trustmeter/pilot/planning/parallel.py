"""Work that is spread over processes, or over a cluster that the caller has set up."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from trustmeter.errors import MissingExtraError

Task = TypeVar("Task")
Done = TypeVar("Done")


def spread(
    work: Callable[[Task], Done], tasks: Sequence[Task], *, n_jobs: int, progress: bool, what: str
) -> list[Done]:
    """Do every task and return what came of them, in their order.

    Parameters
    ----------
    n_jobs
        Processes, as joblib counts them (-1: all cores). With 1, the work is done here, unless the caller has chosen
        otherwise with ``joblib.parallel_config``.
    progress
        Whether to tell how far it is: a bar where tqdm is installed, else lines of text.
    what
        What is counted, for the progress.

    Raises
    ------
    MissingExtraError
        When several processes are asked for and joblib is not installed.
    """
    if n_jobs == 1 and "joblib" not in sys.modules:  # who has not loaded joblib has configured nothing
        return list(_told(map(work, tasks), len(tasks), progress, what))
    try:
        import joblib
    except ImportError:
        raise MissingExtraError(
            "Work in several processes needs joblib. Install it with: pip install 'trustmeter[parallel]'; or leave `n_jobs` at 1."
        ) from None
    pool = joblib.Parallel(n_jobs=None if n_jobs == 1 else n_jobs, return_as="generator" if progress else "list")
    done: Any = pool(joblib.delayed(work)(task) for task in tasks)
    return list(_told(done, len(tasks), progress, what))


def _told(done: Iterable[Done], total: int, progress: bool, what: str) -> Iterator[Done]:
    if not progress:
        yield from done
        return
    try:
        from tqdm import tqdm
    except ImportError:
        yield from _told_in_words(done, total, what)
        return
    yield from tqdm(done, total=total, desc=what)


def _told_in_words(done: Iterable[Done], total: int, what: str) -> Iterator[Done]:
    tenth = max(total // 10, 1)
    for number, one in enumerate(done, start=1):
        if number % tenth == 0 or number == total:
            sys.stderr.write(f"{what}: {100 * number // total} %\n")
        yield one
