"""Receives what a broker has for the hub, and acknowledges each message once it is stored."""
