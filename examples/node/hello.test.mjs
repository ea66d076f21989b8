// node --test examples/node
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mock, withSeq } from './seqcheck.mjs';

// Browsers, and Node from version 22 on, have one of their own.
const WebSocket = globalThis.WebSocket ?? createRequire(import.meta.url)('ws');
const hello = join(dirname(fileURLToPath(import.meta.url)), 'hello.seq');

function client(url, greeting) {
  const socket = new WebSocket(`${url}/ws?name=Ann`);
  const say = (text) => socket.send(JSON.stringify({ type: 'message', text }));
  socket.onmessage = ({ data }) => (JSON.parse(data).type === 'connected' ? say(greeting) : socket.close(1000));
}

test('a client that does as it is drawn passes', async () => {
  const server = await mock(hello);
  client(server.url, 'hello');
  assert.match(await server.verdict(), /1 passed/);
  assert.deepEqual(Object.keys(server.urls), ['Server']);
});

test('a client that says something else fails, with what it said', async () => {
  const server = await mock(hello, '--timeout', '2s');
  client(server.url, 'hallo');
  await assert.rejects(server.verdict(), /wrong payload/);
});

test('what cannot be played is told at once', async () => {
  await assert.rejects(mock('no-such.seq'), /seqcheck ended with 2/);
});

test('Playwright has it as a fixture', async () => {
  const { server } = withSeq({ extend: (fixtures) => fixtures });
  const passed = { status: 'passed', expectedStatus: 'passed' };
  await server({ seq: hello }, async ({ url }) => client(url, 'hello'), passed);
  const used = server({ seq: hello }, async ({ url }) => client(url, 'hallo'), passed);
  await assert.rejects(used, /wrong payload/);
});
