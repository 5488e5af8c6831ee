"""What the receivers and the writer count as they work."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

events_total = Counter(
    "iot_hub_events_total", "Events received, by source and by what became of them.", ["source", "receipt"]
)
requests_refused_total = Counter(
    "iot_hub_requests_refused_total",
    "Requests of which nothing was kept, by source and reason; overloaded_… is admission's.",
    ["source", "reason"],
)
commit_seconds = Histogram(
    "iot_hub_commit_seconds",
    "Time that a group commit took.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
commit_events = Histogram(
    "iot_hub_commit_events",
    "Events in a group commit.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000),
)
commits_failed_total = Counter("iot_hub_commits_failed_total", "Group commits that failed or took too long.")
