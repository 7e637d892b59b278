"""Tocsin: alarms first for LLM applications and agents."""
