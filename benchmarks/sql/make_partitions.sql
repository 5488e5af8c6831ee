-- Makes the monthly partitions beforehand, so that no run has to.
SELECT iot_personal_hub.ensure_partitions(array_agg(given.month))
FROM generate_series(date_trunc('month', %(from)s::timestamptz, 'UTC'), %(to)s::timestamptz, interval '1 month') AS given (month)
