// A client of the SDK, whose server is drawn. What it is told goes to standard output.
const { Client } = require('@modelcontextprotocol/sdk/client/index.js')
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js')
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js')

async function main() {
  const client = new Client({ name: 'suite', version: '1.0.0' })
  const [command, ...args] = process.argv.slice(2)
  const server = command.startsWith('http:')
    ? new StreamableHTTPClientTransport(new URL(command))
    : new StdioClientTransport({ command, args, stderr: 'inherit' })
  await client.connect(server)
  const { tools } = await client.listTools()
  const both = [{ message: 'one' }, { message: 'two' }].map(args => client.callTool({ name: 'echo', arguments: args }))
  const results = await Promise.allSettled(both)
  console.log(tools.length, JSON.stringify(results.map(each => each.value?.content[0].text ?? each.reason.code)))
  if (server.terminateSession) await server.terminateSession()
  await client.close()
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
