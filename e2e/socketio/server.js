// The chat of the Socket.IO tutorial: messages to all with an acknowledgement, connection state recovery, and the typing
// and presence of its chat example. A chat is a namespace, so that several can be tested side by side.
//
//   node server.js PORT

const { createServer } = require("node:http");
const { Server } = require("socket.io");

const http = createServer();
// Pings come often, so that a run meets some.
const io = new Server(http, { connectionStateRecovery: {}, pingInterval: 250, pingTimeout: 20000 });

const chats = io.of(/^\/chat-\w+$/);

chats.use((socket, next) => {
  if (socket.handshake.auth.username) next();
  else next(new Error("a username is needed"));
});

chats.on("connection", (socket) => {
  const chat = socket.nsp;
  if (!socket.recovered) {
    socket.data.username = socket.handshake.auth.username;
    socket.broadcast.emit("user joined", { username: socket.data.username, online: chat.sockets.size });
  }
  const username = socket.data.username;

  socket.on("chat message", (text, acknowledge) => {
    chat.emit("chat message", { username, text });
    if (acknowledge) acknowledge({ status: "ok" });
  });
  socket.on("photo", (bytes, caption) => socket.broadcast.emit("photo", { username, caption, bytes }));
  socket.on("typing", () => socket.broadcast.emit("typing", { username }));
  socket.on("stop typing", () => socket.broadcast.emit("stop typing", { username }));
  socket.on("kick", (name) => {
    for (const other of chat.sockets.values()) if (other.data.username === name) other.disconnect();
  });
  socket.on("disconnect", () => {
    socket.broadcast.emit("user left", { username, online: chat.sockets.size });
  });
});

http.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listening"));
