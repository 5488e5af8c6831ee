"""The hub's own metrics, for Prometheus; ``docs/observability.md`` lists them."""

from prometheus_client import disable_created_metrics

# The time at which a counter was created would be one more series for each, and nobody needs it.
disable_created_metrics()  # type: ignore[no-untyped-call]
