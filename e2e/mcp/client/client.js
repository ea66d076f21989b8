// A client of the SDK, whose server is drawn. What it is told goes to standard output.
const { Client } = require('@modelcontextprotocol/sdk/client/index.js')
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js')

async function main() {
  const client = new Client({ name: 'suite', version: '1.0.0' })
  const server = new StdioClientTransport({ command: process.argv[2], args: process.argv.slice(3), stderr: 'inherit' })
  await client.connect(server)
  const { tools } = await client.listTools()
  const both = [{ message: 'one' }, { message: 'two' }].map(args => client.callTool({ name: 'echo', arguments: args }))
  const results = await Promise.allSettled(both)
  console.log(tools.length, JSON.stringify(results.map(each => each.value?.content[0].text ?? each.reason.code)))
  await client.close()
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
