"""The scripts that Streamlit runs; beside them there is no folder ``pages``, which it would serve by itself."""
