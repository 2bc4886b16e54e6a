"""Where the figures come from: processes, artifacts, recent payments."""
