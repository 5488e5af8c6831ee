"""What the hub measures of itself, for Prometheus. ``docs/observability.md`` lists it."""

from prometheus_client import disable_created_metrics

# When a counter was made is one series more for each, and of no use to anybody here.
disable_created_metrics()  # type: ignore[no-untyped-call]
