UPDATE labels SET shape = st_transform(shape, 3857) WHERE st_srid(shape) = 4326
