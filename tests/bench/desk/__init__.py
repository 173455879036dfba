"""How many agents one desk process holds, and how fast it tells them."""
