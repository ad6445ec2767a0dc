"""What is mailed and what comes back: occasions, fates of delivery, requests and returned mail."""
