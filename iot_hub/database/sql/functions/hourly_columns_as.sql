-- The columns of an hourly aggregate, each written by a format() string of its name (1), type (2) and disclosure (3).
-- SQL that is generated from the catalogue is put together of such lists.
CREATE OR REPLACE FUNCTION iot_personal_hub.hourly_columns_as(
    p_aggregate text, p_format text, p_separator text DEFAULT ', ', p_with_internal boolean DEFAULT false)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        SELECT string_agg(
            format(p_format, hourly_column.name, hourly_column.type, hourly_column.disclosure),
            p_separator ORDER BY hourly_column.number)
        FROM iot_personal_hub.hourly_columns AS hourly_column
        WHERE hourly_column.aggregate = p_aggregate
          AND (p_with_internal OR hourly_column.role <> 'internal'));
END
$$;
