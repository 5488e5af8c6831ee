"""The page that shows what the hub publishes: a Streamlit app that reads as the viewer."""
