"""Retention: how long raw events stay in the database once the archive holds them.

Off until there is a rule. ``rules`` says what may go when, ``run`` drops it, ``bring_back`` fetches a
dropped day from the archive when a late event has to be counted with it. Roll-ups, fixes and private
hours always stay.
"""
