"""The site on this machine alone, as the web host must serve it."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.preview import serve
from pipeline.settings import Settings


def preview(settings: Settings, port: int, ready: Callable[[int], None]) -> None:
    """Serve output/ on loopback until Ctrl-C; `ready` is told the port once it is open, 0 takes a free one.

    Raises PublishError for a taken port and for no site.
    """
    server = serve(settings.output_dir, port, settings.site_url)
    try:
        ready(server.server_address[1])
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
