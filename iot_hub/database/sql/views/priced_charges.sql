-- Charges with where they were and what they cost: the owner's alone.
--
-- The price at the place counts, else the one for anywhere else: the newest that was in force when the charge started.
CREATE OR REPLACE VIEW iot_personal_hub.priced_charges AS
SELECT
    charge.*,
    date_part('epoch', charge.ends - charge.starts)::integer AS duration_s,
    place.name AS place,
    price.price_per_kwh,
    round((charge.energy_wh / 1000)::numeric * price.price_per_kwh, 2) AS cost
FROM iot_personal_hub.charges AS charge
LEFT JOIN iot_personal_hub.places AS place
    ON place.id = iot_personal_hub.place_at(charge.latitude, charge.longitude)
LEFT JOIN LATERAL (
    SELECT known.price_per_kwh
    FROM iot_personal_hub.electricity_prices AS known
    WHERE known.removed_at IS NULL
      AND known.since <= charge.starts
      AND (known.place_id IS NULL OR known.place_id = place.id)
    ORDER BY known.place_id IS NULL, known.since DESC, known.id DESC
    LIMIT 1
) AS price ON true;
COMMENT ON VIEW iot_personal_hub.priced_charges IS
    'One row per time that a car was charged, with the place of the address book and the cost. NULL: not known.';
