// An agent of the SDK. What it does in a turn is what the prompt says; its argument is what it does of its own accord behind
// the initialization, `form` or `url`, or `stored`: it knows two sessions of earlier days.
const { randomUUID } = require('node:crypto')
const { Readable, Writable } = require('node:stream')

const does = process.argv[2]
const sessions = new Map()
if (does === 'stored') {
  sessions.set('empty', { cwd: '/', history: [] })
  sessions.set('told', { cwd: '/', history: [['user', 'hello'], ['agent', 'Hello.']] })
}

const text = text => ({ type: 'text', text })
const options = [
  { optionId: 'allow', name: 'Allow', kind: 'allow_once' },
  { optionId: 'reject', name: 'Reject', kind: 'reject_once' },
]

// A turn of a session: `tell` is one update of it, `say` one with words, `ask` a request to the client.
function turn(client, sessionId, history) {
  const stop = new AbortController()
  const tell = update => client.notify('session/update', { sessionId, update })
  const say = async (words, who = 'agent') => {
    await tell({ sessionUpdate: `${who}_message_chunk`, content: text(words) })
    history.push([who, words])
  }
  const ask = (method, params, options) => client.request(method, { sessionId, ...params }, options)
  return { stop, tell, say, ask, stopped: new Promise(done => stop.signal.addEventListener('abort', done)) }
}

// What a turn does; what it returns is why it has ended.
const turns = {
  async hello({ say }) {
    await say('Hello.')
  },
  async edit({ tell, say, ask }) {
    const toolCallId = 'call-1'
    await tell({ sessionUpdate: 'plan', entries: [{ content: 'edit', priority: 'high', status: 'pending' }] })
    await say('I shall edit.')
    await tell({ sessionUpdate: 'tool_call', toolCallId, title: 'edit', kind: 'edit', status: 'pending' })
    const { outcome } = await ask('session/request_permission', { toolCall: { toolCallId }, options })
    if (outcome.outcome === 'cancelled') return 'cancelled'
    const steps = outcome.optionId === 'allow' ? ['in_progress', 'completed'] : ['failed']
    for (const status of steps) await tell({ sessionUpdate: 'tool_call_update', toolCallId, status })
  },
  async wait({ say, stopped }) {
    await say('I wait.')
    await stopped
    return 'cancelled'
  },
  async note({ say, ask }) {
    const { content } = await ask('fs/read_text_file', { path: '/note' })
    await ask('fs/write_text_file', { path: '/copy', content })
    await say('Copied.')
  },
  async run({ say, ask }) {
    const { terminalId } = await ask('terminal/create', { command: 'true' })
    const { exitCode } = await ask('terminal/wait_for_exit', { terminalId })
    const { output } = await ask('terminal/output', { terminalId })
    await ask('terminal/release', { terminalId })
    await say(`${exitCode}: ${output}`)
  },
  // Two requests at once, both of which are cancelled with the turn.
  async 'Analyze file X'({ say, ask, stop }) {
    const bound = { cancellationSignal: stop.signal }
    await say('I look at it.')
    await Promise.allSettled([
      ask('terminal/create', { command: 'grep', args: ['pattern', 'file.txt'] }, bound),
      ask('session/request_permission', { toolCall: { toolCallId: 'call-1' }, options }, bound),
    ])
    return 'cancelled'
  },
}

async function main() {
  const { agent, ndJsonStream, RequestError } = await import(require.resolve('@agentclientprotocol/sdk'))
  const running = new Map()
  const known = id => {
    if (!sessions.has(id)) throw RequestError.invalidParams(undefined, `no session ${id}`)
    return sessions.get(id)
  }
  const later = task => setImmediate(() => task().catch(error => console.error(error)))

  agent({ name: 'suite' })
    .onRequest('initialize', ({ client }) => {
      if (does === 'form') {
        const requestedSchema = { type: 'object', properties: {} }
        later(() => client.request('elicitation/create', { requestId: 0, mode: 'form', message: 'who?', requestedSchema }))
      }
      if (does === 'url') {
        const asked = { requestId: 0, mode: 'url', message: 'who?', url: 'http://127.0.0.1/', elicitationId: 'e1' }
        later(async () => {
          await client.request('elicitation/create', asked)
          await client.notify('elicitation/complete', { elicitationId: 'e1' })
        })
      }
      return {
        protocolVersion: 1,
        agentCapabilities: { loadSession: true, sessionCapabilities: { list: {}, delete: {}, resume: {}, close: {} } },
        agentInfo: { name: 'suite', version: '1.0.0' },
        authMethods: [{ id: 'word', name: 'a word' }],
      }
    })
    .onRequest('authenticate', () => ({}))
    .onRequest('logout', () => ({}))
    .onRequest('session/new', ({ params }) => {
      const sessionId = randomUUID()
      sessions.set(sessionId, { cwd: params.cwd, history: [] })
      return { sessionId }
    })
    .onRequest('session/load', async ({ params, client }) => {
      const { history } = known(params.sessionId)
      const { say } = turn(client, params.sessionId, [])
      for (const [who, words] of history) await say(words, who)
      return {}
    })
    .onRequest('session/resume', ({ params }) => known(params.sessionId) && {})
    .onRequest('session/close', ({ params }) => known(params.sessionId) && {})
    .onRequest('session/list', () => ({
      sessions: [...sessions].map(([sessionId, { cwd }]) => ({ sessionId, cwd })),
    }))
    .onRequest('session/delete', ({ params }) => {
      sessions.delete(params.sessionId)
      return {}
    })
    .onRequest('session/prompt', async ({ params: { sessionId, prompt }, client }) => {
      const { history } = known(sessionId)
      const own = turn(client, sessionId, history)
      history.push(['user', prompt[0].text])
      running.set(sessionId, own)
      return { stopReason: (await (turns[prompt[0].text] ?? turns.hello)(own)) ?? 'end_turn' }
    })
    .onNotification('session/cancel', ({ params }) => running.get(params.sessionId)?.stop.abort())
    .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)))
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
