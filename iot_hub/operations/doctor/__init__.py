"""``iot-hub doctor``: looks a hub over and says what to do. It changes nothing and starts nothing."""
