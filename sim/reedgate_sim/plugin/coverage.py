def start(c): pass
def stop(c): pass
def of(c): return None
