// The calls: a line each, which opens to all that was sent and answered.

import { ask, at, clock, keepList, kept, make, sessionLink } from "./elements.js";

export function drawCalls(now) {
  at("counts").replaceChildren(...Object.entries(now.call_counts).map(([name, count]) => make("li", "", `${name} ${count}`)));
  keepList(at("calls"), now.calls.slice(0, 40), call => call.number, "li", "", drawCall);
}

function drawCall(item, call) {
  const facts = JSON.stringify([call.status, call.refusal, call.fault]);
  if (item.dataset.facts === facts) return;
  item.dataset.facts = facts;
  const details = kept(item, "details", "", "details");
  const line = kept(details, "line", "", "summary");
  const refused = call.refusal || call.status === null;
  const answer = make("b", refused ? "refused" : "completed", call.status ?? "none");
  line.replaceChildren(make("time", "soft", clock(call.at)), make("span", "", `${call.method} ${call.endpoint}`), answer);
  if (call.refusal) line.append(make("span", "refused words", call.refusal));
  if (call.fault) line.append(make("span", "fault words", `fault: ${call.fault}`));
  if (call.session_id) line.append(sessionLink(call.session_id));
  details.ontoggle = () => details.open && open(details, call.number);
  if (details.open) open(details, call.number);
}

async function open(details, number) {
  const call = await ask(`/status/calls/${number}`);
  const parts = [
    part("Sent", `${call.method} ${call.path}`, call.sent.headers, call.sent.body),
    part("Answered", call.status === null ? "nothing" : `HTTP ${call.status}`, call.answer.headers, call.answer.body),
  ];
  if (call.envelope) {
    const { ok, code, message, data } = call.envelope;
    parts.push(part("Which means", ok ? "done" : `refused: ${code} ${message}`, {}, data));
  }
  kept(details, "parts", "parts").replaceChildren(...parts);
}

function part(title, words, headers, body) {
  const box = make("div", "", make("h3", "", title, " ", make("code", "soft", words)));
  const names = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  if (names.length) box.append(make("pre", "soft", names.join("\n")));
  if (body) box.append(make("pre", "", body));
  return box;
}
