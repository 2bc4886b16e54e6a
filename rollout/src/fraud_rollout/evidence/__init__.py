"""What releases answer, gathered from their own addresses: the numbers that verdicts rest on."""
