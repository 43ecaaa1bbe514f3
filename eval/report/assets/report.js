"use strict";
// Shows the questions a page at a time, by verdict, tag and words. Texts become text nodes, never markup.
(() => {
  const PER_PAGE = 25;
  const root = document.documentElement;
  const $ = (id) => document.getElementById(id);
  const facts = JSON.parse($("facts").textContent);
  const verdictAt = new Map(facts.verdicts.map((verdict, place) => [verdict[0], place]));
  const state = { verdict: "", tag: -1, words: "", page: 0 };
  const blocks = [];

  const english = () => (root.dataset.lang === "en" ? 1 : 0);
  const say = (name, fields = {}) =>
    facts.words[name][english()].replace(/\{(\w+)\}/g, (_, field) => String(fields[field]));

  /** Return an element with classes and children; strings become text. */
  function make(name, classes, ...children) {
    const made = document.createElement(name);
    if (classes) made.className = classes;
    for (const child of children) if (child !== null && child !== undefined && child !== "") made.append(child);
    return made;
  }

  // ---- entries ----
  const loaded = () => document.readyState !== "loading";

  /** Return the entry at a place, or null while its block is not there yet. */
  function entry(place) {
    const number = Math.floor(place / facts.block);
    if (!blocks[number]) {
      const element = $(`block-${number}`);
      // While the file is still being read, the last block may be there in part.
      if (!element || (!loaded() && number > 0)) return null;
      blocks[number] = JSON.parse(element.textContent);
    }
    return blocks[number][place % facts.block];
  }

  function hay(one) {
    one.hay ??= [one.i, one.q, one.e, one.a, one.x, ...(one.c || []).flat()]
      .filter(Boolean).join("\n").toLowerCase();
    return one.hay;
  }

  /** Return the places of the entries that are asked for. */
  function chosen() {
    const wanted = state.words.toLowerCase().split(/\s+/).filter(Boolean);
    const all = !state.verdict && state.tag < 0 && !wanted.length;
    const places = [];
    for (let place = 0; place < facts.told; place += 1) {
      if (all) { places.push(place); continue; }
      const one = entry(place);
      if (!one) continue;
      if (state.verdict && one.v !== verdictAt.get(state.verdict)) continue;
      if (state.tag >= 0 && !one.t.includes(state.tag)) continue;
      if (wanted.every((word) => hay(one).includes(word))) places.push(place);
    }
    return places;
  }

  // ---- one question ----
  const percent = (share) => (share === 0 || share === 1 ? `${share * 100}%` : `${(share * 100).toFixed(1)}%`);
  const time = (ms) => (ms < 1000 ? `${ms} ${english() ? "ms" : "毫秒"}` : `${(ms / 1000).toFixed(1)} ${english() ? "s" : "秒"}`);

  /** Return a text whose parts that are a gold answer, word for word, are marked. */
  function marked(text, one) {
    const aliases = one.e.split(/ [|&] /).filter((alias) => alias && !alias.endsWith("…")).sort((a, b) => b.length - a.length);
    const parts = make("span");
    let left = text;
    while (left) {
      let at = -1, found = "";
      for (const alias of aliases) {
        const here = left.indexOf(alias);
        if (here >= 0 && (at < 0 || here < at)) { at = here; found = alias; }
      }
      if (at < 0) break;
      parts.append(left.slice(0, at), make("mark", "", found));
      left = left.slice(at + found.length);
    }
    parts.append(left);
    return parts;
  }

  function said(one) {
    if (one.x) return make("span", "fault", one.x);
    if (one.d !== undefined) return make("span", "declined", say("declined"), one.d && facts.words[one.d] ? `：${say(one.d)}`.replace("：", english() ? ": " : "：") : "");
    return make("span", "text", marked(one.s ? `${one.s}` : one.a, one));
  }

  function wanted(one) {
    if (one.u) return make("span", "declined", say("decline"));
    return one.e ? make("span", "text", one.e) : make("span", "soft", say("nothing"));
  }

  const pair = (name, ...value) => make("div", "pair", make("dt", "", name), make("dd", "", ...value));

  function citations(one) {
    return make("ul", "quotes", ...one.c.map(([marker, title, quote]) => make("li", "",
      make("p", "title", make("span", "marker", `[${marker}]`), " ", make("span", "text", title)),
      quote ? make("blockquote", "text", marked(quote, one)) : "")));
  }

  function hits(one) {
    const list = make("ol", "hits", ...one.h.map(([rank, title, gold, text]) => {
      const item = make("li", gold ? "gold" : "",
        make("p", "title", make("span", "rank", `${rank}`), make("span", "text", title), gold ? make("span", "badge", say("gold")) : ""),
        text ? make("p", "passage text", marked(text, one)) : "");
      return item;
    }));
    return make("div", "", list, make("p", "soft small", say("more_hits", { n: one.n })));
  }

  /** Return in a sentence where a question went wrong. */
  function why(one) {
    const verdict = facts.verdicts[one.v];
    const parts = [verdict[3 + english()]];
    if (one.g > 0) parts.push(say("gold_at", { rank: one.g }));
    else if (one.g === 0) parts.push(say("gold_nowhere", { n: one.n }));
    if (one.k) parts.push(say("withdrawn", { n: one.k }));
    return parts.join(english() ? "; " : "；");
  }

  function scores(one) {
    // What is measured at several k stands together: success@1/3/5 0 0 1.
    const families = new Map();
    one.m.forEach((score, place) => {
      if (score === null) return;
      const metric = facts.metrics[place];
      const [family, k] = metric[0].split("@");
      const told = families.get(family) || { cutoffs: [], scores: [], title: metric[1 + english()] };
      if (k) told.cutoffs.push(k);
      told.scores.push(score);
      families.set(family, told);
    });
    return make("ul", "scores", ...[...families].map(([family, told]) => {
      const name = told.cutoffs.length ? `${family}@${told.cutoffs.join("/")}` : family;
      const item = make("li", "", make("code", "", name), ` ${told.scores.join(" ")}`);
      item.title = told.title;
      return item;
    }));
  }

  function body(one) {
    const list = make("dl", "");
    if (one.w) list.append(pair(say("history"), ...one.w.map((turn) => make("p", "text", turn))));
    if (one.l) list.append(pair(say("standalone"), make("span", "text", one.l)));
    list.append(pair(say("verdict"), why(one)));
    list.append(pair(say("expected"), wanted(one)));
    if (one.a) list.append(pair(say("said"), make("p", "text answer", marked(one.a, one))));
    else list.append(pair(say("said"), said(one)));
    if (one.c && one.c.length) list.append(pair(say("cited"), citations(one)));
    if (one.h && one.h.length) list.append(pair(say("found"), hits(one)));
    const small = [];
    if (one.p !== undefined) small.push(`${say("confidence")} ${percent(one.p)}`);
    if (one.ms !== undefined && one.ms !== null) small.push(`${say("time")} ${time(one.ms)}`);
    if (one.t.length) small.push(`${say("tags")} ${one.t.map((tag) => facts.tags[tag]).join(english() ? ", " : "、")}`);
    small.push(one.i);
    if (one.m.length) list.append(pair(say("scores"), scores(one)));
    return make("div", "body", list, make("p", "soft small text", small.join(" · ")));
  }

  function card(place) {
    const one = entry(place);
    const verdict = facts.verdicts[one.v];
    const summary = make("summary", "",
      make("span", "verdict", make("i", `v-${verdict[0]}`), verdict[1 + english()], one.o ? make("span", "badge", say("known")) : ""),
      make("span", "asked text", one.q),
      make("span", "gist", make("span", "side", make("b", "", say("expected")), " ", wanted(one)), make("span", "side", make("b", "", say("said")), " ", said(one))));
    const details = make("details", "entry", summary);
    details.dataset.place = String(place);
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(body(one));
    });
    return details;
  }

  // ---- the list ----
  function show({ keep = false } = {}) {
    const places = chosen();
    const pages = Math.max(1, Math.ceil(places.length / PER_PAGE));
    state.page = Math.min(state.page, pages - 1);
    const first = state.page * PER_PAGE;
    const shown = places.slice(first, first + PER_PAGE).filter((place) => entry(place));
    const open = keep ? new Set([...document.querySelectorAll("#list details[open]")].map((one) => one.dataset.place)) : new Set();
    $("list").replaceChildren(...shown.map(card));
    for (const details of $("list").children) if (open.has(details.dataset.place)) details.open = true;
    $("count").textContent = places.length
      ? say("page", { first: first + 1, last: first + shown.length, count: places.length })
      : say(loaded() ? "none" : "loading");
    const turn = (name, by, stop) => {
      const button = make("button", "", say(name));
      button.type = "button";
      button.disabled = stop;
      button.addEventListener("click", () => {
        state.page += by;
        show();
        $("questions").scrollIntoView();
        $("count").focus?.();
      });
      return button;
    };
    $("pages").replaceChildren(turn("previous", -1, state.page === 0), make("span", "soft", `${state.page + 1} / ${pages}`), turn("next", 1, state.page >= pages - 1));
    $("pages").hidden = pages === 1;
    for (const chip of document.querySelectorAll(".chip")) chip.setAttribute("aria-pressed", String(chip.dataset.verdict === state.verdict));
    if ($("tag")) $("tag").value = String(state.tag);
  }

  function choose(change) {
    Object.assign(state, change, { page: 0 });
    show();
  }

  /** Say everything that the script says in the language chosen. */
  function speak() {
    $("search").placeholder = say("search");
    $("search").setAttribute("aria-label", say("search"));
    if ($("tag")) {
      const option = (value, words) => Object.assign(make("option", "", words), { value: String(value) });
      $("tag").replaceChildren(option(-1, say("all_tags")), ...facts.tags.map((tag, place) => option(place, tag)));
      $("tag").setAttribute("aria-label", say("tags"));
    }
    show({ keep: true });
  }

  // ---- what a person does ----
  let waiting = 0;
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("search").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => choose({ words: $("search").value }), 150);
  });
  $("tag")?.addEventListener("change", () => choose({ tag: Number($("tag").value) }));
  document.addEventListener("click", (event) => {
    const chip = event.target.closest(".chip");
    if (chip) choose({ verdict: chip.dataset.verdict });
    const link = event.target.closest("a[data-verdict], a[data-tag]");
    if (!link) return;
    $("search").value = "";
    const tag = link.dataset.tag === undefined ? -1 : facts.tags.indexOf(link.dataset.tag);
    choose({ verdict: link.dataset.verdict || "", tag, words: "" });
  });
  $("language").hidden = false;
  $("language").addEventListener("click", () => {
    root.dataset.lang = english() ? "zh" : "en";
    root.lang = english() ? "en" : "zh-CN";
    try { localStorage.setItem("yiju-report-language", root.dataset.lang); } catch { /* not remembered, then */ }
    speak();
  });
  // On paper every table is seen.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")].filter((one) => !one.closest("#list"));
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of folded) one.open = false; });

  speak();
  performance.mark("yiju-shown");
  document.addEventListener("DOMContentLoaded", () => show({ keep: true }));
})();
