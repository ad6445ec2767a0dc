"""The functional core: what the college's rules say, from values to values. No clock, files or randomness."""
