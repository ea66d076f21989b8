// A client on the package `ws`.
const WebSocket = require('ws');
const socket = new WebSocket(`${process.env.SEQCHECK_URL}/ws?name=Ann`);
const say = (text) => socket.send(JSON.stringify({ type: 'message', text }));
socket.on('message', (raw) => {
  const { type } = JSON.parse(raw);
  if (type === 'connected') say('hello');
  if (type === 'message') {
    say('bye');
    socket.close(1000);
  }
});
