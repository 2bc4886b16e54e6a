"""What stops a simulation before a single payment was sent."""


class SimulatorError(Exception):
    """Root of these; the message says what to do."""


class ServiceUnreachable(SimulatorError):
    """Nothing answers at the address."""


class TrafficUnreadable(SimulatorError):
    """The file of payments is not there, or is none."""
