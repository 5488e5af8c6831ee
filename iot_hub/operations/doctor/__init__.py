"""``iot-hub doctor``: checks a hub and says what to do. It changes nothing and starts nothing."""
