"""Stations on a wire: polled over Modbus RTU, ingested as those that speak MQTT."""
