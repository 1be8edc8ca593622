"""What a test part shares with its training part, and what that is worth in F1."""

from core.leakage.overlap import Overlap, expected_person_overlap, overlap
from core.leakage.price import Price, known_price, load_price, price

__all__ = ["Overlap", "Price", "expected_person_overlap", "known_price", "load_price", "overlap", "price"]
