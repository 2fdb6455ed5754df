// What is to go wrong with the next call, and what a cut turn has cost.

import { ask, at, clock, make, number, seconds, sessionLink } from "./elements.js";

const times = count => ["never", "once"][count] ?? `${count} times`;
let speed = 1;
let drawn = false;

export function drawBreaks(now) {
  speed = now.options.speed;
  if (!drawn) drawControls(now.options);
  const waiting = now.waiting.map(words => make("span", "chip fault", words));
  at("waiting").replaceChildren(...(waiting.length ? ["Waiting: ", ...waiting, takeBack()] : []));
  at("cuts").replaceChildren(...now.cuts.map(cut));
}

function drawControls({ endpoints, breaks }) {
  drawn = true;
  at("endpoint").replaceChildren(...endpoints.map(name => make("option", "", name)));
  at("endpoint").value = "run_sse";
  at("kinds").replaceChildren(...breaks.map(([kind, words]) => breaker(kind, words)));
  at("instant").oninput = showInstant;
  at("cut").onclick = () => arm({ endpoint: "run_sse", kind: "cut", seconds: Number(at("instant").value) });
  showInstant();
}

function breaker(kind, words) {
  const button = make("button", "", words);
  button.type = "button";
  button.onclick = () => arm({ endpoint: at("endpoint").value, kind });
  return button;
}

function takeBack() {
  const button = make("button", "", "take back");
  button.onclick = () => ask("/status/breaks", "DELETE");
  return button;
}

const arm = wish => ask("/status/breaks", "POST", wish);

function showInstant() {
  const value = Number(at("instant").value);
  at("seconds").textContent = `after ${seconds(value)}${speed === 1 ? "" : ` (${number(value / speed)} s here)`}`;
}

function cut({ at: when, session_id, text, fault, sent, charged, credits }) {
  const how = fault.seconds ? `${fault.kind} after ${seconds(fault.seconds)}` : fault.kind;
  const cost = make("b", charged > 1 ? "refused" : "completed", `charged ${times(charged)}`);
  const paid = credits ? ` (${number(credits)} cr)` : "";
  return make("li", "", make("time", "soft", clock(when)), " ", how, ": “", text, "” was sent ", times(sent), ", ", cost, paid, " ", sessionLink(session_id));
}
