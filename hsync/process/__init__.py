"""process: the standard streams, signals and environment variables of the hsync process."""
