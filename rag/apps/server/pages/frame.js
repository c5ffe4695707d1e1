// The chat in the frame. What documents, models and people say becomes text nodes only; no storage of this origin is used.
(() => {
  "use strict";
  const { id, sites, colour, on, said, between, person } = JSON.parse(document.body.dataset.settings);
  const part = (name) => document.getElementById(name);
  const log = part("log"), live = part("live"), form = part("ask"), question = part("question");
  const greeting = log.firstElementChild;
  const here = location.pathname.replace(/\/+$/, "");
  document.documentElement.style.setProperty("--accent", colour);
  document.documentElement.style.setProperty("--on-accent", on);

  let site = null;  // the origin of the page around the frame, once it has said hello
  let who = {};  // `user` and `signature`, where the site says whom it shows the chat to
  let token = "", running = null, opened = false, count = 0;

  const tell = (type, values = {}) => {
    if (site) parent.postMessage({ footnote: id, type, ...values }, site);
  };
  const say = (text) => { live.textContent = text; };
  const keep = (value) => {
    token = value;
    part("new").hidden = !log.querySelector("article") || withPeople();
    if (!who.user) tell("keep", { token });  // whom the site names needs nothing to come back
  };

  const make = (name, properties = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (key in made) made[key] = value;
      else made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  };

  // Who has the conversation, and what people wrote in it; while they have it, that is asked for now and then.
  let standing = null, looking = 0;
  const written = new Set();
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const withPeople = () => ["waiting", "open", "snoozed"].includes(standing?.state);
  const moment = (iso) => new Date(iso).toLocaleString(document.documentElement.lang, { weekday: "long", hour: "2-digit", minute: "2-digit" });

  const act = async (what, values = {}) => {
    const response = await post("person", { token, act: what, ...values }).catch(() => null);
    if (!response?.ok) {
      if (what === "look") return;
      const detail = response?.status === 400 ? (await response.json().catch(() => ({}))).detail : "";
      part("who-more").hidden = false;
      return part("who-more").prepend(make("p", { className: "state problem", role: "alert" }, detail || said.failed));
    }
    const now = await response.json();
    if (now.token && now.token !== token) keep(now.token);
    if (what === "call" && now.state === "waiting") exchange(person.asked);
    stand(now);
  };

  const message = (one) => {
    const name = one.name || person.somebody;
    const head = one.kind === "in" ? person.you : fill(person.said, { name });
    const made = one.kind === "status"
      ? make("p", { className: "happened", dir: "auto" }, fill(person[`status-${one.text}`] ?? "", { name }))
      : make("article", { className: `person ${one.kind}` }, make("h2", { className: "by", dir: "auto" }, head), make("p", { className: "text", dir: "auto" }, one.text));
    made.dataset.at = one.at;
    return made;
  };

  const more = (now) => {
    if (now.state === "resolved" && !now.rated) {
      const stars = [1, 2, 3, 4, 5].map((n) => make("label", {}, make("input", { type: "radio", name: "rating", value: String(n), required: true }),
        make("span", {}, ` ${n}`)));
      return [make("form", { className: "rate" }, make("fieldset", {}, make("legend", {}, person.rate), ...stars),
        make("input", { name: "comment", maxLength: 1000, placeholder: person.comment, "aria-label": person.comment }), make("button", {}, said.send))];
    }
    if (now.state === "resolved") return [make("p", { className: "state" }, person.rated)];
    if (now.address && withPeople()) return [make("p", { className: "state" }, fill(person.left, { name: now.address }))];
    if (now.address !== null && ((now.state === "waiting" && !now.open) || now.state === "snoozed")) {  // null: no mail is sent
      return [make("form", { className: "leave" }, make("input", { type: "email", name: "address", required: true, maxLength: 254, placeholder: person.address, "aria-label": person.address }),
        make("button", {}, person.leave))];
    }
    return [];
  };

  const stand = (now) => {
    if (!person || !now) return;
    const before = standing;
    standing = now;
    const name = now.agent || person.somebody;
    const line = { bot: person.bot, waiting: now.place === 1 ? person.next : fill(person.waiting, { n: now.place }), open: fill(person.open, { name }),
      snoozed: fill(person.snoozed, { name }), resolved: person.resolved }[now.state];
    const closed = now.state === "waiting" && !now.open && now.opens ? between.space + fill(person.closed, { time: moment(now.opens) }) : "";
    if (part("who-text").textContent !== line + closed) part("who-text").textContent = line + closed;
    part("who").hidden = false;
    part("who").className = now.state;
    part("who-act").hidden = !["bot", "waiting", "resolved"].includes(now.state);
    part("who-act").textContent = now.state === "bot" ? person.talk : person.back;
    if (!before || before.state !== now.state || before.address !== now.address || before.rated !== now.rated || before.open !== now.open) {
      const shown = more(now);
      part("who-more").replaceChildren(...shown);
      part("who-more").hidden = !shown.length;
    }
    question.placeholder = withPeople() ? (now.agent ? fill(person.write, { name }) : person.writeteam) : said.hint;
    part("new").hidden = !log.querySelector("article") || withPeople();
    for (const one of now.messages.filter((one) => !written.has(one.id))) {
      written.add(one.id);
      const made = message(one);
      log.append(made);
      made.scrollIntoView({ block: "nearest" });
      if (one.kind === "out" && before) { say(made.textContent); if (!opened) tell("unread"); }
    }
    clearInterval(looking);
    if (now.state !== "bot") looking = setInterval(() => { if (!document.hidden && !running) act("look"); }, withPeople() ? 3000 : 15000);
  };
  part("who-act").addEventListener("click", () => act(!standing || standing.state === "bot" ? "call" : "back"));
  part("who-more").addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.target));
    act(event.target.className === "rate" ? "rate" : "address", values.rating ? { ...values, rating: Number(values.rating) } : values);
  });

  const web = (address) => {
    try { return /^(https?|mailto):$/.test(new URL(address).protocol); } catch { return false; }
  };
  const link = (address, text) =>
    make("a", { href: address, target: "_blank", rel: "noopener noreferrer", title: said.new_tab }, text);

  // Pieces of text to elements; `number` makes what stands where a source is named.
  const pieces = (runs, number) => runs.map((run) => {
    if ("n" in run) return number ? number(run.n) : "";
    let made = run.href && web(run.href) ? link(run.href, run.text) : run.text;
    if (["strong", "emphasis", "code"].includes(run.kind)) made = make("span", { className: run.kind }, made);
    if (run.level) made = make("mark", { className: `level-${Number(run.level)}` }, made);
    if (run.unsupported) made = make("span", { className: "unsupported" }, made);
    return made;
  });

  // Paragraphs, items and rows to elements.
  const body = (parts, number) => parts.map((part) => {
    if (part.cells) {
      return make("div", { className: "row" }, ...part.cells.map((cell) =>
        make("div", { dir: "auto" }, ...(cell.name ? [make("small", {}, cell.name)] : []), ...pieces(cell.runs))));
    }
    const made = make("p", { className: part.kind, dir: "auto" }, ...pieces(part.runs, number));
    made.style.setProperty("--level", part.level);
    return made;
  });

  const source = (one, place) => {
    const where = [...one.where, ...(one.page ? [said.page.replace("{n}", one.page)] : [])].join(" › ");
    return make("section", { className: "source", id: place, tabIndex: -1, "aria-label": said.source.replace("{n}", one.n) },
      make("h3", { dir: "auto" }, `[${one.n}] ${one.title}`),
      ...(where ? [make("p", { className: "where", dir: "auto" }, where)] : []),
      make("div", { className: "words", tabIndex: 0 }, ...body(one.parts)),
      make("p", {}, link(one.url, said.open_document)));
  };

  // A source that was opened: its likeliest words are in view.
  const reveal = (card) => {
    const words = card.querySelector(".words");
    const mark = words.querySelector(".level-3") ?? words.querySelector("mark");
    if (mark) words.scrollTop = mark.offsetTop - words.clientHeight / 2;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  };

  const show = (article, answer) => {
    const number = count += 1;
    const cards = new Map(answer.sources.map((one) => [one.n, source(one, `source-${number}-${one.n}`)]));
    for (const card of cards.values()) card.hidden = true;
    const numbers = [];
    const marker = (n) => {
      const card = cards.get(n);
      if (!card) return "";
      const made = make("button", { type: "button", className: "n", "aria-expanded": "false", "aria-controls": card.id,
        "aria-label": said.source.replace("{n}", n), title: said.source.replace("{n}", n) }, String(n));
      made.addEventListener("click", () => {
        const shown = card.hidden;
        for (const [other, one] of cards) one.hidden = other !== n || !shown;
        for (const one of numbers) one.setAttribute("aria-expanded", String(one.textContent === String(n) && shown));
        if (shown) reveal(card);
      });
      card.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && !card.hidden) { event.stopPropagation(); made.click(); made.focus(); }
      });
      numbers.push(made);
      return made;
    };
    const state = said[answer.status] ?? "";
    const closest = answer.closest.length ? [make("details", { className: "closest" }, make("summary", {}, said.closest),
      ...answer.closest.map((one) => source(one, `source-${number}-${one.n}`)))] : [];
    const choices = answer.choices.map((choice) => make("li", {}, make("button", { type: "button", dir: "auto" }, choice)));
    article.replaceChildren(article.firstElementChild, make("div", { className: "text" }, ...body(answer.parts, marker)),
      ...(choices.length ? [make("ul", { className: "choices", "aria-label": said.choices }, ...choices)] : []), ...(state ? [make("p", { className: "state" }, state)] : []), ...cards.values(), ...closest);
  };

  const exchange = (text) => {
    for (const one of log.querySelectorAll(".choices")) one.remove();  // what is said next answers only what was asked last
    const article = make("article", {}, make("h2", { dir: "auto" }, make("span", { className: "sr-only" }, said.you + between.colon), text));
    log.append(article);
    return article;
  };

  const post = async (what, body, signal) => {
    const named = who;
    const response = await fetch(`${here}/${what}`, { method: "POST", signal, credentials: "omit",
      headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ...body, ...named }) });
    if (response.status !== 403 || !named.user) return response;
    if (who === named) {  // the signature does not fit: said once, and asked as a guest from now on
      who = {};
      console.warn(`${document.title}: ${(await response.json().catch(() => ({}))).detail}`);
      greeting.after(make("p", { className: "state problem" }, said.guest));
      say(said.guest);
    }
    return post(what, body, signal);
  };

  // The events of an answer: `event: NAME`, `data: JSON`, an empty line.
  const events = async function* (response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n\n");
      rest = parts.pop();
      for (const one of parts) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(one) ?? [];
        if (name) yield [name, JSON.parse(data)];
      }
    }
  };

  const refusal = async (response) => {
    if (response.status === 429) return said.often.replace("{n}", response.headers.get("Retry-After") ?? "60");
    if ([401, 403, 404].includes(response.status)) return said.gone;
    const told = response.status === 400 ? (await response.json().catch(() => ({}))).detail : "";
    return told || said.failed;
  };

  // A text that is sent again because no answer came has the key of the first time: people have it once.
  const unanswered = { text: "", key: "" };
  const keyOf = (text) => {
    if (unanswered.text !== text) Object.assign(unanswered, { text, key: crypto.randomUUID?.() ?? "" });
    return unanswered.key;
  };

  const ask = async (text) => {
    running = new AbortController();
    const mine = running;
    const article = exchange(text);
    const draft = make("p", { className: "text", dir: "auto" });
    const state = make("p", { className: "state dots" }, said.searching);
    article.append(draft, state);
    article.setAttribute("aria-busy", "true");
    form.classList.add("busy");
    part("send").hidden = true;
    part("stop").hidden = false;
    say(said.searching);
    article.scrollIntoView({ block: "start" });
    const end = (words) => {
      state.className = "state problem";
      state.textContent = words;
      say(words);
    };
    try {
      const response = await post("ask", { question: text, token, key: keyOf(text) }, running.signal);
      if (!response.ok) return end(await refusal(response));
      let ended = false, passed = false, answered = false;
      for await (const [name, data] of events(response)) {
        if (name === "kept" && running === mine) keep(data.token);
        else if (name === "reading") state.textContent = said.checking;
        else if (name === "verified") draft.textContent = data.text;
        else if (name === "person") { passed = true; unanswered.text = ""; stand(data); }
        else if (name === "problem") { ended = true; end(data.detail || said.failed); }
        else if (name === "answer") {
          ended = answered = true;
          show(article, data);
          say(data.text);
          if (!opened) tell("unread");
        }
      }
      if (passed && !answered && !ended) article.remove();  // what was typed stands among what was said to people
      else if (!ended) end(said.failed);
    } catch (error) {
      end(error.name === "AbortError" ? said.stopped : said.failed);
    } finally {
      article.removeAttribute("aria-busy");
      if (running === mine) {
        running = null;
        form.classList.remove("busy");
        part("send").hidden = false;
        if (document.activeElement === part("stop")) question.focus();
        part("stop").hidden = true;
      }
      part("new").hidden = !log.querySelector("article") || withPeople();
    }
  };

  const resume = async (value) => {
    if ((!value && !who.user) || log.querySelector("article")) return;
    token = value;
    const response = await post("resume", { token: value }).catch(() => null);
    if (!response || log.querySelector("article")) return;
    if (response.status === 404) return keep("");
    if (!response.ok) return;
    const kept = await response.json();
    token = kept.token;
    for (const one of kept.exchanges) {
      const article = exchange(one.question);
      article.dataset.at = one.at;
      if (one.answer) show(article, one.answer);
      else article.append(make("p", { className: "state" }, said.stopped));
    }
    if (kept.person) stand(kept.person);
    log.append(...[...log.querySelectorAll("[data-at]")].sort((a, b) => Date.parse(a.dataset.at) - Date.parse(b.dataset.at)));
    part("new").hidden = !log.querySelector("article") || withPeople();
    log.scrollTop = log.scrollHeight;
  };

  const begin = () => stand(person && { state: "bot", messages: [], address: "", rated: false, open: true });
  begin();

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = question.value.trim();
    if (!text || running) return;
    question.value = "";
    ask(text);
  });
  question.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  });
  log.addEventListener("click", (event) => {
    const choice = event.target.closest(".choices button")?.textContent;
    if (!choice || running) return;
    question.focus();  // the button goes
    ask(choice);
  });
  part("stop").addEventListener("click", () => running?.abort());
  part("new").addEventListener("click", () => {
    running?.abort();
    if (token) post("forget", { token }).catch(() => null);
    log.replaceChildren(greeting);
    written.clear();
    clearInterval(looking);
    standing = null;
    begin();
    keep("");
    question.focus();
  });
  part("close").addEventListener("click", () => tell("close"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") tell("close");
  });
  addEventListener("message", (event) => {
    const told = event.data;
    if (event.source !== parent || parent === window || !sites.includes(event.origin) || told?.footnote !== id) return;
    if (told.type === "hello") {
      site = event.origin;
      part("close").hidden = false;
      tell("here");
      if (typeof told.user === "string" && told.user) who = { user: told.user, signature: String(told.signature) };
      if (typeof told.token === "string") resume(told.token);
    }
    if (told.type === "closed") opened = false;
    if (told.type === "open") { opened = true; question.focus(); }
  });
})();
