// A chat window that loses nothing: it reconnects, resumes and resends until it is acknowledged.
const options = new URLSearchParams(location.search);
const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/chat`;
const by = (id) => document.getElementById(id);
const LONGEST_PAUSE = 10_000;
const TELL_AGAIN = 10_000;
const NOT_AGAIN = (code) => code >= 4400 && code < 4500;

const visitor = remembered(localStorage, "visitor", () => crypto.randomUUID());
const chat = remembered(sessionStorage, "chat", () => fresh());
const shown = new Map();
let socket = null;
let pause = 300;
let isOver = false;
let told = null;
let heard = 0;

function fresh() {
  return { startId: crypto.randomUUID(), token: "", conversationId: "", lastSeq: -1, unacked: [] };
}

function remembered(store, name, make) {
  const found = store.getItem(name);
  const value = found === null ? make() : JSON.parse(found);
  store.setItem(name, JSON.stringify(value));
  return value;
}

function keep() {
  sessionStorage.setItem("chat", JSON.stringify(chat));
}

function connect() {
  // After a reload the window is empty: then everything is asked for again.
  const lastSeq = shown.size ? chat.lastSeq : -1;
  socket = new WebSocket(url);
  socket.onopen = () => {
    const entry = options.get("entry_point") ?? "web";
    const first = chat.conversationId
      ? { type: "resume", conversation_id: chat.conversationId, token: chat.token, last_seq: lastSeq }
      : { type: "start", entry_point: entry, start_id: chat.startId, visitor_id: visitor };
    const identity = options.get("identity_token");
    if (!chat.conversationId && identity) first.identity_token = identity;
    socket.send(JSON.stringify(first));
  };
  socket.onmessage = (event) => take(JSON.parse(event.data));
  socket.onclose = (event) => closed(event.code);
}

function closed(code) {
  socket = null;
  if (isOver) return;
  if (code === 4410 && chat.conversationId) {
    Object.assign(chat, fresh(), { unacked: chat.unacked });
    keep();
  } else if (NOT_AGAIN(code)) {
    over(`not possible (${code})`);
    return;
  }
  state("no connection, trying again …");
  setTimeout(connect, pause);
  pause = Math.min(pause * 2, LONGEST_PAUSE);
}

function take(frame) {
  switch (frame.type) {
    case "started":
    case "resumed":
      Object.assign(chat, { conversationId: frame.conversation_id, token: frame.token });
      keep();
      pause = 300;
      state("connected");
      chat.unacked.forEach(send);
      break;
    case "ack":
      chat.unacked = chat.unacked.filter((each) => each.client_msg_id !== frame.client_msg_id);
      keep();
      settle(frame.client_msg_id, frame.message_id);
      break;
    case "message":
      chat.lastSeq = Math.max(chat.lastSeq, frame.seq);
      keep();
      // The name of a flow means nothing to a customer.
      show(frame.message_id, frame.author, frame.text, frame.author === "agent" && frame.author_name);
      offer(frame.author === "customer" ? [] : (frame.choices ?? []));
      break;
    case "state":
      told = frame;
      heard = Date.now();
      tell();
      break;
    case "left":
      over("ended");
      break;
    case "error":
      if (frame.code === "try_again") setTimeout(() => chat.unacked.forEach(send), 1000);
      else state(frame.reason);
  }
}

// How it stands now, by the clock of the server.
function tell() {
  const now = Date.parse(told.at) + Date.now() - heard;
  state({
    waiting: `waiting${about(told.wait, now)} …`,
    connected: `with ${told.agent_name ?? "us"}`,
    ended: "ended",
  }[told.state]);
}

function tellAgain() {
  if (!isOver && told?.state === "waiting" && socket?.readyState === WebSocket.OPEN) tell();
}

// What is left of a wait that was told, rounded outward; nothing once it should be over.
function about(wait, now) {
  if (!wait) return "";
  const gone = (now - Date.parse(wait.told_at)) / 1000;
  const [first, last] = [wait.low_seconds - gone, wait.high_seconds - gone];
  if (last <= 0) return "";
  if (last <= 60) return ", less than a minute";
  const [unit, seconds] = last > 7200 ? ["hours", 3600] : ["minutes", 60];
  const step = unit === "minutes" && last > 1200 ? 5 : 1;
  const low = Math.max(0, Math.floor(first / seconds / step) * step);
  const high = Math.ceil(last / seconds / step) * step;
  if (low === 0) return `, up to ${high} ${unit}`;
  return low === high ? `, about ${high} ${unit}` : `, about ${low}–${high} ${unit}`;
}

function send(frame) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

function say(text) {
  const frame = { type: "message", client_msg_id: crypto.randomUUID(), text };
  chat.unacked.push(frame);
  keep();
  show(frame.client_msg_id, "customer", text).classList.add("pending");
  send(frame);
}

// What was typed stands in the window already; its own message only takes the place over.
function settle(clientId, messageId) {
  const line = shown.get(clientId);
  if (!line) return;
  line.classList.remove("pending");
  shown.delete(clientId);
  if (shown.has(messageId) && shown.get(messageId) !== line) line.remove();
  else shown.set(messageId, line);
}

function show(id, author, text, name) {
  if (shown.has(id)) return shown.get(id);
  const line = document.createElement("li");
  line.className = author;
  if (name) line.append(Object.assign(document.createElement("small"), { textContent: name }));
  line.append(document.createTextNode(text));
  shown.set(id, line);
  by("messages").append(line);
  line.scrollIntoView();
  return line;
}

function offer(choices) {
  by("choices").replaceChildren(
    ...choices.map((choice) => {
      const button = Object.assign(document.createElement("button"), { textContent: choice.label });
      button.onclick = () => {
        offer([]);
        say(choice.value);
      };
      return button;
    }),
  );
}

// Nothing that is written now would reach anybody; a new chat begins with an empty window.
function over(text) {
  isOver = true;
  sessionStorage.removeItem("chat");
  state(text);
  by("compose").hidden = by("leave").hidden = true;
  const again = Object.assign(document.createElement("button"), { textContent: "New chat" });
  again.onclick = () => location.reload();
  by("choices").replaceChildren(again);
}

function state(text) {
  by("state").textContent = text;
}

by("compose").onsubmit = (event) => {
  event.preventDefault();
  const text = by("text").value.trim();
  if (text) say(text);
  by("text").value = "";
};
by("leave").onclick = () => send({ type: "leave" });
chat.unacked.forEach((each) =>
  show(each.client_msg_id, "customer", each.text).classList.add("pending"),
);
setInterval(tellAgain, TELL_AGAIN);
document.addEventListener("visibilitychange", tellAgain);
connect();
