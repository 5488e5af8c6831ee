-- The place of the owner's address book at a position: the nearest whose radius reaches it, or NULL.
CREATE OR REPLACE FUNCTION iot_personal_hub.place_at(latitude double precision, longitude double precision)
RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT near.id
    FROM (
        SELECT
            place.id,
            place.radius_m,
            iot_personal_hub.great_circle_m(place.latitude, place.longitude, $1, $2) AS metres
        FROM iot_personal_hub.places AS place
        -- No radius is above 5 km, which is 0.045 degrees.
        WHERE place.latitude BETWEEN $1 - 0.0451 AND $1 + 0.0451
    ) AS near
    WHERE near.metres <= near.radius_m
    ORDER BY near.metres, near.id
    LIMIT 1
$$;
