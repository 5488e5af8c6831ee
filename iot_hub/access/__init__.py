"""Who may send and who may read: devices, readers, pairing, login."""
