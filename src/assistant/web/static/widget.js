// <procurement-assistant>: the chat as a custom element. One script tag is enough:
//   <script src="https://assistant.example/widget.js" data-mode="panel" defer></script>
// Everything that comes from a server is put on the page as text nodes, never as HTML.
(() => {
  "use strict";
  const script = document.currentScript;
  const ORIGIN = new URL(script ? script.src : document.baseURI).origin;
  const LANGUAGES = ["ar", "en", "es", "fr", "ru", "zh"];
  const KINDS = ["guidelines", "model-policy", "case-study", "own"];
  const STAGES = ["planning", "informing-the-market", "evaluation-and-award", "managing-delivery"];
  const REASONS = ["wrong", "incomplete", "off_topic", "wrong_source", "unclear"];
  const KEY = `procurement-assistant:${ORIGIN}`;

  /** An element; strings become text nodes, functions become listeners. */
  function h(tag, props = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props)) {
      if (typeof value === "function") node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
    }
    node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }

  /** Server-sent events of a response, one at a time, as [name, data]. */
  async function* events(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let buffer = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      buffer += value.replaceAll("\r\n", "\n");
      let end;
      while ((end = buffer.indexOf("\n\n")) >= 0) {
        const lines = buffer.slice(0, end).split("\n");
        buffer = buffer.slice(end + 2);
        const field = (name) => lines.filter((l) => l.startsWith(`${name}:`)).map((l) => l.slice(name.length + 1).trim());
        if (field("data").length) yield [field("event")[0] ?? "message", JSON.parse(field("data").join("\n"))];
      }
    }
  }

  /** The parts of an answer's Markdown, with the sentences of the answer object in their places. */
  function parts(answer) {
    if (!answer.sentences.length) return [{ label: "", list: false, sentences: [{ text: answer.answer, citations: [] }] }];
    const found = [];
    let next = 0, label = "";
    for (const block of answer.answer.split("\n\n")) {
      if (block.startsWith("**")) { label = block.replaceAll("**", ""); continue; }
      const list = block.startsWith("- ");
      const lines = list ? block.split("\n").length : (block.match(/(?:\[\d+\])+(?=\s|$)/g) ?? [""]).length;
      found.push({ label, list, sentences: answer.sentences.slice(next, next + lines) });
      next += lines; label = "";
    }
    if (next < answer.sentences.length) found.push({ label: "", list: true, sentences: answer.sentences.slice(next) });
    return found;
  }

  const PATIENCE = 3;

  class ProcurementAssistant extends HTMLElement {
    async connectedCallback() {
      if (this.shadowRoot) return;
      this.root = this.attachShadow({ mode: "open" });
      if (!this.getAttribute("mode")) this.setAttribute("mode", "inline");
      const wanted = (this.getAttribute("lang") || document.documentElement.lang || navigator.language || "en").slice(0, 2);
      this.language = LANGUAGES.includes(wanted) ? wanted : "en";
      this.conversation = this.load();
      const text = (path) => fetch(ORIGIN + path).then((r) => { if (!r.ok) throw new Error(path); return r.text(); });
      let files;
      try {
        files = await Promise.all([text("/static/tokens.css"), text("/static/widget.css"), text(`/static/i18n/${this.language}.json`), text("/api/about")]);
      } catch { this.dispatchEvent(new CustomEvent("assistant-error", { bubbles: true })); return; }
      this.root.adoptedStyleSheets = files.slice(0, 2).map((css) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); return sheet; });
      this.words = JSON.parse(files[2]);
      this.about = JSON.parse(files[3]);
      this.draw();
      this.dispatchEvent(new CustomEvent("assistant-ready", { bubbles: true }));
    }

    t(key, values = {}) { return Object.entries(values).reduce((s, [k, v]) => s.replace(`{${k}}`, v), this.words[key] ?? key); }
    get panel() { return this.getAttribute("mode") === "panel"; }

    load() { try { return JSON.parse(sessionStorage.getItem(KEY)) ?? { id: null, turns: [] }; } catch { return { id: null, turns: [] }; } }
    save() { try { sessionStorage.setItem(KEY, JSON.stringify(this.conversation)); } catch { /* a full or forbidden store loses only the way back */ } }

    draw() {
      const t = this.t.bind(this);
      this.status = h("p", { class: "hide", role: "status", "aria-live": "polite" });
      this.turns = h("div", { class: "turns" });
      this.field = h("textarea", { id: "q", rows: 1, maxlength: 2000, required: true, placeholder: t("your_question"), autocomplete: "off", onkeydown: (e) => this.key(e) });
      this.button = h("button", { class: "primary" }, t("ask"));
      this.form = h("form", { onsubmit: (e) => { e.preventDefault(); this.busy ? this.stop() : this.ask(this.field.value); } },
        h("label", { class: "hide", for: "q" }, t("your_question")), this.field, this.button);
      this.clear = h("button", { type: "button", class: "quiet", onclick: () => this.forget() }, t("clear"));
      this.dialog = h("dialog", { "aria-label": t("sources"), onclose: () => { if (history.state?.assistantSource) history.back(); this.opener?.focus(); } });
      const close = this.panel ? h("button", { type: "button", class: "quiet", onclick: () => this.show(false) }, t("close")) : null;
      const bar = this.getAttribute("mode") === "page" ? null : h("header", { class: "bar" }, h("strong", {}, t("name")), h("div", {}, this.clear, close));
      this.scroll = h("div", { class: "scroll" }, this.welcome(), this.turns);
      this.app = h(this.panel ? "section" : "div", { class: "app", role: this.panel ? "dialog" : null, "aria-label": this.panel ? t("name") : null, hidden: this.panel, lang: this.language, dir: this.language === "ar" ? "rtl" : "ltr", onkeydown: (e) => { if (e.key === "Escape" && this.panel && !this.dialog.open) this.show(false); } },
        bar, this.scroll, h("section", { class: "composer", "aria-label": t("your_question") }, this.form, h("div", { class: "under" }, this.limits(), bar ? null : this.clear), this.meta()), this.dialog, this.status);
      this.launch = this.panel ? h("button", { type: "button", class: "primary launch", "aria-expanded": "false", onclick: () => this.show(true) }, t("open")) : null;
      this.root.replaceChildren(...[this.launch, this.app].filter(Boolean));
      window.addEventListener("popstate", () => { if (this.dialog.open) this.dialog.close(); });
      this.restore();
      const asked = this.getAttribute("mode") === "page" ? new URLSearchParams(location.search).get("ask") : null;
      if (asked) { this.field.value = asked; this.field.focus(); }
    }

    welcome() {
      const starter = (text) => h("li", {}, h("button", { type: "button", class: "starter", lang: "en", dir: "ltr", onclick: () => this.ask(text) }, text));
      this.intro = h("section", { class: "welcome" }, h("h2", {}, this.t("title")), h("p", { class: "lede" }, this.t("lede")),
        this.language === "en" ? null : h("p", { class: "small" }, this.t("language_note")),
        h("div", { class: "stages" }, this.about.starters.map((s) => h("section", { class: "stage" }, h("h3", {}, this.t(s.stage)), h("ul", {}, s.questions.map(starter))))));
      return this.intro;
    }

    limits() {
      const t = this.t.bind(this);
      const kinds = KINDS.filter((k) => this.about.kinds.includes(k));
      this.boxes = kinds.map((k) => h("input", { type: "checkbox", value: k }));
      this.select = h("select", { "aria-label": t("stage") }, h("option", { value: "" }, t("all_stages")), STAGES.map((s) => h("option", { value: s }, t(s))));
      return h("details", { class: "limits" }, h("summary", {}, t("limit")),
        h("div", { role: "group", "aria-label": t("kinds") }, this.boxes.map((box, i) => h("label", {}, box, t(kinds[i]))), this.select));
    }

    meta() {
      const line = this.t("about_line", { documents: this.about.documents, date: this.about.created.slice(0, 10) });
      const link = (path, key) => h("a", { href: ORIGIN + path, target: this.getAttribute("mode") === "page" ? null : "_blank", rel: "noopener" }, this.t(key));
      return h("p", { class: "small meta" }, h("span", {}, line), link("/library", "library"), link("/privacy", "privacy"), link("/accessibility", "accessibility"));
    }

    show(open) {
      this.app.hidden = !open; this.launch.hidden = open; this.launch.setAttribute("aria-expanded", String(open));
      (open ? this.field : this.launch).focus();
    }

    key(event) {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (!this.busy) this.form.requestSubmit();
    }

    restore() {
      this.intro.hidden = this.conversation.turns.length > 0;
      this.app.classList.toggle("talking", this.intro.hidden);
      this.clear.hidden = !this.intro.hidden;
      this.turns.replaceChildren(...this.conversation.turns.map((turn, i) => this.turn(turn.question, turn.answer, i)));
    }

    forget() {
      this.stop();
      this.conversation = { id: null, turns: [] };
      this.save(); this.restore();
      this.status.textContent = this.t("clear_confirm");
      this.field.focus();
    }

    stop() { this.controller?.abort(); }

    working(on) {
      this.busy = on;
      this.button.textContent = this.t(on ? "stop" : "ask");
      this.field.required = !on;
    }

    async ask(text) {
      const question = text.trim();
      if (!question || this.busy) return;
      this.controller = new AbortController();
      this.working(true);
      this.intro.hidden = true; this.clear.hidden = false; this.app.classList.add("talking");
      this.field.value = "";
      const column = h("div", { class: "answer" }, h("p", { class: "small dots" }, this.t("waiting")));
      const article = h("article", { class: "turn" }, h("div", { class: "asked" }, h("h2", { dir: "auto" }, question)), column);
      this.turns.append(article);
      article.scrollIntoView({ block: "start" });
      const arrived = [];
      let answer = null, problem = null;
      try {
        const body = { message: question, conversation_id: this.conversation.id, filters: this.filters() };
        const response = await this.post("/api/chat", body, this.controller.signal);
        if (!response.ok) throw new Error((await response.json().catch(() => ({}))).detail ?? this.t("failed"), { cause: "server" });
        for await (const [name, data] of events(response)) {
          if (name === "answer") { answer = data; break; }
          if (!arrived.length) column.replaceChildren();
          arrived.push(data);
          column.append(h("p", { class: arrived.length === 1 ? "lead fresh" : "fresh", lang: "en", dir: "ltr" }, data.text));
        }
        if (!answer) problem = this.t("broken");
      } catch (error) {
        if (error.name === "AbortError") problem = this.t("stopped");
        else problem = error.cause === "server" ? error.message : this.t(arrived.length ? "broken" : "offline");
      }
      this.working(false);
      if (answer) {
        this.conversation.id = answer.conversation_id;
        this.conversation.turns.push({ question, answer });
        this.save();
        const turn = this.turn(question, answer, this.conversation.turns.length - 1);
        article.replaceWith(turn);
        turn.scrollIntoView({ block: "start" });
        const said = answer.sentences.length ? answer.sentences.map((s) => s.text) : [answer.answer];
        this.status.textContent = [...said, ...answer.notices].join(" ");
      } else {
        if (!arrived.length) column.replaceChildren();
        column.append(h("p", { class: "notice" }, problem), h("div", { class: "actions" }, this.again(question, () => article.remove())));
        this.status.textContent = problem;
      }
      this.field.focus({ preventScroll: true });
    }

    // A page that needs a token gets one; a server that is busy is asked again when it says.
    async post(path, body, signal) {
      for (let tries = 0; ; tries++) {
        const headers = { "Content-Type": "application/json", Accept: "text/event-stream" };
        if (this.token) headers["X-Widget-Token"] = this.token;
        const response = await fetch(ORIGIN + path, { method: "POST", signal, headers, body: JSON.stringify(body) });
        const wait = Number(response.headers.get("Retry-After") ?? 99);
        if (response.ok || tries === PATIENCE) return response;
        if (response.status === 401) {
          const given = await fetch(`${ORIGIN}/api/widget-token`, { method: "POST", signal });
          if (!given.ok) return response;
          this.token = (await given.json()).token;
        } else if ([429, 503].includes(response.status) && wait <= 10) {
          await new Promise((resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
            setTimeout(resolve, 1000 * wait);
          });
        } else return response;
      }
    }

    filters() {
      const kind = this.boxes.filter((b) => b.checked).map((b) => b.value);
      return { kind, stage: this.select.value ? [this.select.value] : [] };
    }

    again(question, before = () => {}) {
      return h("button", { type: "button", class: "quiet", onclick: () => { before(); this.ask(question); } }, this.t("again"));
    }

    turn(question, answer, index) {
      const refusal = answer.group === "refusal";
      const edit = h("button", { type: "button", class: "quiet", onclick: () => { this.field.value = question; this.field.focus(); } }, this.t("edit"));
      const column = h("div", { class: "answer" }, this.body(answer, index), answer.notices.map((n) => h("p", { class: "notice", lang: "en", dir: "auto" }, n)),
        this.actions(question, answer), answer.sentences.length || answer.outcome === "not_covered" ? this.feedback(answer) : null, this.lessons(answer), this.next(answer));
      return h("article", { class: `turn${refusal ? " refusal" : ""}` }, h("div", { class: "asked" }, h("h2", { dir: "auto" }, question), edit),
        h("div", { class: "columns" }, column, this.sources(answer, index)));
    }

    body(answer, index) {
      const cite = (n) => h("button", { type: "button", class: "cite", "aria-label": this.t("source", { n }), "aria-expanded": "false", onclick: (e) => this.open(e.currentTarget, answer, n, index) }, String(n));
      const sentence = (tag, s, cls) => h(tag, { class: cls }, s.text, s.citations.map(cite));
      const blocks = parts(answer).map((part, i) => {
        const label = part.label === "Do" ? this.t("do") : part.label === "Don't" ? this.t("dont") : part.label;
        const cls = part.label === "Do" ? "part do" : part.label === "Don't" ? "part dont" : "part";
        const lines = part.list ? h("ul", { class: "points" }, part.sentences.map((s) => sentence("li", s))) : part.sentences.map((s) => sentence("p", s, i ? null : "lead"));
        return { labelled: Boolean(part.label), node: part.label ? h("section", { class: cls }, h("h3", {}, label), lines) : h("div", { class: "part" }, lines) };
      });
      const labelled = blocks.filter((b) => b.labelled).map((b) => b.node);
      const rest = blocks.filter((b) => !b.labelled).map((b) => b.node);
      const box = labelled.length === 2 ? [h("div", { class: "columns-2" }, labelled)] : labelled;
      return h("div", { class: "part", lang: "en", dir: "ltr" }, blocks.length && blocks[0].labelled ? [box, rest] : [rest.slice(0, 1), box, rest.slice(1)]);
    }

    card(c, marked = true) {
      const lines = c.quote.split("\n").map((line) => line.replace(/^- /, ""));
      const start = lines[0].split(/\s+/).slice(0, 8).join(" ");
      const url = `${ORIGIN}${c.url}:~:text=${encodeURIComponent(start).replaceAll("-", "%2D")}`;
      const pages = c.source.pages ? `, ${this.t("pages", { pages: c.source.pages })}` : "";
      return [h("p", { class: "head" }, h("span", { class: "number" }, String(c.n)), h("span", { class: "kind" }, this.t(c.kind)), h("span", { class: "status" }, this.t(c.status))),
        h("h4", { lang: "en", dir: "ltr" }, c.title + (c.section === c.title ? "" : ` › ${c.section}`)),
        h("blockquote", { lang: "en", dir: "ltr" }, lines.map((l) => h("p", {}, marked ? h("mark", {}, l) : l))),
        h("p", { class: "foot" }, h("span", { lang: "en", dir: "auto" }, c.source.title + pages), h("a", { href: url, target: this.getAttribute("mode") === "page" ? null : "_blank", rel: "noopener" }, this.t("show_source")))];
    }

    sources(answer, index) {
      const list = (items, name, marked) => h("ol", {}, items.map((c) => h("li", { class: `card ${c.kind}`, id: `${name}-${index}-${c.n}`, tabindex: "-1" }, this.card(c, marked))));
      if (answer.citations.length) return h("aside", { class: "sources", "aria-label": `${this.t("sources")} ${index + 1}` }, h("h3", {}, this.t("sources")), list(answer.citations, "source", false));
      if (answer.closest.length) return h("aside", { class: "sources", "aria-label": `${this.t("closest")} ${index + 1}` }, h("details", {}, h("summary", {}, `${this.t("closest")}. ${this.t("closest_note")}`), list(answer.closest, "closest", false)));
      return null;
    }

    open(button, answer, n, index) {
      const card = this.root.getElementById(`source-${index}-${n}`);
      this.opener = button;
      if (this.getAttribute("mode") === "page" && matchMedia("(min-width: 1100px)").matches && card) {
        this.root.querySelectorAll(".card.current").forEach((c) => c.classList.remove("current"));
        card.classList.add("current");
        card.scrollIntoView({ block: "nearest" });
        card.focus({ preventScroll: true });
        card.addEventListener("keydown", (e) => { if (e.key === "Escape") button.focus(); }, { once: true });
        return;
      }
      const c = answer.citations.find((x) => x.n === n);
      const back = h("button", { type: "button", class: "quiet", onclick: () => this.dialog.close() }, this.t("back"));
      this.dialog.replaceChildren(h("div", { class: `card ${c.kind}` }, this.card(c)), back);
      button.setAttribute("aria-expanded", "true");
      this.dialog.addEventListener("close", () => button.setAttribute("aria-expanded", "false"), { once: true });
      history.pushState({ assistantSource: true }, "");
      this.dialog.showModal();
      back.focus();
    }

    text(question, answer) {
      const references = answer.citations.map((c) => `[${c.n}] ${c.title}, ${c.section}. ${c.source.title}${c.source.pages ? `, p. ${c.source.pages}` : ""} (${c.status}). ${ORIGIN}${c.url}`);
      return `${question}\n\n${answer.answer}\n\n${[...answer.notices, ...references].join("\n")}\n`;
    }

    actions(question, answer) {
      const say = (key) => { this.status.textContent = this.t(key); return this.t(key); };
      const copy = h("button", { type: "button", class: "quiet", onclick: async () => {
        try { await navigator.clipboard.writeText(this.text(question, answer)); copy.textContent = say("copied"); } catch { copy.textContent = say("copy_failed"); }
        setTimeout(() => { copy.textContent = this.t("copy"); }, 2500);
      } }, this.t("copy"));
      const menu = h("details", { onkeydown: (e) => { if (e.key === "Escape" && menu.open) { menu.open = false; menu.firstChild.focus(); e.stopPropagation(); } } },
        h("summary", { class: "quiet" }, this.t("save")),
        h("div", { class: "menu" }, [["conversation", "markdown"], ["conversation", "docx"], ["checklist", "markdown"], ["checklist", "docx"]].map(([kind, form]) =>
          h("button", { type: "button", class: "quiet", onclick: () => { menu.open = false; this.download(kind, form, kind === "checklist" ? [answer] : this.conversation.turns.map((x) => x.answer)); } }, this.t(kind === "checklist" ? `checklist_${form}` : form))),
        h("button", { type: "button", class: "quiet", onclick: () => { menu.open = false; print(); } }, this.t("print"))));
      return h("div", { class: "actions" }, answer.sentences.length ? [copy, menu] : null, this.again(question));
    }

    async download(kind, form, answers) {
      try {
        const response = await fetch(`${ORIGIN}/api/export`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ kind, form, answers: answers.map((a) => a.id) }) });
        if (!response.ok) throw new Error();
        const url = URL.createObjectURL(await response.blob());
        h("a", { href: url, download: `${kind}.${form === "docx" ? "docx" : "md"}` }).click();
        setTimeout(() => URL.revokeObjectURL(url), 10000);
      } catch { this.status.textContent = this.t("failed"); }
    }

    feedback(answer) {
      const box = h("div", { class: "feedback" });
      const send = async (useful, reasons = [], text = "") => {
        try {
          const response = await fetch(`${ORIGIN}/api/feedback`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ answer_id: answer.id, useful, reasons, text }) });
          if (!response.ok) throw new Error();
          box.replaceChildren(h("p", { class: "small" }, this.t("thanks")));
          this.status.textContent = this.t("thanks");
        } catch { this.status.textContent = this.t("failed"); }
      };
      const why = () => {
        const boxes = REASONS.map((r) => h("input", { type: "checkbox", value: r }));
        const comment = h("textarea", { rows: 2, maxlength: 1000, "aria-label": this.t("comment"), placeholder: this.t("comment") });
        const form = h("form", { onsubmit: (e) => { e.preventDefault(); send(false, boxes.filter((b) => b.checked).map((b) => b.value), comment.value); } },
          h("fieldset", {}, h("legend", {}, this.t("why_not")), boxes.map((b, i) => h("label", {}, b, this.t(REASONS[i])))), comment, h("button", { class: "primary" }, this.t("send")));
        box.append(form);
        boxes[0].focus({ preventScroll: true });
        form.scrollIntoView({ block: "nearest" });
      };
      const no = h("button", { type: "button", class: "quiet", "aria-expanded": "false", onclick: () => { if (no.getAttribute("aria-expanded") === "false") { no.setAttribute("aria-expanded", "true"); why(); } } }, this.t("not_useful"));
      box.append(h("div", { class: "row", role: "group", "aria-label": this.t("feedback") }, h("span", { class: "small" }, this.t("feedback")), h("button", { type: "button", class: "quiet", onclick: () => send(true) }, this.t("useful")), no));
      return box;
    }

    /** Steps of the course that read the cited passages; the place is kept, so that nothing moves. */
    lessons(answer) {
      if (!answer.citations.length) return null;
      const place = h("p", { class: "lessons" });
      const query = answer.citations.slice(0, 8).map((c) => `passage=${encodeURIComponent(c.passage_id)}`).join("&");
      fetch(`${ORIGIN}/api/learn/for?${query}`).then((r) => (r.ok ? r.json() : [])).then((steps) => {
        if (steps.length) place.append(`${this.t("learn")}: `, h("a", { href: `${ORIGIN}${steps[0].url}`, lang: "en", dir: "ltr" }, steps[0].title));
      }).catch(() => {});
      return place;
    }

    next(answer) {
      if (!answer.suggestions.length) return null;
      return h("div", { class: "next" }, h("p", { class: "small" }, this.t("next")), h("ul", {}, answer.suggestions.map((s) => h("li", {}, h("button", { type: "button", class: "starter", lang: "en", dir: "ltr", onclick: () => this.ask(s) }, s)))));
    }
  }

  if (!customElements.get("procurement-assistant")) customElements.define("procurement-assistant", ProcurementAssistant);
  if (script && script.dataset.mode) {
    const add = () => {
      const element = document.createElement("procurement-assistant");
      for (const name of ["mode", "lang", "theme"]) if (script.dataset[name]) element.setAttribute(name, script.dataset[name]);
      if (script.dataset.accent && CSS.supports("color", script.dataset.accent)) element.style.setProperty("--assistant-accent", script.dataset.accent);
      const target = script.dataset.target ? document.querySelector(script.dataset.target) : null;
      (target ?? document.body).append(element);
    };
    document.body ? add() : document.addEventListener("DOMContentLoaded", add);
  }
})();
