"""A desk at which customers and those who help them talk."""
