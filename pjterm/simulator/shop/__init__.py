"""The simulated shop: its books, readers, customers, cards and money, and what goes wrong."""
