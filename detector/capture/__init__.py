"""From the kernel to snapshots: programs, probes, records. Only `bcc_program` imports bcc."""
