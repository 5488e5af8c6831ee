-- needs: published_readings
-- Grain: one row per country in which a published trip of the link's year began or ended, to a hundredth of a degree.
CREATE OR REPLACE VIEW iot_hub_shared.year_countries WITH (security_barrier) AS
SELECT DISTINCT piece.code AS country_code
FROM (
    SELECT DISTINCT
        round(st_y(place.point)::numeric, 2)::double precision AS latitude,
        round(st_x(place.point)::numeric, 2)::double precision AS longitude
    FROM iot_hub_shared.access AS access
    JOIN iot_personal_hub.share_link_devices AS shown ON shown.share_id = access.share_id
    JOIN iot_personal_hub.published_journeys AS trip
        ON trip.device_id = shown.device_id
       AND trip.starts >= access.since
       AND trip.starts < least(access.until, date_trunc('month', now(), 'UTC'))
    CROSS JOIN LATERAL (
        SELECT st_transform(st_startpoint(st_geometryn(trip.path_10, 1)), 4326)
        UNION ALL
        SELECT st_transform(st_endpoint(st_geometryn(trip.path_10, st_numgeometries(trip.path_10))), 4326)
    ) AS place (point)
    WHERE access.kind = 'year'
      AND trip.kind = 'trip'
      AND place.point IS NOT NULL
    -- The countries are looked up once for a position.
    OFFSET 0
) AS trip_end
JOIN iot_personal_hub.country_pieces AS piece
    ON st_intersects(piece.shape, st_setsrid(st_makepoint(trip_end.longitude, trip_end.latitude), 4326));

COMMENT ON VIEW iot_hub_shared.year_countries IS
    'One row per country (ISO 3166-1) in which published trips of the link''s year began or ended.';
