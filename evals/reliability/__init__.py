"""Load and faults: a real server process, many clients, and things that break."""
