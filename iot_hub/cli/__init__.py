"""The commands of ``iot-hub``, one file per topic. Each module's ``register`` adds its own to the command line.

Heavy imports are inside the functions, so that ``iot-hub --help`` responds at once.
"""
