"""Requests that the service makes to addresses that clients name: allowed hosts alone, and no private address behind them."""
