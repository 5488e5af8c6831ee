-- The first visit of a place is of all time: stays were read with the ways of all trips between them.

CREATE INDEX journeys_stay_times_idx
    ON iot_personal_hub.journeys (device_id, starts) INCLUDE (ends, is_continued, latitude, longitude)
    WHERE kind = 'stay';
