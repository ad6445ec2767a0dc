"""One file that holds ledger and vault: written while a run goes on; read back whole or not at all."""

from pipeline.backup.archive import Backup
from pipeline.backup.read import read_backup, sweep
from pipeline.backup.write import write_backup

__all__ = ["Backup", "read_backup", "sweep", "write_backup"]
