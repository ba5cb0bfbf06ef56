// Turnledger. SPDX-License-Identifier: Apache-2.0
//
// A chat page on the routes that every client uses. Text from the server becomes text nodes, never HTML.

import { askForToken, byID, element, say, speak, translate } from "./common.js";

const words = {
  en: {
    skip: "Skip to the message box", threads: "Conversations", newThread: "New conversation", search: "Search titles",
    more: "More", messages: "Messages", say: "Write a message", send: "Send", close: "Close", you: "You",
    assistant: "Assistant", untitled: "Untitled", rename: "Rename", remove: "Delete", newTitle: "New title",
    sureToRemove: "Delete this conversation with all its messages?", called: "Tool", running: "running", done: "done",
    failed: "failed", thinking: "Thinking", citation: "Open clause", tokenNeeded: "This server wants a token",
    token: "Token", signIn: "Sign in", unreachable: "The server cannot be reached", broken: "The answer broke off.",
    empty: "Ask about the imported regulations, or about anything you have said before.", file: "File",
    stop: "Stop", stopped: "stopped", again: "Answer again", edit: "Edit", editing: "Change the message and send it.",
    allow: "Allow", deny: "Deny", asks: "wants to run", denied: "denied",
  },
  zh: {
    skip: "跳到输入框", threads: "对话", newThread: "新对话", search: "搜索标题", more: "更多", messages: "消息",
    say: "输入消息", send: "发送", close: "关闭", you: "你", assistant: "助手", untitled: "无标题", rename: "重命名",
    remove: "删除", newTitle: "新标题", sureToRemove: "删除此对话及其全部消息？", called: "工具", running: "运行中",
    done: "完成", failed: "失败", thinking: "思考", citation: "打开条文", tokenNeeded: "此服务器需要令牌",
    token: "令牌", signIn: "登录", unreachable: "无法连接服务器", broken: "回答中断。",
    empty: "可询问已导入的规范，或之前说过的内容。", file: "文件", stop: "停止", stopped: "已停止",
    again: "重新回答", edit: "编辑", editing: "修改消息后发送。",
    allow: "允许", deny: "拒绝", asks: "请求运行", denied: "已拒绝",
  },
};
speak(words);

// MARK: The server

async function call(path, options = {}) {
  const token = sessionStorage.getItem("token");
  const headers = { ...options.headers };
  if (token) headers.authorization = `Bearer ${token}`;
  if (options.body) headers["content-type"] = "application/json";
  const response = await fetch(path, { ...options, headers });
  if (response.status === 401) {
    await askForToken();
    return call(path, options);
  }
  if (!response.ok) throw new Error((await message(response)) || `${response.status}`);
  return response;
}

async function message(response) {
  const text = await response.text();
  try { return JSON.parse(text).error?.message ?? text; } catch { return text; }
}

/// The JSON objects of a stream of server-sent events.
async function* chunks(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const lines = rest.split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data:")) continue;
      const data = line.slice(5).trim();
      if (data !== "[DONE]") yield JSON.parse(data);
    }
  }
}

// MARK: Messages

/// The conversation that is shown. `epoch` tells a stream that another one is shown now.
/// `edited` is the user's message that the next one replaces.
const shown = { id: null, messages: [], epoch: 0, isBusy: false, edited: null };

/// What the answers of this conversation may cite: "document, number" to a clause's id.
const clauses = new Map();

function apply(chunk, answer) {
  const part = (id) => answer.parts.findLast((part) => part.id === id);
  const tool = () => answer.parts.find((part) => part.toolCallId === chunk.toolCallId);
  switch (chunk.type) {
    case "start": answer.id = chunk.messageId ?? answer.id; break;
    case "message-metadata": answer.metadata = { ...answer.metadata, ...chunk.messageMetadata }; break;
    case "start-step": answer.parts.push({ type: "step-start" }); break;
    case "text-start": answer.parts.push({ type: "text", id: chunk.id, text: "" }); break;
    case "reasoning-start": answer.parts.push({ type: "reasoning", id: chunk.id, text: "" }); break;
    case "text-delta": case "reasoning-delta": part(chunk.id).text += chunk.delta; break;
    case "tool-input-start":
      answer.parts.push({ type: `tool-${chunk.toolName}`, toolCallId: chunk.toolCallId, state: "input-streaming" });
      break;
    case "tool-input-available": case "tool-input-error": {
      if (!tool()) answer.parts.push({ type: `tool-${chunk.toolName}`, toolCallId: chunk.toolCallId });
      const failed = chunk.type === "tool-input-error";
      Object.assign(tool(), {
        state: failed ? "output-error" : "input-available", input: chunk.input, errorText: chunk.errorText,
      });
      break;
    }
    case "tool-output-available": Object.assign(tool(), { state: "output-available", output: chunk.output }); break;
    case "tool-output-error": Object.assign(tool(), { state: "output-error", errorText: chunk.errorText }); break;
    case "tool-approval-request":
      Object.assign(tool(), { state: "approval-requested", approval: { id: chunk.approvalId } });
      break;
    case "tool-output-denied": Object.assign(tool(), { state: "output-denied" }); break;
    case "error": throw new Error(chunk.errorText);
  }
}

