"""A web server on loopback that answers every request with the same bytes."""

import http.server
import threading
from contextlib import contextmanager


@contextmanager
def serving(content, status=200, stated=None):
    """Gives (its address, the list of paths that were asked for).

    stated: how many bytes it says will come.
    """
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            if stated is not None:
                self.send_header("Content-Length", str(stated))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
