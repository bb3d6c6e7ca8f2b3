"""Rooms, their members, and what these say."""
