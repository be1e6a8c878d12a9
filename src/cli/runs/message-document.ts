import type { StoredMessage } from '../../notify/outbox/stored-messages.ts';

/** A message as `messages list --json` prints it. Times are ISO 8601 UTC. */
export function messageDocument(message: StoredMessage): Readonly<Record<string, unknown>> {
  return {
    number: message.communication_id,
    id: message.id,
    state: message.state,
    channel: message.channel,
    destination: message.destination,
    recipient_name: message.recipient_name,
    template: message.template,
    origin: message.origin,
    job: message.job,
    run_id: message.run_id,
    event: message.event_code,
    target: { type: message.target_type, id: message.target_id },
    due_at: message.due_at.toISOString(),
    expires_at: message.expires_at?.toISOString() ?? null,
    attempts: message.attempts,
    failures: message.failures,
    next_attempt_at: message.next_attempt_at?.toISOString() ?? null,
    possible_repeat: message.possible_repeat,
    code: message.code,
    reason: message.reason,
    provider_id: message.provider_id,
    finished_at: message.finished_at?.toISOString() ?? null,
  };
}
