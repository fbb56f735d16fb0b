"""What a technician is told of the safety keys of a new configuration."""



