"""What operators see of the connections of a process: metrics and traces, each behind an extra.

``prometheus.py`` and ``opentelemetry.py`` have what goes into the setting ``observers``;
``instruments.py`` has the names of all metrics, which are the same in both.
"""
