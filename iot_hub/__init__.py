"""IoT Personal Hub: one private place for everything that a person's devices report."""

__version__ = "1.2.0"
