"""Claims files and other tables, in whatever dialect they are written, and rejects files that staff mend."""

from pipeline.intake.addresses import address_problem
from pipeline.intake.claims_file import LONGEST_NAME, ClaimsFile, open_claims
from pipeline.intake.forgotten import ToForget, forget_in_rejects
from pipeline.intake.rejects import keep_earliest, write_rejects
from pipeline.intake.rows import TableRows, open_rows

__all__ = [
    "LONGEST_NAME", "ClaimsFile", "TableRows", "ToForget", "address_problem", "forget_in_rejects",
    "keep_earliest", "open_claims", "open_rows", "write_rejects",
]  # fmt: skip
