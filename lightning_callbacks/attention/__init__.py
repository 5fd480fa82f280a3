"""Attention: maps by layer and head, what is computed from them, and their monitor."""
