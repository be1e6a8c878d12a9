import type { Place } from '../src/http/site/place.ts';
import { firstDay, lastDay } from '../src/time/month.ts';

/*
 * The pages of a daemon for people, as the read-only commands that they show. Each belongs to a list or report of the command line, which
 * has the same words, limits and errors.
 */

const toRun = { run: '/runs/', job: '/jobs/' };
const toItem = { item: '/expiry/' };
const toControl = { control: '/controls/', id: '/controls/' };

export const places: readonly Place[] = [
  {
    path: '/',
    title: 'What needs a person now',
    menu: 'Now',
    commands: () => [{ args: ['status'] }],
  },
  {
    path: '/jobs',
    title: 'Jobs',
    menu: 'Jobs',
    commands: () => [{ args: ['list'], links: { job: '/jobs/' } }],
  },
  {
    path: '/runs',
    title: 'Runs',
    menu: 'Runs',
    commands: () => [{ args: ['runs', 'list', '--limit', '100'], links: toRun, paged: true }],
  },
  { path: '/runs/:id', title: 'Run', commands: (id) => [{ args: ['runs', 'show', id] }] },
  {
    path: '/jobs/:id',
    title: 'Job',
    commands: (id) => [{ args: ['runs', 'list', id, '--limit', '50'], links: toRun, paged: true }],
  },
  {
    path: '/controls',
    title: 'Controls',
    menu: 'Controls',
    commands: () => [{ args: ['controls', 'list'], links: toControl }],
  },
  {
    path: '/controls/:id',
    title: 'Control',
    beside: {
      path: '/period/:id',
      words: 'What its rules expected in the last 90 days, and what was performed',
    },
    commands: (id) => [{ args: ['controls', 'show', id] }],
  },
  {
    path: '/forecast',
    title: 'Forecast',
    menu: 'Forecast',
    commands: () => [{ args: ['controls', 'forecast', '--days', '90'], links: toControl }],
  },
  {
    path: '/drift',
    title: 'Drift',
    menu: 'Drift',
    commands: () => [{ args: ['report', 'drift', '--days', '90'] }],
  },
  {
    path: '/applicability',
    title: 'Statement of Applicability',
    menu: 'Applicability',
    commands: () => [{ args: ['report', 'soa'], links: toControl }],
  },
  {
    path: '/period/:id',
    title: 'Control in a period',
    beside: { path: '/controls/:id', words: 'The control as it is now' },
    commands: (id) => [{ args: ['report', 'control', id, '--days', '90'] }],
  },
  {
    path: '/reviews',
    title: 'Access reviews',
    menu: 'Access reviews',
    commands: () => [
      { args: ['uar', 'list'] },
      { args: ['uar', 'findings'], links: { number: '/reviews/' }, paged: true },
      { args: ['uar', 'exception', 'list'] },
    ],
  },
  { path: '/reviews/:id', title: 'Finding', commands: (id) => [{ args: ['uar', 'show', id] }] },
  {
    path: '/expiry',
    title: 'What renews or expires',
    menu: 'Expiry',
    commands: () => [{ args: ['expiry', 'list', '--days', '90'], links: toItem }],
  },
  {
    path: '/calendar',
    title: 'Calendar of what renews or expires',
    menu: 'Calendar',
    byMonth: true,
    commands: (_, month) => [
      { args: ['report', 'expiry', '--from', firstDay(month), '--to', lastDay(month)], links: toItem },
    ],
  },
  {
    path: '/alerts',
    title: 'Alerts about what renews or expires',
    menu: 'Alerts',
    commands: () => [{ args: ['expiry', 'alerts', '--limit', '50'], links: toItem }],
  },
  { path: '/expiry/:id', title: 'Item', commands: (id) => [{ args: ['expiry', 'show', id] }] },
  {
    path: '/messages',
    title: 'Messages',
    menu: 'Messages',
    commands: () => [
      { args: ['messages', 'list', '--limit', '100'], links: { number: '/messages/' }, paged: true },
    ],
  },
  {
    path: '/messages/:id',
    title: 'Message',
    commands: (id) => [{ args: ['messages', 'show', id] }, { args: ['messages', 'show', id, '--rendered'] }],
  },
  {
    path: '/channels',
    title: 'Channels and events',
    menu: 'Channels',
    commands: () => [{ args: ['destinations', 'list'] }, { args: ['notifications', 'list'] }],
  },
  {
    path: '/retention',
    title: 'Retention and legal holds',
    menu: 'Retention',
    commands: () => [{ args: ['retention', 'legal-hold', 'list'] }, { args: ['report', 'retention'] }],
    // It counts what is due in every table of every policy: too much for a page.
    inTerminal: ['retention list'],
  },
  {
    path: '/decisions',
    title: 'Decisions',
    menu: 'Decisions',
    commands: () => [{ args: ['decisions', 'list', '--limit', '100'], paged: true }],
  },
];
