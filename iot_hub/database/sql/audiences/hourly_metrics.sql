-- The numbers of dim_properties by the hour, with their units: the owner's, and those that are published.

CREATE OR REPLACE VIEW iot_hub_owner.hourly_metrics AS
SELECT
    agg.device_id,
    agg.date_hour,
    agg.metric,
    agg.count,
    agg.min,
    agg.avg,
    agg.max,
    agg.sum,
    agg.first,
    agg.last,
    catalogue.unit
FROM iot_personal_hub.agg_hourly_devices_metrics AS agg
JOIN iot_personal_hub.dim_metrics AS catalogue ON catalogue.metric = agg.metric;
COMMENT ON VIEW iot_hub_owner.hourly_metrics IS 'One row per device, metric and hour.';

CREATE OR REPLACE VIEW iot_hub_public.hourly_metrics AS
SELECT
    published.device_id,
    published.date_hour,
    published.metric,
    published.count,
    published.min,
    published.avg,
    published.max,
    published.sum,
    published.first,
    published.last,
    published.unit
FROM iot_personal_hub.published_hourly_metrics AS published;
COMMENT ON VIEW iot_hub_public.hourly_metrics IS 'One row per device, metric and hour of which nothing is hidden.';
