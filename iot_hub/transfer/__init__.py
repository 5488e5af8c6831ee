"""Imports of other systems' files, exports for them, replays."""
