// The desk in the browser: what changed is drawn anew from the server's own pages, drafts are kept, keys are short ways to controls.
// What people write is never read as HTML here: it comes escaped in the server's pages, or as text.
(() => {
  "use strict";
  const { base, me, said: told } = document.body.dataset;
  const said = JSON.parse(told);
  const part = (id) => document.getElementById(id);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  document.body.classList.add("js");
  const say = (text) => { part("live").textContent = text; };
  const composer = part("composer"), box = composer?.elements.text;
  let seen = Number(document.body.dataset.seen), heard = seen;  // the last event that this page shows, and the last that it was told of
  const talk = composer?.dataset.talk ?? "";

  // What answers a form stands at an address that cannot be fetched; a page out of the browser's own cache is old.
  const { address } = document.body.dataset;
  if (address && new URL(address, location).pathname !== location.pathname) history.replaceState(null, "", address);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // --- the page as it is now: every element with data-live is replaced by that of the page fetched anew
  // The same control in another drawing of the page: by its own id, or by what it is in the nearest part that has one.
  const twin = (one, page) => {
    const near = one.closest("[id]"), { command } = one.dataset, href = one.getAttribute("href");
    if (near === one) return page.getElementById(one.id);
    const is = command ? `[data-command="${CSS.escape(command)}"]` : href ? `[href="${CSS.escape(href)}"]` : one.localName;
    return page.getElementById(near.id)?.querySelector(is);
  };
  let fetching = false, again = false, missed = 0;
  const gone = () => {
    for (const one of all("[data-live]", part("main"))) one.replaceChildren();
    composer.hidden = true;
    part("live").classList.remove("sr-only");
    say(said.deleted);
  };
  const refresh = async () => {
    if (fetching) { again = true; return; }
    fetching = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
      if (answer.status === 404 && talk) return gone();
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const now of all("[data-live]")) {
        const next = page.getElementById(now.id);
        if (!next || now.querySelector("details.menu[open]")) continue;
        for (const one of all("details[open]", now)) twin(one, page)?.setAttribute("open", "");
        if (next.outerHTML === now.outerHTML) continue;
        const focus = now.contains(document.activeElement) ? document.activeElement : null;
        const across = now.querySelector(".tools")?.scrollLeft;
        now.replaceWith(document.adoptNode(next));
        if (across) next.querySelector(".tools").scrollLeft = across;
        if (focus) twin(focus, document)?.focus({ preventScroll: true });
      }
      seen = Math.max(seen, Number(page.body.dataset.seen));
      heard = Math.max(heard, seen);
      missed = 0;
      noticed();
      document.dispatchEvent(new Event("refreshed"));
    } catch {
      missed ||= Date.now();
      if (heard > seen && Date.now() - missed > 5000) stale(true);  // something has happened that is not shown
      if (heard > seen) setTimeout(refresh, 2000);
    } finally {
      fetching = false;
      if (again) { again = false; refresh(); }
    }
  };

  const title = document.title;
  let unread = 0, soon = 0;
  const count = (more) => {
    unread = document.hidden ? unread + more : 0;
    document.title = unread ? `(${unread}) ${title}` : title;
  };
  document.addEventListener("visibilitychange", () => { count(0); if (!document.hidden) refresh(); });

  const toEnd = (line) => {
    line.style.scrollMarginBottom = `${(composer?.offsetHeight ?? 0) + 16}px`;
    line.scrollIntoView({ block: "end" });
  };

  // Something was said in this conversation: a person who cannot see it is told, and one who writes is warned of a colleague's answer.
  const noticed = () => {
    const state = part("talk-state");
    if (!state) return;
    const last = document.querySelector("#timeline > li:last-child");
    if (last && last.dataset.id !== noticed.last) {
      const own = last.dataset.author === me;
      const atEnd = noticed.last === undefined || innerHeight + scrollY > document.body.scrollHeight - 400;
      if (noticed.last !== undefined && !own) say(`${last.dataset.name}: ${last.querySelector(".body")?.textContent ?? last.textContent}`);
      noticed.last = last.dataset.id;
      if (atEnd && document.activeElement !== part("problem")) toEnd(last);
    }
    if (!box) return;
    const { answered, answeredBy, answeredName, answeredText, written, recipient, to } = state.dataset;
    if (composer.reply()) {  // what the agent writes was written before this: they have to have seen it
      if (answered !== composer.dataset.answered && answeredBy !== me) {
        return problem(said.answered.replace("{name}", answeredName), answeredText, true);
      }
      if (written !== composer.dataset.written && !inView(last)) return problem(said.written, "", true);
      if (recipient !== composer.elements.recipient.value) return problem(said.readdressed.replace("{name}", to), "", true);
    }
    acknowledge();
  };

  const inView = (line) => {
    const { top, bottom } = line.getBoundingClientRect();
    return !document.hidden && top < innerHeight && bottom > 0;
  };
  const acknowledge = () => {
    const { answered, written, version, recipient, to } = part("talk-state").dataset;
    Object.assign(composer.dataset, { answered, written });
    composer.elements.version.value = version;
    composer.elements.recipient.value = recipient;
    part("recipient").querySelector("bdi").textContent = to;
  };

  const line = (name, words, more = {}) => Object.assign(document.createElement(name), { textContent: words, ...more });
  const problem = (text, quoted = "", may = false) => {
    const place = part("composer-problem");
    place.replaceChildren();
    place.hidden = !text;
    if (!text) return;
    place.append(line("p", text));
    if (quoted) place.append(line("blockquote", quoted));
    if (may) place.append(closing(said.read, acknowledge));
  };
  const closing = (name, then) => {  // a button after which it is not said any more
    const button = line("button", name, { type: "button" });
    button.addEventListener("click", () => {
      then();
      problem("");
      box.focus();
    });
    return button;
  };

  // What was refused stands above everything: it is shown and read out, also where the page is a long conversation.
  part("problem")?.focus();

  // --- events: one stream for all tabs of a browser where it can be, resumed by the number of the last event
  const STALE = 1000 * Number(document.body.dataset.patience);
  let beat = Date.now(), source = null;
  const channel = "BroadcastChannel" in self ? new BroadcastChannel(`footnote-desk-${base}`) : null;
  const stale = (is) => {
    if (document.body.classList.contains("stale") === is) return;
    document.body.classList.toggle("stale", is);
    part("stale").hidden = !is;
    for (const one of all("[data-send]")) one.disabled = is;
    if (!is) { say(said.back); refresh(); }
  };
  const take = (news) => {
    beat = Date.now();
    stale(false);
    if (news.writing && news.writing === talk && !document.hidden) refresh();
    if (news.last > heard) {
      heard = news.last;
      count(news.mine ? 1 : 0);
      if (news.assigned) say(said.assigned.replace("{name}", news.name));
      if (news.conversation && news.conversation === talk) refresh();
      else soon ||= setTimeout(() => { soon = 0; if (!document.hidden) refresh(); }, 500 + 1500 * Math.random());  // not all at once
    }
  };
  const share = (news) => { take(news); channel?.postMessage(news); };
  channel?.addEventListener("message", ({ data }) => {
    if (data === "gone") stale(true);
    else take(data);
  });
  const listen = () => {
    source?.close();
    source = new EventSource(`${base}/desk/events?after=${seen}`);
    source.addEventListener("news", (event) => share(JSON.parse(event.data)));
    source.addEventListener("writing", (event) => share(JSON.parse(event.data)));
    source.addEventListener("beat", (event) => share(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      stale(true);
      channel?.postMessage("gone");
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
    });
  };
  // The tab that listens for all may be asleep: one that is looked at then listens by itself.
  setInterval(() => { if (Date.now() - beat > STALE) { beat = Date.now(); stale(true); if (source || !document.hidden) listen(); } }, 1000);
  setInterval(() => { if (!document.hidden && !document.body.classList.contains("stale")) refresh(); }, 60_000);  // "waits 5 min"
  if (navigator.locks && channel) navigator.locks.request(`footnote-desk-${base}`, () => { listen(); return new Promise(() => {}); });
  else listen();

  // --- the composer: drafts, sending, notes
  const post = (path, values, more = {}) => fetch(`${base}/desk${path}`, {
    method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(values), redirect: "error", ...more });
  // Times are drawn in the browser's zone, once the server knows it.
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if (timeZone && timeZone !== document.body.dataset.zone) post("/zone", { zone: timeZone }).then((answer) => { if (answer.ok) refresh(); }, () => {});
  const newKey = () => { composer.elements.key.value = [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join(""); };
  if (composer) {
    const revisions = JSON.parse(composer.dataset.revisions), stash = `desk-draft-${me}-${talk}`;
    // Of each kind what is typed, what of it the server has, over which of its drafts, what it may have of this tab since, what it
    // had of another, and the key under which it may have arrived.
    const drafts = Object.fromEntries(["reply", "note"].map((kind) => [kind, { text: composer.dataset[kind], kept: composer.dataset[kind], revision: revisions[kind], tried: new Set(), other: null, key: "", timer: 0, saving: null }]));
    const now = () => drafts[composer.dataset.kind];
    const longest = box.maxLength;  // the field itself would leave out the end of what is put in, without a word
    box.removeAttribute("maxlength");
    composer.reply = () => drafts.reply.text.trim();
    let sending = "";
    const saved = (text) => { part("saved").textContent = text; };
    const save = async (kind, more = {}) => {
      const draft = drafts[kind];
      clearTimeout(draft.timer);
      await draft.saving;  // one after the other, so that none is taken for another tab's
      const { text } = draft, begins = text.slice(0, longest);
      if (text === draft.kept || sending === kind) return;
      let done;
      draft.saving = new Promise((resolve) => { done = resolve; });
      try {
        const tried = new Set(draft.tried);
        draft.tried.add(begins.trim());
        const answer = await post(`/c/${talk}/draft`, { text: begins, kind, revision: draft.revision }, more);
        if (!answer.ok) throw new Error(answer.status);
        const { revision, other } = await answer.json(), own = other && tried.has(other.text.trim());
        draft.revision = revision ?? 0;
        draft.tried.clear();
        if (own && !revision) {  // what this tab had saved without hearing of it is to be discarded
          draft.revision = other.revision;
          draft.timer = setTimeout(save, 0, kind);
          return;
        }
        draft.kept = begins;
        if (other && !own) {
          draft.other = other;
          if (now() === draft) elsewhere();
        }
        if (now() === draft && draft.text === text) saved(text === begins ? text && said.saved : said.tooLong);
      } catch {
        if (now() === draft) saved(said.unsaved);
        draft.timer = setTimeout(save, 3000, kind);
      } finally {
        draft.saving = null;
        done();
      }
    };
    const elsewhere = () => {
      const { other } = now();
      if (!other) return;
      problem(said.elsewhere, other.text);
      const take = line("button", said.takeOther, { name: "draft", value: other.id, formAction: `${base}/desk/c/${talk}/restore`, formNoValidate: true });
      part("composer-problem").append(take, " ", closing(said.keepMine, () => { now().other = null; }));
    };
    const typed = () => {
      const kind = composer.dataset.kind;
      clearTimeout(drafts[kind].timer);
      drafts[kind].text = box.value;
      drafts[kind].timer = setTimeout(save, 1000, kind);
      offerDrafts();
    };
    const offerDrafts = () => {
      part("discard").hidden = !box.value;
      if (part("restore")) part("restore").hidden = Boolean(box.value);
    };
    box.addEventListener("input", typed);
    box.addEventListener("blur", () => save(composer.dataset.kind));
    // What was typed in the last second, or was being sent: the page may be gone before the server has it, or says so.
    addEventListener("pagehide", () => {
      const open = Object.entries(drafts).filter(([, { text, kept, key }]) => text !== kept || key);
      if (!open.length) return;
      try { sessionStorage.setItem(stash, JSON.stringify(open.map(([kind, { text, key, revision }]) => [kind, text, key, revision]))); } catch { /* denied: it is sent all the same */ }
      for (const [kind] of open) save(kind, { keepalive: true });
    });

    // A draft is written on with at its end.
    const write = (text) => { box.value = text; box.setSelectionRange(text.length, text.length); };
    const turn = (kind) => {
      if (composer.dataset.kind === kind) return box.focus();
      save(composer.dataset.kind);
      composer.dataset.kind = composer.elements.kind.value = kind;
      composer.classList.toggle("noting", kind === "note");
      for (const tab of all("[role=tab]", composer)) {
        tab.setAttribute("aria-selected", String(tab.dataset.kind === kind));
        tab.tabIndex = tab.dataset.kind === kind ? 0 : -1;
      }
      write(now().text);
      box.setAttribute("aria-label", kind === "note" ? said.note : said.reply);
      box.placeholder = kind === "note" ? said.noteHint : said.replyHint;
      part("recipient").hidden = kind === "note";
      part("notto").hidden = kind !== "note";
      part("send-label").textContent = kind === "note" ? said.addNote : said.send;
      problem("");
      elsewhere();
      offerDrafts();
      composer.dispatchEvent(new Event("turned"));
      box.focus();
    };
    for (const tab of all("[role=tab]", composer)) {
      tab.addEventListener("click", () => turn(tab.dataset.kind));
      tab.addEventListener("keydown", (event) => {
        if (["ArrowLeft", "ArrowRight"].includes(event.key)) turn(composer.dataset.kind === "note" ? "reply" : "note");
      });
    }
    newKey();
    if (box.value !== now().text) typed();  // before this ran
    try {
      const open = JSON.parse(sessionStorage.getItem(stash) ?? "[]");
      sessionStorage.removeItem(stash);
      for (const [kind, text, key, revision] of open) {
        const draft = drafts[kind];
        Object.assign(draft, { text, key, revision: text === draft.kept ? draft.revision : revision });
        draft.tried.add(text.slice(0, longest).trim());
        save(kind);
      }
      write(now().text);
      offerDrafts();
    } catch { /* none, or storage is denied */ }

    composer.addEventListener("submit", async (event) => {
      if (event.submitter?.formAction?.match(/\/(discard|restore)$/)) {
        Object.assign(now(), { kept: now().text, key: "" });  // it is set aside on the server
        return;
      }
      event.preventDefault();
      const text = box.value.trim();
      if (!text || sending || document.body.classList.contains("stale")) return;
      if (text.length > longest) return problem(said.tooLong);
      const kind = composer.dataset.kind, draft = drafts[kind];
      sending = kind;
      clearTimeout(draft.timer);
      const button = composer.querySelector("[data-send]");
      button.disabled = true;
      saved(said.sending);
      const { version, recipient, key } = composer.elements;
      try {
        await draft.saving;  // a draft that arrives after its message would be a draft again
        draft.tried.add(text);
        const vouched = [...new FormData(composer)].filter(([name]) => name === "touched" || name === "confirmed");
        const fields = { text, version: version.value, recipient: recipient.value, key: draft.key ||= key.value, revision: draft.revision };
        const answer = await post(`/c/${talk}/${kind}`, [...Object.entries(fields), ...vouched]);
        const content = await answer.json().catch(() => ({}));
        if (answer.status < 500) draft.key = "";
        if (answer.ok || content.used) newKey();
        if (answer.ok) {
          if (draft.text.trim() === text) {
            draft.text = draft.kept = "";
            if (now() === draft) box.value = "";
          }
          Object.assign(draft, { revision: 0, other: null });
          draft.tried.clear();
          offerDrafts();
          problem("");
          composer.dispatchEvent(new Event("sent"));
          saved(kind === "note" ? said.noted : said.sent);
          say(kind === "note" ? said.noted : said.sent);
          await refresh();
          toEnd(document.querySelector("#timeline > li:last-child"));
        } else {
          saved("");
          draft.kept = "";  // the server has kept it as it could: the next save tells
          await refresh();
          problem(content.detail || said.failed, content.answer, content.read);
          if (content.check) composer.dispatchEvent(new Event("unproven"));
        }
      } catch {  // the same key is sent again: what has arrived is not sent twice
        saved("");
        problem(said.unsure);
      } finally {
        sending = "";
        button.disabled = document.body.classList.contains("stale");
        if (draft.text !== draft.kept) draft.timer = setTimeout(save, 1000, kind);
      }
    });

    // Canned replies: "/" and the beginning of a name.
    const list = part("canned");
    let found = null, at = 0, coming = false, wished = false;  // Enter may be pressed before the list is there
    const close = () => { list.hidden = true; box.removeAttribute("aria-activedescendant"); };
    const choose = (n) => {
      at = (n + list.children.length) % list.children.length;
      [...list.children].forEach((one, i) => one.setAttribute("aria-selected", String(i === at)));
      list.children[at].scrollIntoView({ block: "nearest" });
      box.setAttribute("aria-activedescendant", list.children[at].id);
    };
    const word = () => /(^|\s)\/([^\s/]*)$/.exec(box.value.slice(0, box.selectionStart));
    const put = (n) => {
      const one = list.children[n].dataset.text, typedWord = word();
      if (!typedWord) return close();  // the cursor has left it
      wished = false;
      const from = box.selectionStart - typedWord[2].length - 1;
      box.setRangeText(one, from, box.selectionStart, "end");
      close();
      box.dispatchEvent(new Event("input", { bubbles: true }));
      box.focus();
    };
    const none = () => {
      const line = Object.assign(document.createElement("div"), { className: "quiet", textContent: said.noCanned });
      line.setAttribute("role", "option");
      line.setAttribute("aria-disabled", "true");
      list.replaceChildren(line);
      list.hidden = false;
      say(said.noCanned);
    };
    const suggest = async () => {
      if (!word()) return close();
      found ??= fetch(`${base}/desk/c/${talk}/canned`, { headers: { Accept: "application/json" } }).then((answer) => answer.ok ? answer.json() : null, () => null);
      coming = true;
      const replies = await found, typedWord = word();  // what has been typed by now
      coming = false;
      if (!replies) found = null;
      if (!typedWord) return close();
      if (replies && !replies.length && !typedWord[2]) return none();
      const wanted = typedWord[2].toLowerCase();
      const fitting = (replies ?? []).filter((one) => one.shortcode.toLowerCase().includes(wanted) || one.text.toLowerCase().includes(wanted)).slice(0, 8);
      if (!fitting.length) {
        if (wished) box.setRangeText("\n", box.selectionStart, box.selectionEnd, "end");
        wished = false;
        return close();
      }
      list.replaceChildren(...fitting.map((one, n) => {
        const line = Object.assign(document.createElement("div"), { id: `canned-${n}` });
        line.setAttribute("role", "option");
        line.dataset.text = one.text;
        const code = document.createElement("b"), text = document.createElement("span");
        code.textContent = `/${one.shortcode}`;
        text.className = "quiet";
        text.textContent = one.text;
        line.append(code, text);
        line.addEventListener("mousedown", (event) => { event.preventDefault(); put(n); });
        return line;
      }));
      list.hidden = false;
      choose(0);
      if (wished) put(0);
    };
    box.addEventListener("input", () => { wished = false; suggest(); });
    box.addEventListener("blur", close);
    box.addEventListener("keydown", (event) => {
      if (coming && list.hidden && event.key === "Enter" && !event.ctrlKey && !event.metaKey && word()) { event.preventDefault(); wished = true; return; }
      if (!list.hidden && list.querySelector(":not([aria-disabled])")) {
        const does = { ArrowDown: () => choose(at + 1), ArrowUp: () => choose(at - 1), Enter: () => put(at), Tab: () => put(at), Escape: close }[event.key];
        if (does && !event.ctrlKey && !event.metaKey) { event.preventDefault(); event.stopPropagation(); return does(); }
      }
      if (event.key === "Tab" && !event.shiftKey && !box.value && composer.dataset.kind === "reply") {  // the proposal, where there is one
        const proposal = document.querySelector("[data-proposal]");
        if (proposal) { event.preventDefault(); proposal.click(); }
      }
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); composer.requestSubmit(); }
    });
    Object.assign(composer, { turn, problem, insert: (text) => { box.setRangeText(text, box.selectionStart, box.selectionEnd, "end"); box.dispatchEvent(new Event("input", { bubbles: true })); box.focus(); } });
    noticed();
  }

  // --- menus: one open at a time
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details.menu") || !event.target.open) return;
    for (const other of all("details.menu[open]")) if (other !== event.target) other.open = false;
    event.target.querySelector("div :is(button, input, select):not([type=hidden])")?.focus();
  }, true);
  document.addEventListener("click", (event) => {
    for (const open of all("details.menu[open]")) if (!open.contains(event.target)) open.open = false;
    const opener = event.target.closest("[data-dialog]");
    if (opener) show(opener.dataset.dialog);
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog").close();
  });

  // --- keys
  const keysOff = () => { try { return localStorage.getItem("desk-keys") === "off"; } catch { return false; } };
  const choice = part("keys-on");
  if (choice) {
    choice.checked = !keysOff();
    choice.addEventListener("change", () => { try { localStorage.setItem("desk-keys", choice.checked ? "on" : "off"); } catch { /* until the page is left */ } });
  }
  // A closed dialog keeps the focus until the page is painted again: what is typed meanwhile is a key, not text.
  const typing = (target) => !target.closest?.("dialog:not([open])") && target.matches?.("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit], [type=button])");
  const show = (id) => {
    const dialog = part(id);
    if (!dialog.open) dialog.showModal();
    if (id === "palette") { part("palette-text").value = ""; offer(); part("palette-text").focus(); }
  };
  const step = (by) => {
    const rows = all("[data-row]");
    if (rows.length) {
      const now = rows.indexOf(document.activeElement.closest?.("[data-row]"));
      rows[Math.min(rows.length - 1, Math.max(0, now < 0 ? 0 : now + by))].focus();
    } else document.querySelector(by > 0 ? "a[data-next]" : "a[data-previous]")?.click();
  };
  const press = (key) => {
    const control = all(`[data-key="${CSS.escape(key)}"]`).find((one) => one.offsetParent && !one.disabled);
    if (!control) return false;
    if (control.matches("summary")) control.parentElement.open = !control.parentElement.open;
    else control.click();
    return true;
  };
  const does = {
    j: () => step(1),
    k: () => step(-1),
    "?": () => show("keys"),
    r: () => composer && composer.turn("reply"),
    n: () => composer && composer.turn("note"),
    "/": () => { if (composer) { box.focus(); composer.insert(box.value && !/\s$/.test(box.value.slice(0, box.selectionStart)) ? " /" : "/"); } else part("find")?.focus(); },
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); return show("palette"); }
    if (event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (menu) { menu.open = false; return menu.querySelector("summary").focus(); }
      if (typing(event.target)) return event.target.blur();
      return document.querySelector("a[data-back]")?.click();
    }
    if (typing(event.target) || keysOff() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (does[event.key]) { event.preventDefault(); does[event.key](); }
    else if (/^[a-zA-Z]$/.test(event.key) && press(event.key)) event.preventDefault();
  });

  // --- the palette: everything on the page that can be done, and a search
  const words = part("palette-text"), offered = part("palette-list");
  let chosen = 0;
  const mark = (n) => {
    const rows = [...offered.children];
    if (!rows.length) return;
    chosen = (n + rows.length) % rows.length;
    rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === chosen)));
    words.setAttribute("aria-activedescendant", rows[chosen].id);
    rows[chosen].scrollIntoView({ block: "nearest" });
  };
  const offer = () => {
    const wanted = words.value.trim().toLowerCase();
    const commands = all("[data-command]").filter((one) => one.offsetParent && !one.disabled)
      .map((one) => [one.dataset.command, one.dataset.key ?? "", () => { if (one.matches("summary")) one.parentElement.open = true; else one.click(); }])
      .filter(([name]) => name.toLowerCase().includes(wanted));
    if (wanted) commands.push([said.searchFor.replace("{text}", words.value.trim()), "", () => { location.href = `${base}/desk/search?q=${encodeURIComponent(words.value.trim())}`; }]);
    offered.replaceChildren(...commands.map(([name, key, run], n) => {
      const row = Object.assign(document.createElement("li"), { id: `command-${n}` });
      row.setAttribute("role", "option");
      row.append(Object.assign(document.createElement("span"), { textContent: name }));
      if (key) row.append(Object.assign(document.createElement("kbd"), { textContent: key }));
      row.addEventListener("click", () => { part("palette").close(); run(); });
      row.run = run;
      return row;
    }));
    mark(0);
  };
  words?.addEventListener("input", offer);
  words?.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); mark(chosen + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); mark(chosen - 1); }
    if (event.key === "Enter") { event.preventDefault(); offered.children[chosen]?.click(); }
  });
})();
