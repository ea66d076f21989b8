// A client of the SDK, whose agent is drawn. What it is told goes to standard output.
const { spawn } = require('node:child_process')
const { Readable, Writable } = require('node:stream')

async function main() {
  const { client, ndJsonStream } = await import(require.resolve('@agentclientprotocol/sdk'))
  const child = spawn(process.argv[2], process.argv.slice(3), { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise(done => child.on('exit', done))
  const told = []
  const stream = ndJsonStream(Writable.toWeb(child.stdin), Readable.toWeb(child.stdout))
  await client({ name: 'suite' })
    .onRequest('session/request_permission', ({ params }) => ({
      outcome: { outcome: 'selected', optionId: params.options[0].optionId },
    }))
    .onNotification('session/update', ({ params, agent }) => {
      told.push(params.update.content.text)
      if (told.at(-1) === 'I wait.') return agent.notify('session/cancel', { sessionId: params.sessionId })
    })
    .connectWith(stream, async agent => {
      await agent.request('initialize', { protocolVersion: 1, clientCapabilities: {}, clientInfo: { name: 'suite', version: '1.0.0' } })
      const { sessionId } = await agent.request('session/new', { cwd: '/tmp', mcpServers: [] })
      for (const text of ['edit', 'wait']) {
        const { stopReason } = await agent.request('session/prompt', { sessionId, prompt: [{ type: 'text', text }] })
        told.push(stopReason)
      }
    })
  child.stdin.end()
  await ended
  console.log(JSON.stringify(told))
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
