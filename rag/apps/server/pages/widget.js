// Puts a button on a page, and behind it the chat in a frame of the server's own. The server adds `(settings)`.
((settings) => {
  "use strict";
  const script = document.currentScript;
  const home = new URL(".", script.src);
  const key = `footnote-${settings.id}`;
  const { user = "", signature = "" } = script.dataset;  // whom the site shows it to, if it says so
  if (document.getElementById(key)) return;  // the script stands twice in the page

  const style = `
:host { all: initial; }
[hidden] { display: none !important; }
button { position: fixed; z-index: 2147483000; inset-block-end: max(1.25rem, env(safe-area-inset-bottom)); inset-inline-end: 1.25rem;
  display: flex; align-items: center; gap: .6em; padding: .8em 1.2em; border: 0; border-radius: 2em; cursor: pointer;
  font: 600 1rem/1.2 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  background: ${settings.colour}; color: ${settings.on}; box-shadow: 0 2px 10px rgb(0 0 0 / .3), 0 0 0 1px rgb(255 255 255 / .5); }
button:focus-visible { outline: 3px solid ${settings.colour}; outline-offset: 3px; box-shadow: 0 0 0 3px #fff; }
svg { width: 1.25em; height: 1.25em; flex: none; }
b { min-width: 1.2em; padding: .1em .3em; border-radius: 1em; background: #b3261e; color: #fff; font-size: .8em; text-align: center; }
div { position: fixed; z-index: 2147483000; inset-block-end: 5.5rem; inset-inline-end: 1.25rem; overflow: hidden;
  width: min(25rem, calc(100vw - 2.5rem)); height: min(40rem, calc(100dvh - 7rem)); border-radius: 14px;
  box-shadow: 0 8px 40px rgb(0 0 0 / .3), 0 0 0 1px rgb(128 128 128 / .35); }
iframe { display: block; width: 100%; height: 100%; border: 0; }
@media (max-width: 480px) {
  div.here { inset: 0; width: 100%; height: 100dvh; border-radius: 0; }
  button.here[aria-expanded="true"] { visibility: hidden; }
}
@media print { :host { display: none; } }
@media (forced-colors: active) { button, div { border: 2px solid; } }`;

  const host = document.createElement("footnote-widget");
  host.id = key;
  host.lang = settings.language;
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();  // no policy of the page against inline styles forbids it
  sheet.replaceSync(style);
  root.adoptedStyleSheets = [sheet];

  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-controls", "panel");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("fill", "currentColor");
  path.setAttribute("d", "M4 3h16a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2h-8l-5 4v-4H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z");
  svg.append(path);
  const label = document.createElement("span");
  const badge = document.createElement("b");
  button.append(svg, label, badge);
  const panel = document.createElement("div");
  panel.id = "panel";
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", settings.name);
  panel.hidden = true;
  root.append(button, panel);

  let frame = null, ready = false, unread = 0, kept = "";

  // What resumes a conversation. A page may have no storage at all: it then lasts until the page is left.
  const stored = () => {
    try { return localStorage.getItem(key) || kept; } catch { return kept; }
  };
  const store = (token) => {
    kept = token;
    try {
      if (token) localStorage.setItem(key, token);
      else localStorage.removeItem(key);
    } catch { /* denied or full */ }
  };

  const tell = (type, values = {}) => {
    if (ready) frame.contentWindow.postMessage({ footnote: settings.id, type, ...values }, home.origin);
  };

  const show = () => {
    const open = !panel.hidden;
    button.setAttribute("aria-expanded", String(open));
    label.textContent = open ? settings.said.close : settings.said.open;
    badge.hidden = !unread;
    badge.textContent = unread;
    if (unread) button.setAttribute("aria-label", `${label.textContent}, ${unread} ${settings.said.unread}`);
    else button.removeAttribute("aria-label");
  };

  const load = () => {
    frame = document.createElement("iframe");
    frame.title = settings.name;
    frame.referrerPolicy = "origin";  // the server looks whether this site may show it
    frame.setAttribute("sandbox", "allow-scripts allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox");
    frame.src = new URL(`embed/${settings.id}`, home).href;
    frame.addEventListener("load", () => {
      ready = true;
      tell("hello", { token: stored(), user, signature });
      if (!panel.hidden) tell("open");
    });
    panel.append(frame);
  };

  const open = () => {
    panel.hidden = false;
    unread = 0;
    show();
    if (!frame) load();
    frame.focus();
    tell("open");
  };
  const close = () => {
    panel.hidden = true;
    show();
    tell("closed");
    button.focus();
  };

  button.addEventListener("click", () => panel.hidden ? open() : close());
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) close();
  });
  addEventListener("message", (event) => {
    const said = event.data;
    if (!frame || event.source !== frame.contentWindow || event.origin !== home.origin || said?.footnote !== settings.id) return;
    if (said.type === "here") panel.className = button.className = "here";  // from now on it can be closed in the frame
    if (said.type === "close" && !panel.hidden) close();
    if (said.type === "keep" && typeof said.token === "string") store(said.token);
    if (said.type === "unread" && panel.hidden) { unread += 1; show(); }
  });

  show();
  const place = () => document.body.append(host);
  if (document.body) place();
  else addEventListener("DOMContentLoaded", place);
})
