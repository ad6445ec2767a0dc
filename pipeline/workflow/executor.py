"""Who renders: a number of local processes, or a cluster's address, in; an executor out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from pipeline import processes
from pipeline.cluster import connected
from pipeline.errors import CertsError
from pipeline.workflow.project import Project
from pipeline.workflow.render import Renderers, design_of


@contextmanager
def rendering_executor(project: Project, renderers: Renderers) -> Iterator[Executor | None]:
    """The executor that renders this project's certificates; None where this process does it itself.

    Raises ClusterError where a cluster's workers would make other certificates than this machine, CertsError
    where the system ends a local one.
    """
    if renderers.cluster is not None:
        from pipeline.documents.fingerprint import fingerprint  # with WeasyPrint, slow to import

        design = replace(design_of(project.settings), templates=None)
        with connected(renderers.cluster, partial(fingerprint, design), project.listener.step) as executor:
            yield executor
        return
    number = renderers.workers or os.cpu_count() or 1
    if number == 1:
        yield None
        return
    with processes.pool(number) as pool:
        try:
            yield pool
        except BrokenProcessPool as error:
            raise CertsError(
                "The system ended a process that was making certificates, as it does where memory runs out.",
                "Run the same command again, with fewer of them: --workers 1. It goes on where it was.",
            ) from error
