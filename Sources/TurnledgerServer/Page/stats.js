// Turnledger. SPDX-License-Identifier: Apache-2.0
//
// What the caller's conversations were and cost, as plots of GET /api/stats. Text becomes text nodes, never HTML.

import { askForToken, byID, element, say, speak, translate } from "./common.js";

const words = {
  en: {
    title: "Statistics", chat: "Conversations", days: "Days", label: "Label", tokenNeeded: "This server wants a token",
    token: "Token", signIn: "Sign in", unreachable: "The server cannot be reached", conversations: "New conversations",
    turns: "Turns", failed: "Failed turns", inputTokens: "Tokens in", outputTokens: "Tokens out",
    latency: "Milliseconds that 95 % of the turns keep", firstToken: "Milliseconds to the first token, 95 %",
    tools: "Calls of tools", errors: "Errors", nothing: "Nothing was counted on these days.", day: "Day", value: "Value",
  },
  zh: {
    title: "统计", chat: "对话", days: "天数", label: "标签", tokenNeeded: "此服务器需要令牌", token: "令牌",
    signIn: "登录", unreachable: "无法连接服务器", conversations: "新对话", turns: "轮次", failed: "失败的轮次",
    inputTokens: "输入令牌数", outputTokens: "输出令牌数", latency: "95% 轮次的毫秒数", firstToken: "首个令牌的毫秒数（95%）",
    tools: "工具调用", errors: "错误", nothing: "这些天没有记录。", day: "日期", value: "数值",
  },
};
speak(words);

function drawing(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

async function call(path) {
  const token = sessionStorage.getItem("token");
  const response = await fetch(path, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  if (response.status === 401) {
    await askForToken();
    return call(path);
  }
  const json = await response.json();
  if (!response.ok) throw new Error(json.error?.message ?? `${response.status}`);
  return json;
}

/// All days of the range, those without counts too.
function everyDay(report) {
  const known = new Map(report.days.map((day) => [day.day, day]));
  const days = [];
  for (let time = Date.parse(report.from); time <= Date.parse(report.to); time += 86_400_000) {
    const day = new Date(time).toISOString().slice(0, 10);
    days.push([day, known.get(day)]);
  }
  return days;
}

/// Bars, one for each entry, with the largest value at the top left and a table for those who do not see bars.
function plot(title, entries) {
  const [width, height] = [640, 120];
  const most = Math.max(1, ...entries.map(([, value]) => value));
  const step = width / entries.length;
  const bars = entries.map(([name, value], index) => {
    const size = value / most * height;
    return drawing("rect", {
      x: index * step + step * 0.1, y: height - size, width: step * 0.8, height: size, class: "bar",
    }, drawing("title", {}, `${name}: ${value}`));
  });
  const picture = drawing("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title }, ...bars);
  const rows = entries.filter(([, value]) => value > 0).map(([name, value]) =>
    element("tr", {}, element("td", { textContent: name }), element("td", { textContent: value.toLocaleString() })));
  const table = element("table", {}, element("tr", {}, element("th", { textContent: say("day") }),
    element("th", { textContent: say("value") })), ...rows);
  return element("figure", {}, element("figcaption", { textContent: `${title} (≤ ${most.toLocaleString()})` }), picture,
    element("details", {}, element("summary", { textContent: say("value") }), table));
}

function show(report) {
  const total = report.total;
  const figures = [
    ["conversations", total.conversations], ["turns", total.turns], ["failed", total.ends.failed ?? 0],
    ["inputTokens", total.inputTokens], ["outputTokens", total.outputTokens],
  ];
  byID("totals").replaceChildren(...figures.flatMap(([name, value]) => [
    element("dt", { textContent: say(name) }), element("dd", { textContent: value.toLocaleString() }),
  ]));
  if (report.days.length === 0) {
    byID("plots").replaceChildren(element("p", { textContent: say("nothing") }));
    return;
  }
  const days = everyDay(report);
  const by = (value) => days.map(([day, figures]) => [day, figures ? value(figures) ?? 0 : 0]);
  const plots = [
    plot(say("turns"), by((day) => day.turns)), plot(say("conversations"), by((day) => day.conversations)),
    plot(say("failed"), by((day) => day.ends.failed)), plot(say("inputTokens"), by((day) => day.inputTokens)),
    plot(say("outputTokens"), by((day) => day.outputTokens)),
    plot(say("latency"), by((day) => day.turnMilliseconds.p95)),
    plot(say("firstToken"), by((day) => day.firstTokenMilliseconds.p95)),
  ];
  const tools = Object.entries(total.tools).map(([name, tool]) => [name, tool.calls]);
  if (tools.length > 0) plots.push(plot(say("tools"), tools));
  const errors = Object.entries(total.errors);
  if (errors.length > 0) plots.push(plot(say("errors"), errors));
  byID("plots").replaceChildren(...plots);
}

async function load() {
  byID("notice").textContent = "";
  const query = new URLSearchParams({ days: byID("days").value });
  if (byID("label").value.includes(":")) query.set("label", byID("label").value);
  try {
    show(await call(`api/stats?${query}`));
  } catch (error) {
    byID("notice").textContent = error instanceof TypeError ? say("unreachable") : error.message;
  }
}

async function showHealth() {
  try {
    const health = await (await fetch("health")).json();
    byID("service").textContent = `${health.status} · ${health.store.name} · ${health.version}`;
    byID("service").classList.toggle("bad", health.status !== "ok");
  } catch {
    byID("service").textContent = say("unreachable");
  }
}

translate();
byID("range").addEventListener("change", load);
byID("range").addEventListener("submit", (event) => { event.preventDefault(); load(); });
showHealth();
load();
