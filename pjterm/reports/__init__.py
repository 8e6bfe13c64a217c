"""The back office, pure: filters, takings, reconciliation, receipts as text."""
