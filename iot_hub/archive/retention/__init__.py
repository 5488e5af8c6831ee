"""Retention: how long raw events stay in the database once the archive holds them.

Off until there is a rule. ``rules`` defines what expires when, ``run`` deletes it, ``restore_days`` restores a
dropped day from the archive when a late event has to be counted with it. Roll-ups, fixes and private hours always
stay. A day whose events were deleted is *dropped* (table ``dropped_days``).
"""
