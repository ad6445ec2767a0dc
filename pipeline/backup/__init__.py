"""Ledger and vault in one file, or in a folder of backups that share packs: written while a run goes on; read
back whole or not at all."""

from pipeline.backup.archive import Backup, list_of, manifest_of, prove_backup
from pipeline.backup.packs import Packs
from pipeline.backup.read import read_backup, read_certificates, sweep
from pipeline.backup.write import write_backup

__all__ = [
    "Backup",
    "Packs",
    "list_of",
    "manifest_of",
    "prove_backup",
    "read_backup",
    "read_certificates",
    "sweep",
    "write_backup",
]
