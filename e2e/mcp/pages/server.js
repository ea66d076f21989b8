// A server of the SDK that does what the diagrams of the specification's pages show. Its argument is what it does of its own
// accord behind the initialization: `sampling`, `elicitation`, or nothing.
const { Server } = require('@modelcontextprotocol/sdk/server/index.js')
const { StdioServerTransport } = require('@modelcontextprotocol/sdk/server/stdio.js')
const types = require('@modelcontextprotocol/sdk/types.js')

const server = new Server(
  { name: 'pages', version: '1.0.0' },
  { capabilities: { tools: { listChanged: true }, resources: { subscribe: true }, prompts: { listChanged: true }, logging: {} } },
)
// What follows upon an answer follows behind it.
const later = task => setImmediate(() => task().catch(error => console.error(error)))
const tell = (method, params) => server.notification({ method, params })

server.setRequestHandler(types.ListToolsRequestSchema, () => ({
  tools: [{ name: 'work', inputSchema: { type: 'object' } }],
}))
server.setRequestHandler(types.CallToolRequestSchema, async ({ params }) => {
  const progressToken = params._meta?.progressToken
  if (progressToken === undefined) {
    later(() => server.sendToolListChanged())
  } else {
    for (const progress of [0.2, 0.6, 1]) await tell('notifications/progress', { progressToken, progress, total: 1 })
  }
  return { content: [{ type: 'text', text: 'done' }] }
})
server.setRequestHandler(types.ListResourcesRequestSchema, () => ({ resources: [{ uri: 'page:1', name: 'one' }] }))
server.setRequestHandler(types.ListResourceTemplatesRequestSchema, () => ({
  resourceTemplates: [{ uriTemplate: 'page:{n}', name: 'any' }],
}))
server.setRequestHandler(types.ReadResourceRequestSchema, ({ params }) => ({
  contents: [{ uri: params.uri, text: 'a page' }],
}))
server.setRequestHandler(types.SubscribeRequestSchema, ({ params }) => {
  later(() => server.sendResourceUpdated({ uri: params.uri }))
  return {}
})
server.setRequestHandler(types.SetLevelRequestSchema, ({ params }) => {
  const levels = params.level === 'info' ? ['info', 'warning', 'error'] : []
  later(async () => {
    for (const level of levels) await tell('notifications/message', { level, data: 'a word' })
  })
  return {}
})
server.oninitialized = () => {
  if (process.argv[2] === 'sampling') {
    const messages = [{ role: 'user', content: { type: 'text', text: 'a word?' } }]
    later(() => server.createMessage({ messages, maxTokens: 7 }))
  }
  if (process.argv[2] === 'elicitation') {
    later(() => server.elicitInput({ message: 'who?', requestedSchema: { type: 'object', properties: {} } }))
  }
}
server.connect(new StdioServerTransport())
