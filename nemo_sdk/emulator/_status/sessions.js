// The sessions' cards: their timeline, what was said, their films.

import { ask, at, clock, keepList, kept, make, megabytes, number, seconds } from "./elements.js";

const SAYS = { message: "you", text: "agent", thought: "thinks", tool: "tool", refusal: "refused", raw: "script" };
const whole = new Map(); // what was said in sessions of which all is shown

export function drawSessions(now) {
  const { sessions } = now;
  const [shown, found, all] = [sessions.length, now.found_count, now.session_count];
  at("shown").textContent = at("search").value.trim()
    ? `${found} of ${all} found${shown < found ? `, the newest ${shown} shown` : ""}`
    : `${shown < all ? `the newest ${shown} of ${all}` : all} session${all === 1 ? "" : "s"}`;
  const parent = at("sessions");
  if (!sessions.length) {
    const words = all ? ["No session has these words."] : ["No session yet. Point a client at ", make("code", "", location.origin), "."];
    parent.replaceChildren(make("div", "card empty", ...words));
    return;
  }
  keepList(parent, sessions, session => session.id, "article", "card", drawSession);
}

function drawSession(card, session) {
  const state = make("span", session.working ? "state working" : "state", session.working ? "working…" : "idle");
  const title = make("div", "", make("h3", "", `${session.task_name} `, make("code", "soft", session.id)));
  const facts = [session.user_id, `${session.turns} message${session.turns === 1 ? "" : "s"}`];
  if (session.uploads.length) facts.push(`uploads: ${session.uploads.join(", ")}`);
  title.append(make("p", "soft", facts.join(" · ")));
  kept(card, "head", "head").replaceChildren(title, state);
  kept(card, "strips", "strips").replaceChildren(...timeline(session.tracks));
  drawTalk(kept(card, "talk", "talk"), session);
  for (const film of session.films) drawFilm(kept(card, `film-${film.number}`, "film"), film);
}

function drawTalk(box, session) {
  if (box.dataset.count === String(session.talk_count)) return;
  box.dataset.count = session.talk_count;
  if (whole.has(session.id)) return void showAll(box, session);
  const list = make("ol", "", ...session.talk.map(said));
  box.replaceChildren(list);
  if (session.talk_count > session.talk.length) {
    const more = make("button", "", `all ${session.talk_count} lines`);
    more.onclick = () => showAll(box, session);
    box.prepend(more);
  }
  list.scrollTop = list.scrollHeight;
}

async function showAll(box, session) {
  whole.set(session.id, true);
  const list = make("ol", "", ...(await ask(`/status/talks/${session.id}`)).map(said));
  box.replaceChildren(list);
  list.scrollTop = list.scrollHeight;
}

function said(line) {
  return make("li", line.kind, make("time", "soft", clock(line.at)), make("em", "", SAYS[line.kind] ?? line.kind), make("span", "", line.text));
}

function timeline(tracks) {
  const ends = tracks.flatMap(track => track.segments.map(segment => segment.start + segment.length));
  const length = Math.max(0, ...ends);
  if (!length) return [make("p", "soft", "no timeline yet")];
  const scale = make("div", "scale", make("span", "", "0"), make("span", "", seconds(length / 2)), make("span", "", seconds(length)));
  return [...tracks.map(track => strip(track, length)), scale];
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
