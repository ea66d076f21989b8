// A sequence diagram as the server of a test. In node:test, with `await using`, or by hand:
//
//   const server = await mock('chat.seq');
//   …the client under test dials server.url…
//   await server.verdict();            // throws what seqcheck found
//
// In Playwright: `export const test = withSeq(base)`, then `test.use({ seq: 'chat.seq' })` and the fixture `server`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const PROGRAM = process.env.SEQCHECK ?? 'seqcheck';
const LISTENS = /: (.+) listens at (\S+)$/gm;

/** Plays the server of a diagram until its client is through. `flags` are those of `seqcheck mock`. */
export async function mock(file, ...flags) {
  const child = spawn(PROGRAM, ['mock', file, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const told = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (told.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (told.err += text));
  const ended = once(child, 'close').then(([code]) => code);
  // `urls` has the address of every lifeline that listens, `url` that of the first.
  const urls = {};
  while (Object.keys(urls).length === 0) {
    const code = await Promise.race([once(child.stderr, 'data').then(() => null), ended]);
    if (code !== null) throw new Error(`seqcheck ended with ${code}:\n${told.err}${told.out}`);
    for (const [, name, url] of told.err.matchAll(LISTENS)) urls[name] = url;
  }
  let judged;
  const verdict = () =>
    (judged ??= ended.then((code) => {
      if (code !== 0) throw new Error(`seqcheck ended with ${code}:\n${told.out}${told.err}`);
      return told.out;
    }));
  const stop = () => child.kill('SIGTERM');
  return { url: Object.values(urls)[0], urls, verdict, stop, [Symbol.asyncDispose ?? Symbol('dispose')]: verdict };
}

/** A Playwright `test` with the option `seq`, a diagram, and the fixture `server`, which is judged when the test is over. */
export const withSeq = (base) =>
  base.extend({
    seq: ['', { option: true }],
    server: async ({ seq }, use, info) => {
      const server = await mock(seq);
      await use(server);
      // A test that has failed by itself says why by itself.
      if (info.status !== info.expectedStatus) return server.stop();
      await server.verdict();
    },
  });
