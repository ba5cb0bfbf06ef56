// Turnledger. SPDX-License-Identifier: Apache-2.0
//
// What the pages share: words in the browser's language, elements, the token. Text becomes text nodes, never HTML.

const language = navigator.languages.some((tag) => tag.toLowerCase().startsWith("zh"))
  && !navigator.language.toLowerCase().startsWith("en") ? "zh" : "en";
let words = {};
/// What is said, by key, in each language: `{ en: …, zh: … }`.
export const speak = (all) => { words = all[language]; };
export const say = (key) => words[key];
export const byID = (id) => document.getElementById(id);

export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

export function translate() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = say(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) node.ariaLabel = say(node.dataset.label);
  for (const node of document.querySelectorAll("[data-placeholder]")) node.placeholder = say(node.dataset.placeholder);
}

export function askForToken() {
  const dialog = byID("token");
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      sessionStorage.setItem("token", byID("token-value").value);
      resolve();
    }, { once: true });
  });
}
