-- What may be published of an event's properties, without the classes that are withheld.
CREATE OR REPLACE FUNCTION iot_personal_hub.publishable_properties(properties jsonb, withheld text[])
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'battery', properties -> 'battery',
        'location', properties -> 'location',
        'climate', properties -> 'climate',
        'air', properties -> 'air',
        'energy', properties -> 'energy',
        'motion', properties -> 'motion',
        'vehicle', properties -> 'vehicle'))
$$;
