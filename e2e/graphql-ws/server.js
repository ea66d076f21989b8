// A chat in GraphQL, served by graphql-ws over ws: a query, a mutation, two subscriptions.
//
//   node server.js PORT

const { buildSchema } = require("graphql");
const { useServer } = require("graphql-ws/use/ws");
const { WebSocketServer } = require("ws");

const schema = buildSchema(`
  type Message { from: String!, text: String! }
  type Presence { user: String!, online: Boolean! }
  type Query { history(room: String!): [Message!]! }
  type Mutation { say(room: String!, text: String!): Int! }
  type Subscription { message(room: String!): Message!, presence(room: String!): Presence! }
`);

const histories = new Map();
const listeners = new Map();

const history = (room) => histories.get(room) ?? histories.set(room, []).get(room);
const topic = (name) => listeners.get(name) ?? listeners.set(name, new Set()).get(name);
const publish = (name, value) => [...topic(name)].forEach((listener) => listener.push(value));

// What is published on a topic from now on; `ended` is called once, when nobody listens any more.
function follow(name, ended = () => {}) {
  const queue = [];
  let wake = null;
  let over = false;
  const listener = {
    push(value) {
      if (wake) { const { resolve } = wake; wake = null; resolve({ value, done: false }); }
      else queue.push(value);
    },
  };
  topic(name).add(listener);
  return {
    [Symbol.asyncIterator]() { return this; },
    next() {
      if (over) return Promise.resolve({ value: undefined, done: true });
      if (queue.length) return Promise.resolve({ value: queue.shift(), done: false });
      return new Promise((resolve) => { wake = { resolve }; });
    },
    return() {
      if (!over) {
        over = true;
        topic(name).delete(listener);
        wake?.resolve({ value: undefined, done: true });
        ended();
      }
      return Promise.resolve({ value: undefined, done: true });
    },
  };
}

const roots = {
  history: ({ room }) => history(room),
  say({ room, text }, { user }) {
    if (!text.trim()) throw new Error("nothing is said");
    const message = { from: user, text };
    publish(`message ${room}`, { message });
    return history(room).push(message);
  },
  message: ({ room }) => follow(`message ${room}`),
  presence({ room }, { user }) {
    publish(`presence ${room}`, { presence: { user, online: true } });
    return follow(`presence ${room}`, () => publish(`presence ${room}`, { presence: { user, online: false } }));
  },
};

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), path: "/graphql" });
useServer(
  {
    schema,
    roots: { query: roots, mutation: roots, subscription: roots },
    connectionInitWaitTimeout: 300,
    onConnect: ({ connectionParams }) => connectionParams?.user !== "nobody",
    context: ({ connectionParams }) => ({ user: connectionParams?.user ?? "anonymous" }),
  },
  server,
);
server.on("listening", () => console.log("listening"));
