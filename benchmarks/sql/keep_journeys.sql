CREATE TEMPORARY TABLE kept_journeys AS
SELECT journey.* FROM iot_personal_hub.journeys AS journey
