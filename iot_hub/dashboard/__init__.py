"""The dashboards: one Streamlit app for the owner, one for everyone else.

``apps`` holds the two scripts that Streamlit runs, ``pages`` what an address shows, ``components`` what pages are
made of. ``charts`` and ``maps`` build pictures; ``data`` and ``readings`` fetch what they show.
"""
