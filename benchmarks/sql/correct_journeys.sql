-- Corrects one journey of each 20th: its mode, its place, or that it was; and cuts one in two.
INSERT INTO iot_personal_hub.corrections (device_id, kind, since, until, mode, latitude, longitude)
SELECT
    journey.device_id, chosen.kind,
    CASE chosen.kind WHEN 'split' THEN chosen.middle ELSE journey.starts END,
    CASE chosen.kind WHEN 'split' THEN chosen.middle ELSE journey.ends END,
    CASE chosen.kind WHEN 'mode' THEN 'train' END,
    CASE chosen.kind WHEN 'move' THEN journey.latitude + 0.001 END,
    CASE chosen.kind WHEN 'move' THEN journey.longitude END
FROM (
    SELECT stored.*, row_number() OVER (ORDER BY stored.starts) AS number FROM iot_personal_hub.journeys AS stored
) AS journey
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN journey.number % 80 = 0 THEN 'hide'
            WHEN journey.number % 40 = 0 THEN 'split'
            WHEN journey.kind = 'stay' THEN 'move'
            ELSE 'mode'
        END AS kind,
        date_bin('1 minute', journey.starts + (journey.ends - journey.starts) / 2, journey.starts) AS middle
) AS chosen
WHERE journey.number % 20 = 0
  AND journey.kind <> 'gap'
