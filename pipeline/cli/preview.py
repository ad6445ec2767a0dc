"""certs preview: the site on this machine alone."""

from __future__ import annotations

import click

from pipeline import preview
from pipeline.cli.context import current_settings


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8000, help="Default: 8000.")
def preview_command(port: int) -> None:
    """Serve the site on loopback, with the headers the web host must send, without listings."""
    settings = current_settings()
    server = preview.serve(settings.output_dir, port, settings.site_url)
    click.echo(
        f"The site is at http://localhost:{server.server_address[1]}/ until you press Ctrl-C.", err=True
    )
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("", err=True)
    finally:
        server.server_close()
