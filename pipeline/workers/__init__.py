"""Where work runs: a pool of limited, watched processes, or workers on any machine; what they do is asked of `run`."""

from pipeline.workers.guarded import WINDOW, Failure, Limits, Pool, pool
from pipeline.workers.local import counter, wholeness
from pipeline.workers.submit import accept, enqueuer, queued, submit

__all__ = [
    "WINDOW",
    "Failure",
    "Limits",
    "Pool",
    "accept",
    "counter",
    "enqueuer",
    "pool",
    "queued",
    "submit",
    "wholeness",
]
