// A page's client on the package `eventsource`: it asks again with the id of the last event. The package does not keep a
// process alive while it waits for that, and a page has something else that does.
const { EventSource } = require('eventsource');
const authorized = (input, init) =>
  fetch(input, { ...init, headers: { ...init.headers, authorization: 'Bearer token' } });
const base = process.env.SEQCHECK_URL.replace('ws:', 'http:');
const source = new EventSource(`${base}/events?topic=news`, { fetch: authorized });
const page = setInterval(() => {}, 1000);
source.addEventListener('headline', ({ data }) => {
  if (JSON.parse(data) !== 'two') return;
  source.close();
  clearInterval(page);
});
