// A server of MCP that has one fault, which its first argument names; without one it has none.
const fault = process.argv[2]
const say = message => process.stdout.write(JSON.stringify(message) + '\n')
const tell = (method, params) => say({ jsonrpc: '2.0', method, params })
const answer = (id, result) => say({ jsonrpc: '2.0', id, result })
const changed = () => tell('notifications/tools/list_changed')

function list(id) {
  const result = { tools: [{ name: 'count', inputSchema: { type: 'object' } }] }
  switch (fault) {
    case 'wrong-id': return answer(id + 100, result)
    case 'id-as-text': return answer(String(id), result)
    case 'result-and-error':
      return say({ jsonrpc: '2.0', id, result, error: { code: -32603, message: 'both' } })
    case 'neither': return say({ jsonrpc: '2.0', id })
    case 'no-version': return say({ id, result })
    case 'mute': return
    case 'ends':
      process.stderr.write('no room left\n')
      return process.exit(3)
    case 'huge': return answer(id, { tools: [], pad: 'x'.repeat(50 << 20) })
    case 'error': return say({ jsonrpc: '2.0', id, error: { code: -32603, message: 'no list' } })
    case 'second-result': answer(id, result)
    // falls through
    default: return answer(id, result)
  }
}

function count(id, { to }, token) {
  const progress = at => tell('notifications/progress', { progressToken: token, progress: at, total: to })
  const steps = fault === 'progress-back' ? [2, 1] : [1, 2]
  const result = { content: [{ type: 'text', text: String(to) }] }
  if (fault === 'progress-after-result') {
    progress(1)
    answer(id, result)
    return progress(2)
  }
  steps.forEach(progress)
  answer(id, result)
}

// 20,000 a second.
function flood() {
  for (let at = 0; at < 100; at++) tell('notifications/resources/updated', { uri: 'demo:flood' })
}

function heard({ id, method, params }) {
  switch (method) {
    case 'initialize':
      answer(id, {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: { listChanged: true } },
        serverInfo: { name: 'wrong', version: '1.0.0' },
      })
      if (fault === 'before-initialized') changed()
      return
    case 'notifications/initialized':
      if (!['before-initialized', 'never-changed'].includes(fault)) changed()
      return
    case 'tools/list': return list(id)
    case 'tools/call':
      return params.name === 'count' ? count(id, params.arguments, params._meta.progressToken) : undefined
    case 'notifications/cancelled':
      if (fault === 'cancelled-answered') answer(params.requestId, { content: [] })
      return
    case 'ping':
      if (fault === 'chatter') process.stdout.write('pinged\n')
      answer(id, {})
      if (fault === 'flood') setInterval(flood, 5)
  }
}

require('node:readline').createInterface({ input: process.stdin }).on('line', line => heard(JSON.parse(line)))
