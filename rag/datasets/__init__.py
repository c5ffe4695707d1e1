"""Questions with known answers, read from files in several layouts."""
