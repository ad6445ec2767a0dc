"""certs hosting: the configuration for the web server, or for what stands before a bucket."""

from __future__ import annotations

import click

from pipeline.cli.context import current_settings
from pipeline.rules.web import headers
from pipeline.rules.web.front import front_headers


@click.command()
@click.argument("server", type=click.Choice(["nginx", "apache", "caddy", "bucket"]))
def hosting_command(server: str) -> None:
    """Print the configuration for the web server, with the headers that keep private pages private.

    bucket: those headers alone, for the network that stands before it (CloudFront, Cloudflare, Front Door).
    """
    settings = current_settings()
    files = {**headers.hosting_files(settings.site_url), "bucket": front_headers(settings.site_url)}
    click.echo(next(text for name, text in files.items() if server in name.lower()))
