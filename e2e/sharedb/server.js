// ShareDB with its database in memory: documents of the type json0, and presence.
//
//   node server.js PORT

const ShareDB = require("sharedb");
const { WebSocketServer } = require("ws");
const WebSocketJSONStream = require("@teamwork/websocket-json-stream");

const backend = new ShareDB({ presence: true, doNotForwardSendPresenceErrorsToClient: true });

// Documents of the collection `locked` may be read, not written.
backend.use("apply", (context, next) => {
  if (context.collection.startsWith("locked")) next(new ShareDB.Error("ERR_LOCKED", "this collection is locked"));
  else next();
});

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]) });
server.on("connection", (socket) => {
  const stream = new WebSocketJSONStream(socket);
  // Without this, one edit on its way to a client that drops ends the process: docs/servers.md.
  stream.on("error", () => {});
  backend.listen(stream);
});
server.on("listening", () => console.log("listening"));
