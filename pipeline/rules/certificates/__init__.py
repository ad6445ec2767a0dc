"""What a claim earns: the rules of certificates, from what an activity offers to how long they are kept.

The way of a claim: `changes` merges each later row into the claim on record, `awards` says which certificates
it earns and what they state, and `plan` what has to be done to those that there are.
"""
