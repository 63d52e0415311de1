"""What would flip a verdict on a certificate, tried by judging again, and who has to do it."""
