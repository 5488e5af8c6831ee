-- The part of a trip's way between two instants, or from its beginning, or to its end. NULL: no length is left.
CREATE OR REPLACE FUNCTION iot_personal_hub.cut_path(path geometry, since timestamptz, until timestamptz)
RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN NOT st_isempty(part.line) THEN part.line END
    FROM (
        SELECT st_linemerge(st_collectionextract(st_force2d(st_locatebetween(
            path,
            coalesce(extract(epoch FROM since)::double precision, '-infinity'),
            coalesce(extract(epoch FROM until)::double precision, 'infinity'))), 2)) AS line
    ) AS part
$$;
