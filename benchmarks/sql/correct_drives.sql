-- Each tenth drive is split in its midst, and each other tenth is merged with the one after it.
INSERT INTO iot_personal_hub.drive_corrections (device_id, kind, since, until)
SELECT 1, 'split', drive.starts + (drive.ends - drive.starts) / 2, drive.starts + (drive.ends - drive.starts) / 2
FROM (SELECT each.*, row_number() OVER (ORDER BY each.starts) AS n FROM iot_personal_hub.drives AS each) AS drive
WHERE mod(drive.n, 10) = 0
UNION ALL
SELECT 1, 'merge', drive.starts, drive.next_ends
FROM (
    SELECT
        each.*,
        row_number() OVER (ORDER BY each.starts) AS n,
        lead(each.ends) OVER (ORDER BY each.starts) AS next_ends
    FROM iot_personal_hub.drives AS each
) AS drive
WHERE mod(drive.n, 10) = 5 AND drive.next_ends IS NOT NULL
