// Before anything of Gradio runs: the page's language, by the rule of the server, also for Gradio's own texts.
(() => {
  const known = KNOWN, set = SETTING;
  const chosen = /(?:^|; )footnote_language=(\w+)/.exec(document.cookie)?.[1];
  const wanted = [chosen, set, ...navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()), "en"];
  const tag = known[wanted.find((one) => known[one])];
  document.documentElement.lang = tag;
  Object.defineProperty(navigator, "language", { get: () => tag });
  Object.defineProperty(navigator, "languages", { get: () => [tag] });
})();
