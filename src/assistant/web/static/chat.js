// The chat page: sends a question, shows the answer, keeps the conversation for this tab only.
// Everything that comes from the server is put on the page as text, never as HTML.

const KEY = "conversation";
const turns = document.getElementById("turns");
const welcome = document.getElementById("welcome");
const form = document.getElementById("ask");
const field = document.getElementById("message");
const button = form.querySelector("button");
const clear = document.getElementById("clear");
const status = document.getElementById("status");
let conversation = load();

function load() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? { id: null, turns: [] };
  } catch {
    return { id: null, turns: [] };
  }
}

function save() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(conversation));
  } catch {
    // A full or forbidden store loses only the way back, not the answer.
  }
}

/** An element with attributes and children; strings become text nodes. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") node.addEventListener("click", value);
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

function cites(numbers, prefix) {
  return numbers.flatMap((n) => [
    " ",
    el("a", { class: "cite", href: `#${prefix}-${n}`, "aria-label": `Source ${n}` }, String(n)),
  ]);
}

/** The pieces of the answer's Markdown, with the sentences of the answer object in their places. */
function body(answer, prefix) {
  if (!answer.sentences.length) return [el("p", { class: "lead" }, answer.answer)];
  const nodes = [];
  let next = 0;
  let labelled = false;
  const sentence = (tag, attributes) => {
    const { text, citations } = answer.sentences[next++];
    return el(tag, attributes, text, ...cites(citations, prefix));
  };
  for (const block of answer.answer.split("\n\n")) {
    if (block.startsWith("**")) {
      const label = block.replaceAll("**", "");
      nodes.push(el("h3", { class: label === "Don't" ? "label-dont" : "label-do" }, label));
      labelled = true;
    } else if (block.startsWith("- ")) {
      nodes.push(el("ul", {}, ...block.split("\n").map(() => sentence("li", {}))));
    } else {
      nodes.push(sentence("p", labelled ? {} : { class: "lead" }));
    }
  }
  return nodes;
}

function card(c, id) {
  const pages = c.source.pages ? `, p. ${c.source.pages}` : "";
  return el("li", { class: `source kind-${c.kind}`, id, tabindex: "-1" },
    el("p", { class: "source-head" },
      el("span", { class: "number" }, String(c.n)), " ",
      el("span", { class: "kind" }, c.kind.replaceAll("-", " ")), " ",
      el("span", { class: "status" }, c.status)),
    el("p", { class: "source-title" }, c.title,
      c.section === c.title ? null : el("span", { class: "path" }, ` › ${c.section}`)),
    el("blockquote", {}, ...c.quote.split("\n").map((line) => el("p", {}, line.replace(/^- /, "")))),
    el("p", { class: "source-foot" },
      el("span", {}, `${c.source.title}${pages}`), " ", el("a", { href: c.url }, "Show in source")));
}

function sources(answer, prefix) {
  const list = (items, name) => el("ol", {}, ...items.map((c) => card(c, `${name}-${c.n}`)));
  if (answer.citations.length) {
    return el("aside", { class: "sources", "aria-label": "Sources" },
      el("h3", {}, "Sources"), list(answer.citations, prefix));
  }
  if (answer.closest.length) {
    return el("aside", { class: "sources", "aria-label": "Closest passages" },
      el("details", {}, el("summary", {}, "Closest passages"),
        list(answer.closest, `${prefix}-closest`)));
  }
  return null;
}

function actions(question, answer) {
  if (!answer.sentences.length) return null;
  const references = answer.citations.map(
    (c) => `[${c.n}] ${c.title}, ${c.section}. ${c.source.title}` +
      (c.source.pages ? `, p. ${c.source.pages}` : "") + ` (${c.status}).`);
  const text = `${question}\n\n${answer.answer}\n\n${references.join("\n")}\n`;
  const copy = el("button", { type: "button", class: "quiet", onclick: async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Copying is not allowed here";
    }
    status.textContent = copy.textContent;
  } }, "Copy with sources");
  return el("div", { class: "actions" }, copy);
}

