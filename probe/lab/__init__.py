"""Lab: a partner organisation on loopback with selectable faults, for demo, lab command and tests."""
