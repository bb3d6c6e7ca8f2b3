"""The steps to the present tables."""
