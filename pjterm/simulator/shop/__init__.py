"""What the shop is made of: its books, readers, customers, cards and money, and what goes wrong in it."""
