// Keeps the page live: takes fragments from the gateway's stream and puts in what differs.
// Decides nothing and knows nothing of gates. Without it the page reloads itself.
"use strict";

const SILENT_MS = 4000; // the gateway says something every second
const RETRY_MS = 3000;

const body = document.body;
let source = null;
let lastHeardMs = Date.now();
let retry = null;

// Makes `old` like `fresh` and keeps every node that can stay: transitions go on, focus is kept.
function morph(old, fresh) {
  const olds = [...old.childNodes];
  const freshes = [...fresh.childNodes];
  freshes.forEach((node, index) => {
    const there = olds[index];
    if (!there) {
      old.append(document.importNode(node, true));
    } else if (there.nodeType !== node.nodeType || there.nodeName !== node.nodeName) {
      there.replaceWith(document.importNode(node, true));
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      morphAttributes(there, node);
      morph(there, node);
    } else if (there.nodeValue !== node.nodeValue) {
      there.nodeValue = node.nodeValue;
    }
  });
  olds.slice(freshes.length).forEach((node) => node.remove());
}

function morphAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    // what a reader has unfolded stays so
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function show(news) {
  const parser = new DOMParser();
  for (const [name, html] of Object.entries(news)) {
    const place = document.getElementById("live-" + name);
    if (place) morph(place, parser.parseFromString(html, "text/html").body);
  }
}

function heard(message) {
  lastHeardMs = Date.now();
  show(JSON.parse(message.data));
  setLost(false);
}

function setLost(lost) {
  const banner = document.getElementById("lost");
  if (lost && banner.hidden) {
    const now = document.querySelector("[data-now]");
    document.getElementById("lost-since").textContent = now ? now.textContent : "";
  }
  banner.hidden = !lost;
  body.classList.toggle("is-lost", lost);
}

function listen() {
  clearTimeout(retry);
  retry = null;
  if (source) source.close();
  source = new EventSource(body.dataset.live);
  source.onmessage = heard;
  source.onerror = () => {
    // The browser itself tries again only while the stream was once accepted.
    if (source.readyState === EventSource.CLOSED && retry === null) {
      retry = setTimeout(listen, RETRY_MS);
    }
  };
}

setInterval(() => {
  if (Date.now() - lastHeardMs > SILENT_MS) setLost(true);
}, 500);
window.addEventListener("pagehide", () => source && source.close());
window.addEventListener("pageshow", (event) => event.persisted && listen());
listen();
