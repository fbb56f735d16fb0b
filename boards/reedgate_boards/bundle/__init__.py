"""One archive that makes a technician's computer ready without a network."""
