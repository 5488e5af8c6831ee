"""Whether what is published shows a place that should be private."""

from __future__ import annotations

from iot_hub.area_suggestions import devices_without_area, warning_of
from iot_hub.doctor.finding import Finding, Patient, ok, warning


def areas(patient: Patient) -> Finding:
    """Whether nights and working days are covered by private areas. Says of whom, never where."""
    devices = devices_without_area(patient.database, patient.settings)
    if devices:
        return warning(warning_of(devices), "See the places, and how to hide them: iot-hub area suggest")
    return ok("No place where a device regularly spends nights or working days is published.")
