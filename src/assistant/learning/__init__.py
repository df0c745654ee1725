"""Learning from the same passages as answers: paths, checks, grading, and what learners did."""
