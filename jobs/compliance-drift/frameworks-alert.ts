import { createHash } from 'node:crypto';
import { listedItems, pageOf } from '../../src/notify/notice.ts';
import type { OutgoingMessage } from '../../src/notify/notifier.ts';
import { count } from '../../src/text/count.ts';
import { type AlertedCheck, listed, noticeOf, toAdministrators } from './alert-message.ts';
import { frameworksTemplate } from './alert-template.ts';

export interface FrameworksAlertInput extends AlertedCheck {
  readonly frameworks: readonly {
    readonly frameworkId: number;
    readonly framework: string;
    /** A phrase for people. */
    readonly cause: string;
    readonly controls: number;
    readonly failing: number;
    readonly lastSnapshotId: number;
  }[];
}

/** To every administrator, once for each framework that is lost: its controls are no longer evaluated. */
export function frameworksAlert(input: FrameworksAlertInput): OutgoingMessage {
  const sum = (of: 'controls' | 'failing') => input.frameworks.reduce((total, one) => total + one[of], 0);
  const notice = noticeOf(input, {
    severity: 'high',
    thread: 'frameworks',
    items: input.frameworks.slice(0, listedItems).map((one) => ({
      type: 'framework',
      id: one.frameworkId,
      name: one.framework,
      text: `no longer evaluated: ${one.cause}; of ${count(one.controls, 'control')} ${one.failing} failed`,
      severity: 'high',
      url: pageOf(input.appBaseUrl, `/frameworks/${one.frameworkId}`),
    })),
    items_total: input.frameworks.length,
  });
  const message = toAdministrators('frameworks', frameworksTemplate, input, notice, {
    total: input.frameworks.length,
    controls: sum('controls'),
    failing: sum('failing'),
    more: Math.max(0, input.frameworks.length - listed),
    rows: input.frameworks.slice(0, listed).map((one) => ({
      framework: one.framework,
      framework_id: one.frameworkId,
      cause: one.cause,
      controls: one.controls,
      failing: one.failing,
    })),
  });
  // A run that stores no snapshot finds the same again.
  const key = input.frameworks.map((one) => `${one.frameworkId}@${one.lastSnapshotId}`).join(',');
  return {
    ...message,
    dedupeKey: `compliance-drift:frameworks:${createHash('sha256').update(key).digest('hex')}`,
  };
}
