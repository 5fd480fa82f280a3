"""Taking records elsewhere: tables, NumPy files, pictures, reports."""
