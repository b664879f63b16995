"""Labels and counts to the next state: weigh, represent, exemplify, rebuild."""
