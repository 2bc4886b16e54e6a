"""The command line: commands, the flows behind them, and what they print."""
