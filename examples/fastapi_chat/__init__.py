"""A chat in rooms: chanx with FastAPI, from typed messages to a page that people talk through."""
