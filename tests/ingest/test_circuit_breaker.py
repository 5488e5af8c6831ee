"""The circuit breaker: closed, open and half-open, by a clock that the test moves."""

from __future__ import annotations

import pytest

from iot_hub.ingest.circuit_breaker import PROBE_INTERVAL_S, CircuitBreaker


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_new_breaker_is_closed_and_needs_no_probe(clock: Clock) -> None:
    breaker = CircuitBreaker(clock)
    assert not breaker.is_open
    assert not breaker.is_half_open
    assert (breaker.seconds_to_probe, breaker.trips) == (0.0, 0)


def test_one_failure_trips_it_and_a_probe_is_due_at_once(clock: Clock) -> None:
    breaker = CircuitBreaker(clock)
    breaker.trip()
    assert breaker.is_open
    assert breaker.is_half_open
    assert (breaker.seconds_to_probe, breaker.trips) == (0.0, 1)


def test_after_a_failed_probe_the_next_is_due_an_interval_later(clock: Clock) -> None:
    breaker = CircuitBreaker(clock)
    breaker.trip()
    breaker.defer()
    assert breaker.is_open
    assert not breaker.is_half_open
    clock.now += PROBE_INTERVAL_S / 4
    assert breaker.seconds_to_probe == pytest.approx(PROBE_INTERVAL_S * 3 / 4)
    clock.now += PROBE_INTERVAL_S
    assert breaker.is_half_open
    assert breaker.seconds_to_probe == 0.0


def test_a_failure_while_it_is_open_brings_no_probe_forward(clock: Clock) -> None:
    breaker = CircuitBreaker(clock)
    breaker.trip()
    breaker.defer()
    breaker.trip()
    assert not breaker.is_half_open
    assert breaker.trips == 2


def test_a_probe_that_succeeded_closes_it_until_it_trips_again(clock: Clock) -> None:
    breaker = CircuitBreaker(clock)
    breaker.trip()
    breaker.reset()
    assert not breaker.is_open
    assert not breaker.is_half_open
    breaker.trip()
    assert breaker.is_half_open
    assert breaker.trips == 2
