"""Attention: maps by layer and head, what is computed from them, and their monitor."""

from lightning_callbacks.attention.maps import AttentionError, AttentionMap, attention_maps
from lightning_callbacks.attention.monitor import AttentionMonitor

__all__ = ["AttentionError", "AttentionMap", "AttentionMonitor", "attention_maps"]
