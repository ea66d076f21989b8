// A client on the package `mqtt`, over WebSocket: it says back what it is told.
const mqtt = require('mqtt');
const client = mqtt.connect(`${process.env.SEQCHECK_URL}/mqtt`, { clientId: 'Ann', reconnectPeriod: 0 });
client.on('connect', () => client.subscribe('chat/r1/news', { qos: 2 }));
client.on('message', (topic, payload, { qos }) => {
  const text = payload.toString();
  if (text === 'bye') client.end();
  else client.publish('chat/r1/answers', text, { qos });
});
