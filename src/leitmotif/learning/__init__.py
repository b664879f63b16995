"""How a fit comes to know what it knows."""
