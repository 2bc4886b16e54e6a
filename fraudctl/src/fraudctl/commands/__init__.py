"""`fraudctl`. Modules here import what is light; what is heavy waits inside the command that needs it."""
