"""Demonstrations on real data that ships with the project; they run offline."""
