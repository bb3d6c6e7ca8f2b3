"""A chat with Django: rooms for their members, stored in the database, live by WebSocket."""
