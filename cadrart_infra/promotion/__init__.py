"""Promotion: guard, rollout, gate, smoke test, switch of the traffic and watch of a colour."""
