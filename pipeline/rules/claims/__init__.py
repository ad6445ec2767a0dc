"""What a claims file says: a header, its rows and who is on record in; claims, problems and cautions out.

The way of a row: `columns` gives its cells their names, `pivot` joins the rows of a long file, `repeats`
compares it with the others of its file, `judge` makes a Claim or Problems of it, `people` says whose it is.
"""
