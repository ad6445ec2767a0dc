"""What `certs doctor` judges before a meeting: what was seen outside in, one Check each out."""
