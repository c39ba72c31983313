"""How is it filled in on a telephone or tablet, without a network? One page that asks, keeps and hands over."""
