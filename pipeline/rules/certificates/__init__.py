"""What a claim earns: activities, awards, changes and statements; numbers, and how long they are kept."""
