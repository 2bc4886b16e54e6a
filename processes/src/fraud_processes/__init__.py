"""Processes of this machine: started, watched until they are ready, found again, ended."""
