// Beside the composer: what could be answered, and the proof of what is written. All of it is made by the server, escaped; here it is
// fetched, put into its place, and taken over into the reply.
(() => {
  "use strict";
  const part = (id) => document.getElementById(id);
  const composer = part("composer");
  if (!composer?.insert) return;
  const { base, said: told } = document.body.dataset;
  const said = JSON.parse(told), box = composer.elements.text, view = composer.elements.view.value;
  const here = `${base}/desk/c/${composer.dataset.talk}`;
  const say = (text) => { part("live").textContent = text; };
  const line = (text) => Object.assign(document.createElement("p"), { className: "quiet", textContent: text });

  const page = async (url, more = {}) => {
    const answer = await fetch(url, { headers: { Accept: "text/html" }, redirect: "error", ...more });
    if (!answer.ok) throw Object.assign(new Error(answer.status), { status: answer.status });
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };
  const put = (id, from) => {
    const next = typeof from === "string" ? [line(from)] : [...document.adoptNode(from).childNodes];
    part(id).replaceChildren(...next);
  };
  const post = (path, values) => fetch(`${here}/${path}`, {
    method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(values), redirect: "error" });

  // --- the proposal: asked for once the page is there, and anew when anything public was said
  const standing = () => `${part("talk-state").dataset.answered}|${part("talk-state").dataset.written}`;
  let stood = standing(), chosen = "", asking = null;
  const propose = async (tries = 0) => {
    asking?.abort();
    const own = asking = new AbortController(), place = part("proposal");
    place.setAttribute("aria-busy", "true");
    if (!tries) put("proposal", said.looking);
    try {
      const found = await page(`${here}/proposal?${new URLSearchParams({ view, base: chosen })}`, { signal: own.signal });
      const read = place.previousElementSibling.lastElementChild?.getBoundingClientRect();
      put("proposal", found.getElementById("proposal"));
      const reads = document.activeElement === part("problem") || (read && (read.bottom < 0 || read.top > innerHeight));
      if (!reads) show(place);  // who reads what was said before, or what was refused, is left there
      if (part("proposal-line")) say(part("proposal-line").textContent);
    } catch (error) {
      if (own.signal.aborted) return;
      if ([429, 503].includes(error.status) && tries < 5) setTimeout(() => { if (asking === own) propose(tries + 1); }, 1500);
      else put("proposal", said.noProposal);
    } finally {
      if (asking === own) place.removeAttribute("aria-busy");
    }
  };
  const show = (place) => {
    const head = part("head").offsetHeight || part("head").lastElementChild.offsetHeight;  // only its last row stays in sight
    const room = innerHeight - composer.offsetHeight - head;
    place.style.scrollMargin = `${head + 72}px 0 ${composer.offsetHeight + 16}px`;
    place.scrollIntoView({ block: place.offsetHeight > room ? "start" : "end" });
  };
  const take = async (form) => {
    const answer = await post("take", new FormData(form)).catch(() => null);
    const content = await answer?.json().catch(() => null);
    if (!answer?.ok) {
      composer.problem(content?.detail ?? said.failed);
      return propose();
    }
    insert(content.text);
    say(said.taken);
  };
  const insert = (text) => {
    composer.turn("reply");
    const before = box.value.slice(0, box.selectionStart);
    composer.insert(before && !/\s$/.test(before) ? ` ${text}` : text);
    box.scrollTop = box.scrollHeight;
  };

  const beside = () => page(`${here}/beside?${new URLSearchParams({ view })}`)
    .then((found) => put("beside", found.getElementById("beside")), () => {});
  const all = () => propose().then(beside);
  document.addEventListener("refreshed", () => {
    if (standing() === stood) return;
    stood = standing();
    all();
    check();
  });

  // --- the proof of what is written, half a second after the last key
  let rest = 0, checking = null, left = "", refused = false;
  const vouched = () => [...new FormData(composer)].filter(([name]) => name === "touched" || name === "confirmed");
  const check = async () => {
    clearTimeout(rest);
    checking?.abort();
    if (composer.dataset.kind !== "reply") return;
    if (!box.value.trim()) return part("checked").replaceChildren();
    const own = checking = new AbortController();
    try {
      const found = await page(`${here}/check`, { method: "POST", body: new URLSearchParams([["text", box.value], ...vouched()]), signal: own.signal });
      const focus = document.activeElement.closest?.("#checked input")?.value;
      put("checked", found.body);
      if (focus !== undefined) [...part("checked").querySelectorAll("input")].find((one) => one.value === focus)?.focus();
      const now = part("checked-line")?.dataset.left ?? "";
      if (now !== left) say(part("checked-line")?.firstChild.textContent ?? "");
      if (refused && now !== left && now === "0") { composer.problem(""); refused = false; }
      left = now;
    } catch {
      if (!own.signal.aborted) put("checked", said.unchecked);
    }
  };
  box.addEventListener("input", () => { clearTimeout(rest); rest = setTimeout(check, 500); });
  composer.addEventListener("sent", check);
  composer.addEventListener("turned", check);
  composer.addEventListener("unproven", async () => {
    refused = true;
    await check();
    part("checked").querySelector("input:not(:checked)")?.focus();
  });
  part("checked").addEventListener("change", check);
  part("checked").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); composer.requestSubmit(); }
  });

  // --- what is pressed in parts that are replaced again and again
  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest?.(selector);
    if (on("[data-insert]")) {
      insert(on("[data-insert]").dataset.insert);
      say(said.inserted);
    } else if (on("[data-vouch]")) {
      for (const one of part("checked").querySelectorAll("input")) one.checked = true;
      check();
      box.focus();
    } else if (on("[data-sources]")) {
      const open = on("[data-sources]").getAttribute("aria-pressed") !== "true";
      on("[data-sources]").setAttribute("aria-pressed", String(open));
      for (const one of part("proposal").querySelectorAll("details.proof")) one.open = open;
    } else if (on("[data-place]")) {
      const place = part(on("[data-place]").dataset.place);
      if (!place) return;
      event.preventDefault();
      place.tabIndex = -1;
      place.scrollIntoView({ block: "center" });
      place.focus({ preventScroll: true });
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.action.endsWith("/take")) {
      event.preventDefault();
      take(form);
    } else if (form.dataset.quiet) {
      event.preventDefault();
      post("wrong", new FormData(form)).then((answer) => {
        if (!answer.ok) throw new Error(answer.status);
        form.replaceWith(line(form.dataset.quiet));
        say(form.dataset.quiet);
      }).catch(() => say(said.failed));
    } else if (form.id === "find-passages") {
      event.preventDefault();
      page(`${form.action}?${new URLSearchParams(new FormData(form))}`)
        .then((found) => put("passages", found.getElementById("passages")), () => put("passages", said.failed));
    } else if (form.id === "proposal-bases") {
      event.preventDefault();
      chosen = form.elements.base.value;
      propose();
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.id !== "proposal-base") return;
    chosen = event.target.value;
    propose();
  });

  all();
  check();
})();
