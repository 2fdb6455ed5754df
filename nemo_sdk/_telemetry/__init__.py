"""What a program can hear of the calls: a log, and traces."""
