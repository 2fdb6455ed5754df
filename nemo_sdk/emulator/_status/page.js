// The page: its parts, drawn anew whenever the emulator says that something is different.

import { drawBreaks } from "./breaks.js";
import { drawCalls } from "./calls.js";
import { at, clock, make, number, sessionLink } from "./elements.js";
import { drawSessions } from "./sessions.js";

function drawFigures(now) {
  const figures = [
    ["sessions", now.session_count],
    ["films", now.film_count],
    ["charged", `${number(now.charged)} cr`],
    ["charges", now.charge_count],
    ["calls", Object.values(now.call_counts).reduce((sum, count) => sum + count, 0)],
    ["faults", now.faults_fired],
  ];
  at("figures").replaceChildren(
    ...figures.map(([name, value]) => make("div", "", make("b", "", value), make("span", "soft", name))),
  );
  const { speed, seed, shapes, stream, generation_cost, edit_cost } = now.options;
  at("options").textContent =
    `${location.host} · ${number(speed)}× the service's speed · seed ${seed} · answers ${shapes}, stream ${stream}` +
    ` · a generation ${number(generation_cost)} cr, an edit ${number(edit_cost)} cr`;
}

function table(id, heads, rows) {
  const cells = (tag, row) => make("tr", "", ...row.map(cell => make(tag, "", cell)));
  at(id).replaceChildren(...(rows.length ? [cells("th", heads), ...rows.map(row => cells("td", row))] : []));
  if (!rows.length) at(id).append(make("caption", "soft", "none yet"));
}

function drawTables(now) {
  table("users", ["user", "available", "frozen"], now.users.map(user => [user.user_id, number(user.available), number(user.frozen)]));
  table("charges", ["at", "message", "credits"], now.charges.map(charge => [clock(charge.at), charge.text, number(charge.credits)]));
}

function drawLines(lines) {
  const list = at("live");
  for (const line of lines) {
    const words = make("span", "", line.text);
    if (line.session_id) words.prepend(sessionLink(line.session_id), " ");
    list.prepend(make("li", line.kind, make("time", "", clock(line.at)), make("em", "", line.kind), words));
  }
  while (list.children.length > 300) list.lastChild.remove();
}

function draw(now) {
  drawFigures(now);
  drawSessions(now);
  drawTables(now);
  drawCalls(now);
  drawBreaks(now);
  drawLines(now.lines);
}

function link(words, className) {
  at("link").textContent = words;
  at("link").className = className;
}

let source = null;

function listen() {
  source?.close();
  source = new EventSource(`/status/events?search=${encodeURIComponent(at("search").value)}`);
  source.onopen = () => {
    at("live").replaceChildren();
    link("live", "live");
  };
  source.onerror = () => link("no connection, trying again…", "lost");
  source.onmessage = event => draw(JSON.parse(event.data));
}

let typing = 0;
at("search").oninput = () => {
  clearTimeout(typing);
  typing = setTimeout(listen, 200);
};
listen();
