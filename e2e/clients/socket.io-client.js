// A client on the package `socket.io-client`: it answers, comes back with what it had last, and leaves.
const { io } = require('socket.io-client');
const socket = io(`${process.env.SEQCHECK_URL}/chat-r1`, {
  transports: ['websocket'],
  auth: { username: 'Ann' },
  reconnectionDelay: 50,
  reconnectionDelayMax: 100,
});
let bytes;
socket.on('photo', (photo) => (bytes = photo.bytes));
socket.on('chat message', async ({ text }) => {
  if (text === 'hello') {
    const { status } = await socket.emitWithAck('chat message', 'hello yourself');
    if (status !== 'ok') throw new Error(status);
  }
  if (text === 'bye') {
    if (Buffer.compare(bytes, Buffer.from([0, 255])) !== 0) throw new Error('these are other bytes');
    socket.disconnect();
  }
});
