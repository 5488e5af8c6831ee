TRUNCATE shapes, cut
