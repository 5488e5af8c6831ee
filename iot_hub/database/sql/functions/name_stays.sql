-- Looks up the names of stays that have none, or have moved since: at most p_most, the newest first. Returns how many.
CREATE OR REPLACE FUNCTION iot_personal_hub.name_stays(p_most integer)
RETURNS integer
LANGUAGE sql
AS $$
    WITH unnamed AS MATERIALIZED (
        SELECT stay.device_id, stay.starts, stay.latitude, stay.longitude
        FROM iot_personal_hub.journeys AS stay
        LEFT JOIN iot_personal_hub.journey_places AS named
            ON named.device_id = stay.device_id AND named.starts = stay.starts
        WHERE stay.kind = 'stay'
          AND (named.latitude, named.longitude) IS DISTINCT FROM (stay.latitude, stay.longitude)
        ORDER BY stay.starts DESC, stay.device_id
        LIMIT p_most
        -- A refresh that is about to replace it waits, or has it.
        FOR KEY SHARE OF stay SKIP LOCKED
    ),
    looked_up AS (
        INSERT INTO iot_personal_hub.journey_places AS named
            (device_id, starts, latitude, longitude, place_id, country_code, country, region, city, zone)
        SELECT
            unnamed.device_id, unnamed.starts, unnamed.latitude, unnamed.longitude,
            iot_personal_hub.place_at(unnamed.latitude, unnamed.longitude),
            name.country_code, name.country, name.region, name.city,
            CASE WHEN name.country IS NOT NULL THEN
                iot_personal_hub.zone_of(unnamed.latitude, unnamed.longitude, name.country_code)
            END
        FROM unnamed
        LEFT JOIN LATERAL iot_personal_hub.place_name_of(unnamed.latitude, unnamed.longitude) AS name ON true
        ON CONFLICT (device_id, starts) DO UPDATE
        SET latitude = excluded.latitude,
            longitude = excluded.longitude,
            place_id = excluded.place_id,
            country_code = excluded.country_code,
            country = excluded.country,
            region = excluded.region,
            city = excluded.city,
            zone = excluded.zone
        RETURNING 1
    )
    SELECT count(*)::integer FROM looked_up
$$;
