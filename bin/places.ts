import type { Place } from '../src/http/site/place.ts';

/*
 * The pages of a daemon for people, as the read-only commands that they show. Each belongs to a list or report of the command line, which
 * has the same words, limits and errors.
 */

const toRun = { run: '/runs/', job: '/jobs/' };
const toControl = { control: '/controls/', id: '/controls/' };

export const places: readonly Place[] = [
  {
    path: '/',
    title: 'What needs a person now',
    menu: 'Now',
    commands: () => [['status']],
  },
  {
    path: '/jobs',
    title: 'Jobs',
    menu: 'Jobs',
    commands: () => [['list']],
    links: { job: '/jobs/' },
  },
  {
    path: '/runs',
    title: 'Runs',
    menu: 'Runs',
    commands: () => [['runs', 'list', '--limit', '100']],
    links: toRun,
  },
  { path: '/runs/:id', title: 'Run', commands: (id) => [['runs', 'show', id]] },
  {
    path: '/jobs/:id',
    title: 'Job',
    commands: (id) => [['runs', 'list', id, '--limit', '50']],
    links: toRun,
  },
  {
    path: '/controls',
    title: 'Controls',
    menu: 'Controls',
    commands: () => [['controls', 'list']],
    links: toControl,
  },
  { path: '/controls/:id', title: 'Control', commands: (id) => [['controls', 'show', id]] },
  {
    path: '/forecast',
    title: 'Forecast',
    menu: 'Forecast',
    commands: () => [['controls', 'forecast', '--days', '90']],
    links: toControl,
  },
  { path: '/drift', title: 'Drift', menu: 'Drift', commands: () => [['report', 'drift', '--days', '90']] },
  {
    path: '/reviews',
    title: 'Access reviews',
    menu: 'Access reviews',
    commands: () => [
      ['uar', 'list'],
      ['uar', 'findings'],
      ['uar', 'exception', 'list'],
    ],
    links: { finding: '/reviews/' },
  },
  { path: '/reviews/:id', title: 'Finding', commands: (id) => [['uar', 'show', id]] },
  {
    path: '/expiry',
    title: 'What renews or expires',
    menu: 'Expiry',
    commands: () => [['expiry', 'list', '--days', '90']],
    links: { item: '/expiry/' },
  },
  {
    path: '/alerts',
    title: 'Alerts about what renews or expires',
    menu: 'Alerts',
    commands: () => [['expiry', 'alerts', '--limit', '50']],
    links: { item: '/expiry/' },
  },
  { path: '/expiry/:id', title: 'Item', commands: (id) => [['expiry', 'show', id]] },
  {
    path: '/messages',
    title: 'Messages',
    menu: 'Messages',
    commands: () => [['messages', 'list', '--limit', '100']],
    links: { number: '/messages/', ...toRun },
  },
  { path: '/messages/:id', title: 'Message', commands: (id) => [['messages', 'show', id]] },
  {
    path: '/channels',
    title: 'Channels and events',
    menu: 'Channels',
    commands: () => [
      ['destinations', 'list'],
      ['notifications', 'list'],
    ],
  },
  {
    path: '/retention',
    title: 'Retention and legal holds',
    menu: 'Retention',
    commands: () => [
      ['report', 'retention'],
      ['retention', 'legal-hold', 'list'],
    ],
  },
  {
    path: '/decisions',
    title: 'Decisions',
    menu: 'Decisions',
    commands: () => [['decisions', 'list', '--limit', '100']],
  },
];