function remember(results) {
  for (const clause of results ?? []) clauses.set(`${clause.document}, ${clause.number}`, clause.id);
}

function citation(id, text) {
  const button = element("button", { type: "button", className: "cite", textContent: text });
  button.ariaLabel = `${say("citation")} ${text}`;
  button.addEventListener("click", () => openClause(id));
  return button;
}

/// A paragraph whose citations open their clauses.
function paragraph(text, className = "") {
  const node = element("p", { className });
  const names = [...clauses.keys()].sort((a, b) => b.length - a.length);
  const pattern = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  if (!pattern) { node.append(text); return node; }
  let end = 0;
  for (const match of text.matchAll(new RegExp(`(?:${pattern})(?![0-9.]*[0-9])`, "g"))) {
    node.append(text.slice(end, match.index), citation(clauses.get(match[0]), match[0]));
    end = match.index + match[0].length;
  }
  node.append(text.slice(end));
  return node;
}

function toolView(part) {
  const states = {
    "output-available": "done", "output-error": "failed", "approval-requested": "asks", "output-denied": "denied",
  };
  const state = say(states[part.state] ?? "running");
  const name = part.toolName ?? part.type.replace(/^tool-/, "");
  const view = element("details", {}, element("summary", { textContent: `${say("called")} ${name}: ${state}` }));
  if (part.input !== undefined) view.append(element("pre", { textContent: JSON.stringify(part.input, null, 2) }));
  if (part.errorText) view.append(element("p", { className: "failed", textContent: part.errorText }));
  const results = part.output?.results;
  if (Array.isArray(results)) {
    view.append(element("ul", {}, ...results.map((clause) =>
      element("li", {}, citation(clause.id, `${clause.document}, ${clause.number}`), ` ${clause.title}`))));
  } else if (part.output !== undefined) {
    view.append(element("pre", { textContent: JSON.stringify(part.output, null, 2) }));
  }
  if (part.state === "approval-requested") {
    view.open = true;
    view.append(decision(part, true), decision(part, false));
  }
  return view;
}

/// A button that answers the question whether a tool may run. The answer goes out when no question is left.
function decision(part, approved) {
  const button = element("button", { type: "button", textContent: say(approved ? "allow" : "deny") });
  button.addEventListener("click", () => {
    if (shown.isBusy) return;
    part.state = "approval-responded";
    part.approval = { ...part.approval, approved };
    showMessages();
    const answer = shown.messages.at(-1);
    if (!answer.parts.some((one) => one.state === "approval-requested")) goOn(answer);
  });
  return button;
}

/// Has the last answer go on with what was decided.
async function goOn(answer) {
  const body = JSON.stringify({
    id: shown.id, messages: shown.messages, trigger: "submit-message", messageId: answer.id,
  });
  await talk(shown.epoch, () => call("api/ai-sdk/v6/chat", { method: "POST", body }), answer);
}

function partView(part) {
  switch (part.type) {
    case "text": return part.text ? paragraph(part.text) : null;
    case "reasoning": return part.text ? paragraph(part.text, "reasoning") : null;
    case "file": return element("p", { textContent: `${say("file")}: ${part.filename ?? part.mediaType}` });
    default: return part.type.startsWith("tool-") || part.type === "dynamic-tool" ? toolView(part) : null;
  }
}

function messageView(message) {
  for (const part of message.parts) remember(part.output?.results);
  const view = element("article", { className: message.role },
    element("h2", { textContent: say(message.role === "user" ? "you" : "assistant") }));
  view.append(...message.parts.map(partView).filter(Boolean));
  if (message.metadata?.stopped) view.append(element("p", { className: "reasoning", textContent: say("stopped") }));
  if (message.id && !message.isOpen) view.append(actions(message));
  return view;
}

/// Answers anew, or takes the user's own words back into the message box.
function actions(message) {
  const isUser = message.role === "user";
  const button = element("button", { type: "button", className: "small", textContent: isUser ? "✎" : "↻" });
  button.ariaLabel = say(isUser ? "edit" : "again");
  button.title = button.ariaLabel;
  button.addEventListener("click", () => { if (!shown.isBusy) (isUser ? edit : regenerate)(message); });
  return element("p", { className: "actions" }, button);
}