function suggestions(answer) {
  if (!answer.suggestions.length) return null;
  const choices = answer.suggestions.map((text) =>
    el("button", { type: "button", class: "starter", onclick: () => ask(text) }, text));
  return el("div", { class: "next" }, el("p", { class: "small" }, "You could ask next"), ...choices);
}

function show(question, answer, number) {
  const prefix = `source-${number}`;
  const column = el("div", { class: "answer" },
    ...body(answer, prefix),
    ...answer.notices.map((notice) => el("p", { class: "notice" }, notice)));
  for (const extra of [actions(question, answer), suggestions(answer)]) {
    if (extra) column.append(extra);
  }
  const side = sources(answer, prefix);
  return el("article", { class: `turn outcome-${answer.outcome}` },
    el("h2", { class: "question", tabindex: "-1" }, question),
    el("div", { class: "columns" }, column, side ?? ""));
}

function pending(question) {
  return el("article", { class: "turn" },
    el("h2", { class: "question" }, question),
    el("p", { class: "waiting" }, "Looking through the documents"));
}

function failed(question, reason) {
  return el("article", { class: "turn" },
    el("h2", { class: "question" }, question),
    el("p", { class: "notice" }, reason),
    el("div", { class: "actions" },
      el("button", { type: "button", class: "quiet", onclick: (event) => {
        event.target.closest(".turn").remove();
        ask(question);
      } }, "Ask again")));
}

async function fetchAnswer(message) {
  let response;
  try {
    response = await fetch("/api/chat", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ message, conversation_id: conversation.id }),
    });
  } catch {
    throw new Error("The assistant cannot be reached. Check the connection and ask again.");
  }
  const found = await response.json();
  if (!response.ok) throw new Error(found.detail ?? "Something went wrong. Ask again.");
  return found;
}

/** What a screen reader says: the sentences and notices, without numbers, sources or buttons. */
function announce(answer) {
  const sentences = answer.sentences.map((s) => s.text);
  status.textContent = [...(sentences.length ? sentences : [answer.answer]), ...answer.notices].join(" ");
}

async function ask(message) {
  const question = message.trim();
  if (!question || button.disabled) return;
  button.disabled = true;
  welcome.hidden = true;
  const waiting = pending(question);
  turns.append(waiting);
  waiting.scrollIntoView({ block: "start" });
  field.value = "";
  let turn;
  try {
    const answer = await fetchAnswer(question);
    conversation.id = answer.conversation_id;
    conversation.turns.push({ question, answer });
    save();
    turn = show(question, answer, conversation.turns.length);
    announce(answer);
  } catch (error) {
    field.value = question;
    turn = failed(question, error.message);
    status.textContent = error.message;
  }
  turn.classList.add("fresh");
  waiting.replaceWith(turn);
  turn.scrollIntoView({ block: "start" });
  clear.hidden = false;
  button.disabled = false;
  field.focus({ preventScroll: true });
}

/** A citation leads to its card: mark it and move the focus there. */
function follow(event) {
  const link = event.target.closest("a.cite");
  if (!link) return;
  const target = document.getElementById(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  for (const other of document.querySelectorAll(".source.current")) other.classList.remove("current");
  target.classList.add("current");
  target.scrollIntoView({ block: "nearest" });
  target.focus({ preventScroll: true });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(field.value);
});
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
welcome.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(new FormData(event.target).get("message"));
});
turns.addEventListener("click", follow);
clear.addEventListener("click", () => {
  conversation = { id: null, turns: [] };
  save();
  turns.replaceChildren();
  welcome.hidden = false;
  clear.hidden = true;
  field.focus();
});

if (conversation.turns.length && !turns.children.length) {
  welcome.hidden = true;
  clear.hidden = false;
  turns.append(...conversation.turns.map((t, i) => show(t.question, t.answer, i + 1)));
}
