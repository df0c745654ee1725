"""Measures answers: how good they are, how fast, and whether a change made them better."""