function showMessages() {
  const views = shown.messages.map(messageView);
  byID("messages").replaceChildren(...(views.length ? views : [element("article", {}, paragraph(say("empty")))]));
  byID("messages").scrollTop = byID("messages").scrollHeight;
}

// MARK: Talking

/// Follows a stream into a new answer at the end of the conversation that is shown, or into the last one, which goes on.
async function follow(response, epoch, goingOn) {
  const answer = goingOn ?? { role: "assistant", parts: [] };
  answer.isOpen = true;
  let view = messageView(answer);
  if (goingOn) {
    byID("messages").lastElementChild.replaceWith(view);
  } else {
    shown.messages.push(answer);
    byID("messages").append(view);
  }
  const log = byID("messages");
  for await (const chunk of chunks(response)) {
    if (shown.epoch !== epoch) return;
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    const isOpen = [...view.querySelectorAll("details")].map((details) => details.open);
    try { apply(chunk, answer); } finally {
      const next = messageView(answer);
      next.querySelectorAll("details").forEach((details, index) => { details.open = isOpen[index] ?? false; });
      view.replaceWith(next);
      view = next;
      if (isAtEnd) log.scrollTop = log.scrollHeight;
    }
    if (chunk.type === "finish" || chunk.type === "abort") {
      answer.isOpen = false;
      view.replaceWith(messageView(answer));
      if (isAtEnd) log.scrollTop = log.scrollHeight;
      return;
    }
  }
  throw new Error(say("broken"));
}

function setBusy(isBusy) {
  shown.isBusy = isBusy;
  byID("send").disabled = isBusy;
  byID("stop").hidden = !isBusy;
  byID("messages").ariaBusy = `${isBusy}`;
}

async function talk(epoch, request, goingOn) {
  byID("notice").textContent = "";
  setBusy(true);
  try {
    const response = await request();
    if (response.status !== 204) await follow(response, epoch, goingOn);
  } catch (error) {
    if (shown.epoch === epoch) byID("notice").textContent = error.message;
  } finally {
    if (shown.epoch === epoch) setBusy(false);
    await loadThreads();
  }
}

async function send(text) {
  if (shown.edited) return sendEdited(text);
  const isNew = shown.messages.length === 0;
  const message = { id: newID(), role: "user", parts: [{ type: "text", text }] };
  shown.messages.push(message);
  if (isNew) byID("messages").replaceChildren();
  byID("messages").append(messageView(message));
  byID("messages").scrollTop = byID("messages").scrollHeight;
  history.replaceState(null, "", `#${encodeURIComponent(shown.id)}`);
  const body = JSON.stringify({ id: shown.id, message, trigger: "submit-message" });
  await talk(shown.epoch, () => call("api/ai-sdk/v6/chat", { method: "POST", body }));
}

/// Shows the conversation up to a message, and asks for what comes behind it.
async function branch(messages, body) {
  shown.messages = messages;
  showMessages();
  const text = JSON.stringify({ id: shown.id, messages, ...body });
  await talk(shown.epoch, () => call("api/ai-sdk/v6/chat", { method: "POST", body: text }));
}

function regenerate(message) {
  const place = shown.messages.findIndex((one) => one.id === message.id);
  const messages = shown.messages.slice(0, place);
  return branch(messages, { trigger: "regenerate-message", messageId: message.id });
}

function edit(message) {
  shown.edited = message.id;
  byID("say").value = message.parts.filter((part) => part.type === "text").map((part) => part.text).join("\n");
  byID("notice").textContent = say("editing");
  byID("say").focus();
}

function sendEdited(text) {
  const id = shown.edited;
  shown.edited = null;
  const place = shown.messages.findIndex((one) => one.id === id);
  const message = { id, role: "user", parts: [{ type: "text", text }] };
  return branch([...shown.messages.slice(0, place), message], { trigger: "submit-message", messageId: id });
}

async function stop() {
  byID("stop").disabled = true;
  try {
    await call(`api/ai-sdk/v6/chat/${encodeURIComponent(shown.id)}/stop`, { method: "POST" });
  } catch (error) {
    byID("notice").textContent = error.message;
  } finally {
    byID("stop").disabled = false;
  }
}

function newID() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// MARK: Conversations

let cursor = null;

async function loadThreads(isNextPage = false) {
  const parameters = new URLSearchParams({ query: byID("search").value });
  if (isNextPage && cursor) parameters.set("cursor", cursor);
  try {
    const page = await (await call(`api/threads?${parameters}`)).json();
    cursor = page.next ?? null;
    byID("more").hidden = !cursor;
    const rows = page.threads.map(threadView);
    if (isNextPage) byID("list").append(...rows); else byID("list").replaceChildren(...rows);
  } catch { /* The state of the service says it. */ }
}

