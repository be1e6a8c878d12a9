import { pageOf } from '../../src/notify/notice.ts';
import type { OutgoingMessage } from '../../src/notify/notifier.ts';
import { typedControl } from './controls/typed-control.ts';
import {
  type AlertedCheck,
  type AlertedControl,
  byControl,
  byFramework,
  listed,
  nameOf,
  noticeOf,
  toAdministrators,
} from './alert-message.ts';
import { evaluationTemplate } from './alert-template.ts';

/** A control that could not be evaluated. */
export interface AlertedUnknown extends AlertedControl {
  readonly controlKey: number;
  /** A phrase for people. */
  readonly reason: string;
}

export interface EvaluationAlertInput extends AlertedCheck {
  /** Those that can be named, perhaps not all. */
  readonly unknown: readonly AlertedUnknown[];
  /** How many there are. */
  readonly unknownControls: number;
  /** Controls that are applicable, the unknown ones included. */
  readonly applicable: number;
  /** The share that is tolerated, 0 to 1. */
  readonly limit: number;
}

/** To every administrator, once a run: too much could not be evaluated for the result to mean much. */
export function evaluationAlert(input: EvaluationAlertInput): OutgoingMessage {
  const named = input.unknown.toSorted(byControl).slice(0, listed);
  const notice = noticeOf(input, {
    severity: 'high',
    thread: 'evaluation',
    items: named.map((one) => ({
      type: 'control',
      id: one.controlId,
      name: nameOf(one),
      text: `cannot be evaluated: ${one.reason}`,
      severity: 'high',
      url: pageOf(input.appBaseUrl, `/frameworks/${one.frameworkId}`),
    })),
    items_total: input.unknownControls,
  });
  return toAdministrators('evaluation', evaluationTemplate, input, notice, {
    unknown: input.unknownControls,
    applicable: input.applicable,
    percent: percent(input.unknownControls / input.applicable),
    limit_percent: percent(input.limit),
    more: Math.max(0, input.unknownControls - named.length),
    groups: byFramework(named, (one) => ({
      reason: one.reason,
      typed: typedControl(one.controlId, one.controlKey, one.frameworkId),
    })),
  });
}

/** One decimal, and none that says nothing: 20, 20.5. */
function percent(share: number): number {
  return Math.round(share * 1000) / 10;
}
