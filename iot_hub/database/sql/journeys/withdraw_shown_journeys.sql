-- Withdraws published journeys between two instants and the cells of their months, and leaves a mark to derive again what
-- is left of them. A journey depends on fixes up to 16 minutes away (refresh_journeys()).
CREATE OR REPLACE FUNCTION iot_personal_hub.withdraw_shown_journeys(
    p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    reach CONSTANT interval := '20 minutes';
BEGIN
    WITH withdrawn AS (
        DELETE FROM iot_personal_hub.shown_journeys AS journey
        WHERE journey.device_id = p_device_id
          AND journey.starts <= p_until + reach
          AND journey.ends >= p_since - reach
        RETURNING journey.starts, journey.ends
    ),
    emptied AS (
        DELETE FROM iot_personal_hub.shown_map_cells AS tile
        WHERE tile.device_id = p_device_id
          AND tile.month IN (SELECT date_trunc('month', withdrawn.starts, 'UTC')::date FROM withdrawn)
    )
    INSERT INTO iot_personal_hub.stale_shown_journeys (device_id, since, until)
    SELECT p_device_id, least(p_since, min(withdrawn.starts)), greatest(p_until, max(withdrawn.ends))
    FROM withdrawn;
END
$$;
