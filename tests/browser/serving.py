"""An application on a free port of loopback, for as long as a block lasts."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from tests import processes

GRACE_S = 2  # for pages that listen to the server's events, and never end by themselves


@contextlib.contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Its address; the server ends with the block, whatever is still open."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="warning", ws="none", timeout_graceful_shutdown=GRACE_S
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    processes.until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(processes.PATIENCE_S)
