"""What do we lay on the table? One sheet for a meeting of police and community groups, and pictures for a talk."""
