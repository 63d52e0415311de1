"""The checks of a run spread over worker processes of this machine, so that it uses every core."""
