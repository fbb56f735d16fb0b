"""Runs on the VM, started by the bench `uplink`: a 200 ms loop with umqtt.simple as it comes.

Once a second it publishes with QoS 1, in every turn it looks for messages, after a fault it
connects anew: what the library's own examples do. Argument: the port of the broker. Prints how
late each turn came, in microseconds.
"""

import sys
import time

from umqtt.simple import MQTTClient

LOOP_US = 200000
TURNS_A_MESSAGE = 5
STATE = b'{"turbidity_ntu":6.8,"gate":"open"}'


def run(port):
    client = MQTTClient(b"bench", "127.0.0.1", port, keepalive=15)
    connected = False
    turn = 0
    due_us = time.ticks_us()
    while True:
        print(time.ticks_diff(time.ticks_us(), due_us))
        try:
            if not connected:
                client.connect()
                connected = True
            client.check_msg()
            if turn % TURNS_A_MESSAGE == 0:
                client.publish(b"bench/state", STATE, qos=1)
        except Exception:  # OSError, and what it raises when a broker is gone: IndexError …
            connected = False
            client.sock.close()
        turn += 1
        due_us = time.ticks_add(due_us, LOOP_US)
        left_us = time.ticks_diff(due_us, time.ticks_us())
        if left_us > 0:
            time.sleep_us(left_us)
        else:
            due_us = time.ticks_us()  # never in a burst


if __name__ == "__main__":
    run(int(sys.argv[1]))
