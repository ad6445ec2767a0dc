"""Certificates of a medical society: claim records in; PDFs, private pages and mails out; six years kept.

cli -> workflow -> edges (intake, catalog, ledger, vault, documents, cluster, site, publish, mail) -> rules
Edges do not know each other, rules know nothing but values; errors and processes are everybody's,
settings is cli's.
"""
