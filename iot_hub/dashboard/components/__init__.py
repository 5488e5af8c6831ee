"""What pages are made of: the header, filters, cards and panels."""
