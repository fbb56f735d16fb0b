"""The record on its way to the next level: each upstream has a cursor of its own."""
