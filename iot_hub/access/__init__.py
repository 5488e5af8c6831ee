"""Who may send and who may read: devices, pairing, readers, login."""
