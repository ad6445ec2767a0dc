"""One module a board or roster: its columns in their order, what it needs of a person, and where that is
known from."""
