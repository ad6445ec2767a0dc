"""certs keys and verify-pdf: keys made and replaced, what they sealed told from all else, with and without records."""
