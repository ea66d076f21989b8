// A client on the package `reconnecting-websocket`: it dials again when its connection ends.
const ReconnectingWebSocket = require('reconnecting-websocket');
const options = { WebSocket: require('ws'), minReconnectionDelay: 50, maxReconnectionDelay: 100 };
const socket = new ReconnectingWebSocket(`${process.env.SEQCHECK_URL}/ws?name=Ann`, [], options);
socket.addEventListener('message', ({ data }) => {
  const { type } = JSON.parse(data);
  if (type === 'connected') socket.send(JSON.stringify({ type: 'message', text: 'here' }));
  if (type === 'message') socket.close(1000);
});
