"""Predicts whether the Exchange Availability service would accept a partner's endpoints."""
