"""Who asks, and what they may do: keys, sessions, widget tokens, roles, and the switch."""
