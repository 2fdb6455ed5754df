"use strict";

// Whatever users typed reaches the page as text nodes alone: never as markup.
function make(tag, className, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children.map(child => (child instanceof Node ? child : String(child))));
  return element;
}

const at = id => document.getElementById(id);
const number = value => Number(value).toLocaleString("en", { maximumFractionDigits: 1 });
const seconds = value => `${number(value)} s`;
const clock = date => new Date(date).toLocaleTimeString("en-GB");
const megabytes = bytes => (bytes < 1e6 ? `${number(bytes / 1e3)} kB` : `${number(bytes / 1e6)} MB`);

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

function strip(track, length) {
  const row = make("div", "");
  for (const segment of track.segments) {
    const words = segment.volume === undefined ? segment.name : `${segment.name}, ${Math.round(segment.volume * 100)}%`;
    const block = make("div", `segment ${track.kind}`, words);
    block.title = `${words} (${number(segment.start)}–${seconds(segment.start + segment.length)})`;
    block.style.left = `${(segment.start / length) * 100}%`;
    block.style.width = `${(segment.length / length) * 100}%`;
    row.append(block);
  }
  return make("div", "strip", make("span", "soft", track.kind), row);
}

function timeline(tracks) {
  const ends = tracks.flatMap(track => track.segments.map(segment => segment.start + segment.length));
  const length = Math.max(0, ...ends);
  if (!length) return [make("p", "soft", "no timeline yet")];
  const scale = make("div", "scale", make("span", "", "0"), make("span", "", seconds(length / 2)), make("span", "", seconds(length)));
  return [...tracks.map(track => strip(track, length)), scale];
}

function filmRow(film) {
  const row = make("div", "row", make("span", "", film.id), make("span", film.status, film.status));
  if (film.status === "processing") {
    const bar = make("progress", "");
    bar.value = film.progress;
    row.append(bar);
  }
  if (film.error) row.append(make("span", "failed", film.error));
  if (film.duration !== null) row.append(make("span", "soft", `${seconds(film.duration)}, ${megabytes(film.size)}, ${film.container}`));
  return row;
}

function drawFilm(box, film) {
  box.querySelector(".row")?.remove();
  box.prepend(filmRow(film));
  // A player is made once: drawing it anew would stop what plays.
  if (film.status === "completed" && !box.querySelector("video")) {
    const player = make("video", "");
    player.controls = player.muted = player.playsInline = true;
    player.preload = "metadata";
    player.src = `/status/films/${film.number}`;
    box.append(player);
  }
}

function drawSession(card, session) {
  const state = make("span", session.working ? "state working" : "state", session.working ? "working…" : "idle");
  const title = make("div", "", make("h3", "", `${session.task_name} `, make("code", "soft", session.id)));
  const facts = [session.user_id, `${session.turns} message${session.turns === 1 ? "" : "s"}`];
  if (session.uploads.length) facts.push(`uploads: ${session.uploads.join(", ")}`);
  title.append(make("p", "soft", facts.join(" · ")));
  const strips = make("div", "strips", ...timeline(session.tracks));
  card.querySelector(".head")?.remove();
  card.querySelector(".strips")?.remove();
  card.prepend(make("div", "head", title, state), strips);
  for (const film of session.films) {
    drawFilm(kept(card, `film-${film.number}`, "film"), film);
  }
}

// The element of that name inside another, made where it is missing.
function kept(parent, name, className) {
  const found = [...parent.children].find(child => child.dataset.name === name);
  if (found) return found;
  const element = make("div", className);
  element.dataset.name = name;
  parent.append(element);
  return element;
}

function drawSessions(sessions) {
  const parent = at("sessions");
  if (!sessions.length) {
    parent.replaceChildren(make("div", "card empty", "No session yet. Point a client at ", make("code", "", location.origin), "."));
    return;
  }
  parent.querySelector(".empty")?.remove();
  const names = new Set(sessions.map(session => session.id));
  [...parent.children].filter(card => !names.has(card.dataset.name)).forEach(card => card.remove());
  // New ones go in front; a card that is in its place is not moved, which would stop its film.
  sessions.forEach((session, place) => {
    const card = kept(parent, session.id, "card");
    if (parent.children[place] !== card) parent.insertBefore(card, parent.children[place]);
    drawSession(card, session);
  });
}

function table(id, heads, rows) {
  const cells = (tag, row) => make("tr", "", ...row.map(cell => (cell instanceof Node ? cell : make(tag, "", cell))));
  at(id).replaceChildren(...(rows.length ? [cells("th", heads), ...rows.map(row => cells("td", row))] : []));
  if (!rows.length) at(id).append(make("caption", "soft", "none yet"));
}

function drawTables(now) {
  table("users", ["user", "available", "frozen"], now.users.map(user => [user.user_id, number(user.available), number(user.frozen)]));
  table("charges", ["at", "message", "credits"], now.charges.map(charge => [clock(charge.at), charge.text, number(charge.credits)]));
  const answered = call => make("td", call.status >= 400 ? "refused" : "", call.status ?? "none");
  table("calls", ["at", "call", "answer"], now.calls.slice(0, 30).map(call => [clock(call.at), `${call.method} ${call.path}`, answered(call)]));
  at("counts").replaceChildren(...Object.entries(now.call_counts).map(([name, count]) => make("li", "", `${name} ${count}`)));
}

function drawLines(lines) {
  const list = at("live");
  for (const line of lines) {
    const item = make("li", line.kind, make("time", "", clock(line.at)), make("em", "", line.kind), make("span", "", line.text));
    if (line.session_id) item.title = `session ${line.session_id}`;
    list.prepend(item);
  }
  while (list.children.length > 300) list.lastChild.remove();
}

function draw(now) {
  drawFigures(now);
  drawSessions(now.sessions);
  drawTables(now);
  drawLines(now.lines);
}

function link(words, className) {
  at("link").textContent = words;
  at("link").className = className;
}

const source = new EventSource("/status/events");
source.onopen = () => {
  at("live").replaceChildren();
  link("live", "live");
};
source.onerror = () => link("no connection, trying again…", "lost");
source.onmessage = event => draw(JSON.parse(event.data));
