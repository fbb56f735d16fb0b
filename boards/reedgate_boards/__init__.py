"""The technician's tools, the site file and the command line."""
