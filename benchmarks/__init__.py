"""What chanx costs, beside the floor of its task and beside its peers: ``python -m benchmarks``."""
