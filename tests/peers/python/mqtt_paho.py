"""Eclipse Paho against an MQTT listener: mqtt_paho.py SCENARIO PORT"""
import queue
import sys

import paho.mqtt.client as paho

SCENARIO, PORT = sys.argv[1], int(sys.argv[2])
LIMIT = 20


class Client:
    def __init__(self, client_id="", clean=True, will=None):
        # Paho 2 asks for the form of its callbacks; 1 knows only one.
        version = [paho.CallbackAPIVersion.VERSION1] if hasattr(paho, "CallbackAPIVersion") else []
        self.paho = paho.Client(*version, client_id=client_id, clean_session=clean, protocol=paho.MQTTv311)
        self.events, self.got = queue.Queue(), queue.Queue()
        self.paho.on_connect = lambda c, u, flags, code: self.events.put((code, flags["session present"]))
        self.paho.on_subscribe = lambda c, u, mid, granted: self.events.put(tuple(granted))
        self.paho.on_unsubscribe = lambda c, u, mid: self.events.put("unsubscribed")
        self.paho.on_message = lambda c, u, m: self.got.put(
            "%s %s %d%s" % (m.topic, m.payload.decode() if len(m.payload) < 100 else len(m.payload), m.qos, " retained" if m.retain else ""))
        if will:
            self.paho.will_set(*will)
        self.paho.connect("127.0.0.1", PORT)
        self.paho.loop_start()
        code, self.present = self.events.get(timeout=LIMIT)
        assert code == 0, code

    def subscribe(self, *filters):
        self.paho.subscribe(list(filters))
        return self.events.get(timeout=LIMIT)

    def publish(self, topic, payload, qos=0, retain=False):
        self.paho.publish(topic, payload, qos, retain).wait_for_publish()

    def expect(self, *lines):
        got = sorted(self.got.get(timeout=LIMIT) for _ in lines)
        assert got == sorted(lines), got

    def end(self):
        self.paho.disconnect()
        self.paho.loop_stop()


def qualities():
    a, b = Client(), Client()
    assert a.subscribe(("q/0", 0), ("q/1", 1), ("q/2", 2)) == (0, 1, 2)
    for published in range(3):
        for subscribed in range(3):
            b.publish("q/%d" % subscribed, "m%d" % published, published)
            a.expect("q/%d m%d %d" % (subscribed, published, min(published, subscribed)))
    a.end(), b.end()


def retained():
    b = Client()
    b.publish("r/one", "kept", 1, True)
    b.publish("r/two", "kept too", 2, True)
    a = Client()
    a.subscribe(("r/#", 1))
    a.expect("r/one kept 1 retained", "r/two kept too 1 retained")
    b.publish("r/one", "", 1, True)
    a.expect("r/one  1")
    c = Client()
    c.subscribe(("r/#", 0))
    c.expect("r/two kept too 0 retained")
    a.end(), b.end(), c.end()


def sessions():
    a = Client("persistent", clean=False)
    assert not a.present
    a.subscribe(("s/1", 1), ("s/2", 2))
    a.end()
    b = Client()
    for i in range(20):
        b.publish("s/%d" % (1 + i % 2), "m%d" % i, 1 + i % 2)
    a = Client("persistent", clean=False)
    assert a.present
    a.expect(*["s/%d m%d %d" % (1 + i % 2, i, 1 + i % 2) for i in range(20)])
    a.paho.unsubscribe(["s/1", "s/2"])
    assert a.events.get(timeout=LIMIT) == "unsubscribed"
    b.publish("s/1", "nobody", 1)
    a.end()
    a = Client("persistent", clean=False)
    a.subscribe(("s/0", 0))
    b.publish("s/0", "last")
    a.expect("s/0 last 0")
    a.end(), b.end()


def will():
    b = Client()
    b.subscribe(("will/#", 1))
    a = Client(will=("will/a", "gone", 1, True))
    a.paho._sock_close()
    b.expect("will/a gone 1")
    a.paho.loop_stop()
    c = Client()
    c.subscribe(("will/a", 1))
    c.expect("will/a gone 1 retained")
    b.end(), c.end()


def many():
    a, b = Client(), Client()
    a.subscribe(("many/+", 2))
    infos = [b.paho.publish("many/%d" % i, "m%d" % i, i % 3) for i in range(500)]
    for info in infos:
        info.wait_for_publish()
    a.expect(*["many/%d m%d %d" % (i, i, i % 3) for i in range(500)])
    b.publish("many/large", bytes(900_000), 2)
    a.expect("many/large 900000 2")
    a.end(), b.end()


{f.__name__: f for f in (qualities, retained, sessions, will, many)}[SCENARIO]()
