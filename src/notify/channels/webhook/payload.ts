import { z } from 'zod';
import type { OutgoingPost } from '../../delivery/outcome.ts';
import { type Notice, noticeSchema } from '../../notice.ts';

/** What a webhook is sent: OpsDeck's shape, and what the message is about as data. Fields may be added; `schema` counts other changes. */
export const webhookPayloadSchema = z.object({
  schema: z.literal(1),
  event: z.string().describe('Code of the notification event, or EVENT_RULE_ and the id of the rule.'),
  timestamp: z.iso.datetime().describe('When the message was queued or fell due.'),
  message_id: z.uuid().describe('The same on every attempt, as in the header webhook-id.'),
  communication_id: z.int(),
  run: z
    .object({ job: z.string(), id: z.uuid() })
    .nullable()
    .describe('The run that queued it; null: OpsDeck queued it.'),
  ...noticeSchema.shape,
  data: z.object({
    target_type: z.string(),
    target_id: z.int(),
    subject: z.string(),
    recipient_email: z.string().nullable(),
    recipient_name: z.string().nullable(),
  }),
});

type WebhookPayload = z.output<typeof webhookPayloadSchema>;

/** OpsDeck's timestamp has an offset and a `Z`, which nothing can parse. */
export function webhookPayload(post: OutgoingPost): WebhookPayload {
  const { items, ...notice } = post.notice ?? noticeOfTarget(post);
  return {
    schema: 1,
    event: post.event,
    timestamp: post.createdAt.toISOString(),
    message_id: post.id,
    communication_id: post.communicationId,
    run: post.run,
    ...notice,
    items: [...items],
    data: {
      target_type: post.targetType,
      target_id: post.targetId,
      subject: post.subject,
      recipient_email: post.recipientEmail,
      recipient_name: post.recipientName,
    },
  };
}

/** Of OpsDeck's own messages no more is known than what they are about. */
function noticeOfTarget({ targetType, targetId, subject, event }: OutgoingPost): Notice {
  return {
    severity: null,
    state: 'open',
    thread: `${event}:${targetType}:${targetId}`,
    url: null,
    items: [{ type: targetType, id: targetId, name: subject, text: '', severity: null, url: null }],
    items_total: 1,
  };
}
