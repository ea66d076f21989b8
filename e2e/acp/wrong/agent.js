// An agent of ACP that has one fault, which its first argument names; without one it has none.
const fault = process.argv[2]
const has = name => fault === name
const session = 's1'
const say = message => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n')
const answer = (id, result) => say({ id, result })
const tell = (update, sessionId = session) => say({ method: 'session/update', params: { sessionId, update } })
const words = (text, sessionId) => tell({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } }, sessionId)
const end = (id, stopReason = 'end_turn') => answer(id, { stopReason })
const completed = () => tell({ sessionUpdate: 'tool_call_update', toolCallId: 'c1', status: 'completed' })

const options = [{ optionId: 'allow', name: 'Allow', kind: has('unknown-kind') ? 'maybe' : 'allow_once' }]
let editing
let waiting

function finish() {
  if (has('update-after-result')) {
    end(editing)
    return completed()
  }
  if (!has('permission-not-awaited')) completed()
  end(editing, has('unknown-reason') ? 'done' : 'end_turn')
  if (has('second-result')) end(editing)
}

function edit(id) {
  editing = id
  words('I shall edit.', has('unknown-session') ? 's2' : session)
  if (has('never-asks')) return finish()
  const params = { sessionId: session, toolCall: { toolCallId: 'c1' }, options }
  say({ id: 'p1', method: 'session/request_permission', params })
  if (has('permission-not-awaited')) completed()
}

function prompted(id, text) {
  switch (text) {
    case 'edit': return edit(id)
    case 'wait':
      waiting = id
      return words('I wait.')
    default:
      if (has('ends')) {
        process.stderr.write('no model left\n')
        return process.exit(3)
      }
      if (has('chatter')) process.stdout.write('thinking\n')
      if (has('mute')) return
      words('Hello.')
      end(id)
  }
}

function heard({ id, method, params, result }) {
  switch (method) {
    case 'initialize': return answer(id, { protocolVersion: has('unknown-version') ? '1' : 1, agentCapabilities: {} })
    case 'session/new': return answer(id, has('no-session-id') ? {} : { sessionId: session })
    case 'session/prompt': return prompted(id, params.prompt[0].text)
    case 'session/cancel':
      if (has('cancel-ignored')) return
      return end(waiting, has('cancelled-as-end-turn') ? 'end_turn' : 'cancelled')
    case undefined: if (result) finish()
  }
}

require('node:readline').createInterface({ input: process.stdin }).on('line', line => heard(JSON.parse(line)))
