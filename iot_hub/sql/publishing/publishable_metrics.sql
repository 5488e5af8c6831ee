-- The rolled-up numbers that may be published, without the classes that are withheld.
CREATE OR REPLACE FUNCTION iot_personal_hub.publishable_metrics(p_withheld text[])
RETURNS TABLE (metric text, unit text)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT catalogue.metric, catalogue.unit
    FROM iot_personal_hub.dim_metrics AS catalogue;
END
$$;
