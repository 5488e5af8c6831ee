"""Who may send and who may look: devices, readers, pairing, login."""
