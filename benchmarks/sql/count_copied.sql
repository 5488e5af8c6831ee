-- How many rows a device has in the table without indexes.
SELECT count(*) AS events FROM copied WHERE device_id = %(device_id)s
