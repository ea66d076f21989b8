// A client on the package `graphql-ws`.
const { createClient } = require('graphql-ws');
const client = createClient({
  url: `${process.env.SEQCHECK_URL}/graphql`,
  webSocketImpl: require('ws'),
  connectionParams: { user: 'Ann' },
  lazy: false,
  onNonLazyError: () => {},
  generateID: () => 'q1',
});
client.subscribe({ query: '{hello}' }, { next() {}, error() {}, complete: () => client.dispose() });
