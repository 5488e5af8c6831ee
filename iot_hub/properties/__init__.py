"""What a property of events means.

One catalogue, which sources, database, dashboard and documentation follow.
"""
