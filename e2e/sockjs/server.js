// A chat over SockJS: rooms, presence, words. A client that nobody has a use for is told so.
//
//   node server.js PORT

const { createServer } = require("node:http");
const sockjs = require("sockjs");

// Heartbeats come often, so that a run meets some.
const chat = sockjs.createServer({ heartbeat_delay: 250, log: () => {} });
const rooms = new Map();

chat.on("connection", (client) => {
  let name;
  let room;
  const tell = (message) => client.write(JSON.stringify(message));
  const tellAll = (message) => rooms.get(room).forEach((member) => member.write(JSON.stringify(message)));
  const leave = () => {
    if (!room) return;
    rooms.get(room).delete(client);
    tellAll({ type: "left", who: name, there: rooms.get(room).size });
    if (rooms.get(room).size === 0) rooms.delete(room);
    room = undefined;
  };
  const verbs = {
    join(message) {
      if (room) return tell({ type: "error", why: "already in a room" });
      ({ name, room } = message);
      if (!rooms.has(room)) rooms.set(room, new Set());
      rooms.get(room).add(client);
      tellAll({ type: "joined", who: name, there: rooms.get(room).size });
    },
    say(message) {
      if (!room) return tell({ type: "error", why: "in no room" });
      tellAll({ type: "said", who: name, text: message.text });
    },
    leave() {
      leave();
      tell({ type: "bye" });
    },
    quit: () => client.close(3001, "as you wish"),
    ping: (message) => tell({ type: "pong", nonce: message.nonce }),
  };
  client.on("data", (text) => {
    const message = JSON.parse(text);
    if (verbs[message.do]) verbs[message.do](message);
    else tell({ type: "error", why: `what is ${message.do}?` });
  });
  client.on("close", leave);
});

const http = createServer((_, response) => response.writeHead(404).end());
chat.installHandlers(http, { prefix: "/chat" });
http.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listening"));
