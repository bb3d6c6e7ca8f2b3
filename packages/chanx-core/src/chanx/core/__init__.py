"""The consumer engine: decorators, handler table, connection, dispatch and replies."""
