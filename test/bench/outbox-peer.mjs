// A mail server and an HTTP server that take everything, in a process of their own; says its ports as one line of JSON.
import { createServer } from 'node:http';
import { SMTPServer } from 'smtp-server';

const counts = { mails: 0, posts: 0 };
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  logger: false,
  onData: (stream, _session, done) => {
    stream.on('end', () => {
      counts.mails += 1;
      done(null);
    });
    stream.resume();
  },
});
smtp.on('error', () => undefined);
const http = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify(counts));
    return;
  }
  request.on('end', () => {
    counts.posts += 1;
    response.writeHead(204).end();
  });
  request.resume();
});
const smtpPort = await new Promise((resolve) => {
  const server = smtp.listen(0, '127.0.0.1', () => resolve(server.address().port));
});
const httpPort = await new Promise((resolve) => {
  http.listen(0, '127.0.0.1', () => resolve(http.address().port));
});
process.stdout.write(`${JSON.stringify({ smtpPort, httpPort })}\n`);
