"""The Linux service beside the site: takes in, stores and shows what the stations report."""
