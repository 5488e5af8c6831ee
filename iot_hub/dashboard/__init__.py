"""The Streamlit pages of the owner, the public, and guests."""
