-- The rolled-up numbers that may be published, without the classes that are withheld.
CREATE OR REPLACE FUNCTION iot_personal_hub.publishable_metrics(p_withheld text[])
RETURNS TABLE (metric text, unit text)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    SELECT property.name, property.unit
    FROM iot_personal_hub.dim_properties AS property
    WHERE property.rolled_up
      AND property.published
      AND property.disclosure <> ALL (p_withheld);
END
$$;
