import type { Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { RunEnvironment } from '../job/run-environment.ts';
import { createNotifier } from '../notify/create-notifier.ts';
import type { EventDefinition, TemplateDefinition } from '../notify/notifier.ts';
import { code, footer, opening, page, paragraph } from '../notify/templates/mail-parts.ts';
import type { RecordHead } from './head.ts';

/** One message a day to whom `head_to` names, where it names somebody. */
export const recordHeadEvent: EventDefinition = {
  code: 'RECORD_HEAD',
  name: 'Record head',
  description: 'The hash over everything that opsdeck-jobs has recorded, once a day, to head_to.',
  channels: ['email'],
  daysOffset: 0,
  audience: { words: 'the address in head_to', recipients: [] },
};

const subject = 'Record head of {{ day }}';

export const headTemplate: TemplateDefinition = {
  name: 'Record Head',
  category: 'system',
  subject,
  bodyHtml: page(
    'good',
    subject,
    'Keep this mail: it proves what was recorded up to this day',
    `${opening(
      'Record head of {{ day }}',
      'Keep this mail: with it, every later change of what was recorded up to this day is found.',
      [
        paragraph(`sha256 ${code('{{ hash }}')}`),
        paragraph(`To check: ${code('opsdeck-jobs verify --head {{ hash }}')}`),
      ],
    )}
${footer('You get this mail because the setting head_to of opsdeck-jobs names you.')}`,
  ),
};

/** In the transaction of the head. */
export async function queueHead(
  trx: Transaction<Database>,
  { database, config, zones }: RunEnvironment,
  { head, runId, job }: { readonly head: RecordHead; readonly runId: string; readonly job: string },
): Promise<void> {
  if (config.headTo === undefined) return;
  const { clock } = database;
  const notifier = createNotifier({
    ...{ jobName: job, runId, clock, zones, dryRun: false },
    routings: config.notifications,
  });
  await notifier.enqueue(trx, {
    event: recordHeadEvent,
    template: headTemplate,
    recipients: [{ kind: 'address', email: config.headTo }],
    targetType: 'record_head',
    targetId: head.number,
    context: { day: head.day, hash: head.hash, number: head.number },
    notice: {
      severity: 'info',
      state: 'open',
      thread: `record_head:${head.day}`,
      url: null,
      items: [
        {
          type: 'record_head',
          id: head.hash,
          name: head.day,
          text: `sha256 ${head.hash}`,
          severity: 'info',
          url: null,
        },
      ],
      items_total: 1,
    },
    dedupeKey: `record_head:${head.day}`,
  });
}