function threadView(thread) {
  const title = thread.title ?? say("untitled");
  const open = element("button", { type: "button", className: "open", textContent: title, title });
  if (thread.id === shown.id) open.setAttribute("aria-current", "true");
  open.addEventListener("click", () => { location.hash = encodeURIComponent(thread.id); });
  const rename = element("button", { type: "button", className: "small", textContent: "✎" });
  rename.ariaLabel = `${say("rename")}: ${title}`;
  rename.addEventListener("click", () => renameThread(thread));
  const remove = element("button", { type: "button", className: "small", textContent: "×" });
  remove.ariaLabel = `${say("remove")}: ${title}`;
  remove.addEventListener("click", () => removeThread(thread));
  return element("li", {}, open, rename, remove);
}

async function renameThread(thread) {
  const title = prompt(say("newTitle"), thread.title ?? "");
  if (!title?.trim()) return;
  await change(`api/threads/${encodeURIComponent(thread.id)}`, { method: "PATCH", body: JSON.stringify({ title }) });
}

async function removeThread(thread) {
  if (!confirm(say("sureToRemove"))) return;
  const isGone = await change(`api/threads/${encodeURIComponent(thread.id)}`, { method: "DELETE" });
  if (isGone && thread.id === shown.id) show(null);
}

async function change(path, options) {
  try {
    await call(path, options);
    return true;
  } catch (error) {
    byID("notice").textContent = error.message;
    return false;
  } finally {
    await loadThreads();
  }
}

/// Shows a conversation and goes on with the answer that is being written in it; `null` begins a new one.
async function show(id) {
  shown.epoch += 1;
  const epoch = shown.epoch;
  shown.id = id ?? newID();
  shown.messages = [];
  shown.edited = null;
  clauses.clear();
  byID("notice").textContent = "";
  setBusy(false);
  if (id === null) history.replaceState(null, "", location.pathname);
  showMessages();
  hideMenu();
  byID("say").focus();
  if (id === null) return loadThreads();
  try {
    const path = `api/threads/${encodeURIComponent(id)}/messages`;
    const headers = { "x-turnledger-profile": "v6" };
    const { messages } = await (await call(path, { headers })).json();
    if (shown.epoch !== epoch) return;
    shown.messages = messages;
    showMessages();
  } catch (error) {
    if (shown.epoch === epoch) byID("notice").textContent = error.message;
  }
  await talk(epoch, () => call(`api/ai-sdk/v6/chat/${encodeURIComponent(id)}/stream`));
}

async function openClause(id) {
  try {
    const clause = await (await call(`api/regulations/clauses/${encodeURIComponent(id)}`)).json();
    byID("clause-title").textContent = `${clause.document}, ${clause.number}: ${clause.title ?? ""}`;
    byID("clause-heading").textContent = [clause.heading ?? []].flat().join(" › ");
    byID("clause-text").textContent = clause.text;
    byID("clause").showModal();
  } catch (error) {
    byID("notice").textContent = error.message;
  }
}

// MARK: The state of the service

async function watchService() {
  const state = byID("service");
  try {
    const health = await (await fetch("health")).json();
    state.textContent = `${health.status} · ${health.store?.name ?? ""} · ${health.model ?? ""}`;
    state.classList.toggle("bad", health.status !== "ok");
  } catch {
    state.textContent = say("unreachable");
    state.classList.add("bad");
  }
  setTimeout(watchService, 10_000);
}

// MARK: Start

function hideMenu() {
  byID("threads").classList.remove("shown");
  byID("menu").ariaExpanded = "false";
}

byID("menu").addEventListener("click", () => {
  byID("menu").ariaExpanded = `${byID("threads").classList.toggle("shown")}`;
});
byID("stop").addEventListener("click", stop);
byID("new").addEventListener("click", () => show(null));
byID("more").addEventListener("click", () => loadThreads(true));
byID("search").addEventListener("input", () => loadThreads());
byID("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byID("say").value.trim();
  if (!text || shown.isBusy) return;
  byID("say").value = "";
  send(text);
});
byID("say").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byID("form").requestSubmit();
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  hideMenu();
  if (shown.edited) {
    shown.edited = null;
    byID("say").value = "";
    byID("notice").textContent = "";
  }
});
addEventListener("hashchange", () => { if (location.hash) show(decodeURIComponent(location.hash.slice(1))); });

translate();
watchService();
show(location.hash ? decodeURIComponent(location.hash.slice(1)) : null);
