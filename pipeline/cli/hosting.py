"""certs hosting: the configuration for the web server."""

from __future__ import annotations

import click

from pipeline.cli.context import current_settings
from pipeline.rules.web import headers


@click.command()
@click.argument("server", type=click.Choice(["nginx", "apache", "caddy"]))
def hosting_command(server: str) -> None:
    """Print the configuration for the web server, with the headers that keep private pages private."""
    settings = current_settings()
    files = headers.hosting_files(settings.site_url)
    click.echo(next(text for name, text in files.items() if server in name.lower()))
