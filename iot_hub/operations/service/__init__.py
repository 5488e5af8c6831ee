"""The hub as a service of systemd: what is written, and how it is put there and taken away."""
