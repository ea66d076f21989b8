// A server of MCP over streamable HTTP that has one fault, which its second argument names; without one it has none. `json` and
// `resumed` are none either: an answer may be a body, and its stream may break off where it goes on when it is asked for.
const http = require('node:http')
const [port, fault] = process.argv.slice(2)
const sessions = new Map()
let made = 0

const event = (message, id) => `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`
const tell = (session, method, params) => session.listener?.write(event({ jsonrpc: '2.0', method, params }))

function result(session, { method, params }) {
  switch (method) {
    case 'initialize': return {
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {}, resources: { subscribe: true } },
      serverInfo: { name: 'wrong', version: '1.0.0' },
    }
    case 'tools/list': return { tools: [{ name: 'touch', inputSchema: { type: 'object' } }] }
    case 'tools/call':
      for (const other of sessions.values()) {
        if (other.watches || fault === 'told-to-all') tell(other, 'notifications/resources/updated', { uri: params.arguments.uri })
      }
      return { content: [{ type: 'text', text: 'touched' }] }
    case 'resources/subscribe': session.watches = true
    // falls through
    default: return {}
  }
}

function post(session, request, response) {
  const answer = { jsonrpc: '2.0', id: request.id, result: result(session, request) }
  const late = request.method === 'tools/list'
  if (late && fault === 'wrong-id') answer.id += 100
  if (late && fault === 'id-as-text') answer.id = String(answer.id)
  if (late && fault === 'accepted') return response.writeHead(202).end()
  if (late && fault === 'refused') return response.writeHead(500).end('out of order')
  if (late && fault === 'cut') return response.destroy()
  if (late && fault === 'no-json') return response.writeHead(200, { 'content-type': 'application/json' }).end('touched')
  response.setHeader('mcp-session-id', session.name)
  if (fault === 'json') return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  if (late && fault === 'stream-ended') return response.end(': nothing\n\n')
  if (late && ['resumed', 'resumed-elsewhere'].includes(fault)) {
    session.kept = fault === 'resumed' ? event(answer, 'b') : ''
    return response.end('retry: 20\nid: a\ndata:\n\n')
  }
  if (late && fault === 'second-result') response.write(event(answer))
  if (late && fault === 'broken') return response.end('data: {"jsonrpc": "2.0", "id"')
  response.end(event(answer))
}

http.createServer((request, response) => {
  let text = ''
  request.on('data', piece => (text += piece)).on('end', () => {
    const message = text && JSON.parse(text)
    let session = sessions.get(request.headers['mcp-session-id'])
    if (message.method === 'initialize') {
      session = { name: `s${++made}` }
      sessions.set(session.name, session)
    }
    if (!session && fault === 'session-ignored') session = { name: 'any' }
    if (!session) return response.writeHead(404).end('no such session')
    // The revision that was agreed on is said with everything behind the first request.
    if (message.method !== 'initialize' && !request.headers['mcp-protocol-version'] && fault !== 'session-ignored') {
      return response.writeHead(400).end('no mcp-protocol-version')
    }
    if (request.method === 'DELETE') {
      sessions.delete(session.name)
      session.listener?.end()
      return response.writeHead(204).end()
    }
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      if (request.headers['last-event-id'] === 'a') return response.end(session.kept)
      session.listener = response
      return
    }
    if (message.id === undefined) return response.writeHead(202).end()
    post(session, message, response)
  })
}).listen(port, '127.0.0.1')
