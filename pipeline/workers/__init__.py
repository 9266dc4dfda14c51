"""Where work runs: a pool of limited, watched processes; what it does there is asked of `run`."""

from pipeline.workers.guarded import WINDOW, Failure, Limits, Pool, pool
from pipeline.workers.submit import counter, submit, wholeness

__all__ = ["WINDOW", "Failure", "Limits", "Pool", "counter", "pool", "submit", "wholeness"]
