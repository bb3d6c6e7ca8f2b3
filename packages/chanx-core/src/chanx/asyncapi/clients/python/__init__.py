"""Clients in Python."""
