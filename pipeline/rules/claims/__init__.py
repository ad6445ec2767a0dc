"""What a claims file says: header, cells, rows and people in; claims, problems and cautions out."""
