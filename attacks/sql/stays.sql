-- Published stays, where the owner shows them.
SELECT
    extract(epoch FROM stay.starts)::double precision AS starts,
    extract(epoch FROM stay.ends)::double precision AS ends,
    stay.latitude,
    stay.longitude
FROM published_journeys AS stay
WHERE stay.device_id = %(device_id)s
  AND stay.kind = 'stay'
ORDER BY stay.starts;
