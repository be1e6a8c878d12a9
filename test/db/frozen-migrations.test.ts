import { expect, it } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import { stepHash } from '../../src/db/step-hash.ts';

/** Of the steps that databases have: none of them is ever edited. A step that is added gets its line here. */
const frozen: Readonly<Record<string, string>> = {
  '0001-bookkeeping': '0fc04f6e4e66b07308da10935d79a8bfbeea4a0492f3df42a78aa67383c1fa9c',
  '0002-opsdeck-tables': '6fc4813a84ebbea030c923e9c784a9ef48e8283814e3e589c598914716610aca',
  '0003-compliance-drift': '8c78a5b50243369a93292dd2cfaedfbc73ae98f213f9ce083f7d4a5553b2f04a',
  '0004-messages': 'b4b733e808c49b84ac3a21317267a684c0da15fca8bf12d35017412db8e431f3',
  '0005-try-jsonb': 'cd67c6295d6c9243316cdf832396174df0b877b3793db8500a877c7a6134f2b2',
  '0006-runners': 'cd29d48aecbef22950e922c3e52e4146b747d3e28b7edbef81ea9f8e5d8d7ac4',
  '0007-run-tally': '7ac63e2f20c604c235051caf5fe12090ab7929cd754a557abd415f02372d9aec',
  '0008-outbox': '899087e159157f4edb9047186aefe3105f38361f65b6d341c03992795ef01790',
  '0009-expiring-items': '399ff9ead319c9ae4c96c8b4c69abc85d19aac3146ed02e52985d8120be1c92d',
  '0010-alert-ledger': '867e997bf04c0c60aff4d6717dbf055fa28ef01df2a0425ae8e00b96ac65da1b',
  '0011-access-reviews': 'cef1038f4b5f5cf73c46bef0d729be3e9eb982c1268e5e0389601564a5c20f9c',
  '0012-exchange-rates': 'aece3ba458ccc4961031eb9ad7bd873649777c8ec69cf0990a60c29d72bf02ed',
  '0012-published-rates': '8059852736cc856fbf1c9269740d6a0591ab4f343097a86aba202256ccea6887',
  '0013-data-retention': '88983c55ebf646780a2e94fcbcbb527a54aadb1e1e159e4145c1cc887b763a84',
  '0014-frozen-steps': '0eb9c10db3e8d0a48c650a6b091ce017f7af6b78f1ef10ba63644779c9149916',
  '0015-database-identity': '35f0ec463965fa057705919b0f1bb12d7611a3d75741bb894a7c74552c18c20c',
  '0016-run-control': 'd14a2f43e9be5cc7f74ea3567cc15998effcbf8b9fd22c72234c5f06001e46cf',
  '0017-runner-channels': '48b3198bbcf2274a77fe9e2c88ce7844495e41e1ab0b4773079cae3907a04668',
  '0018-channel-state': '0794f2826e5d99110303d4243126fda592b6edbcb2bfca409b48d8c063272f5a',
  '0019-teams-channel': 'e078c34ccf554778b683296f781efd5767f47599c415c2a11fc6d3f807a07d09',
  '0020-drift-classes': 'f40d1acd12c46d1cc8c5370bb0adba36cc43711eec00108467999eebf8d64eae',
  '0021-review-incidents': '99a95e76cfe13cc7f17d29051aef9a185370ee5b4d1e03e9da2af9e1d6620814',
  '0022-run-totals': '92a069c8457d993360aff0d9c06ad69558b4e1fbf9670b5aab51b08d64382c3f',
  '0023-certificate-ends': '690aafb45772bb2fb31e482ac585ea5f665868edc71ac84a3a1a846beacdec0a',
  '0024-entered-by': 'b4b0aa83c7ad0ea640bb601a92d3ba067f6e0adee2ec198cd363e5c303bf3f96',
  '0025-unknown-currencies': 'b01baea8ea82fc5b5bcfc58e8bf5acc9f2f65ef108656a76d3d55105836dbd8b',
  '0027-compliance-breaches': 'c2dadcc60a652a8aabd1f7a3c08ffa3677145a716431db9b6bea461021cec4cf',
  '0029-announced-messages': '8e62c8dd1c7214a5f698f4435da26d7eb786d262675b79eccabaa7b1fc2350f7',
  '0030-next-step': '5effe09d4380d22f7faf3f1895ceef1a1916b1dedf76ca0966afdd26f235fa80',
  '0032-control-decisions': 'e684f3de2a299f4d2ab02a18ba32ac19c6e14e1dbc6c231d8e308de0ea382cfe',
  '0034-catalog-controls': 'da1060758b7dd7246b41a50539c42671b513c86fe20ac88f8d3e70bd385085c9',
  '0035-record': '357f44edd3cea1fd40e06d6e8f2b33a06651bfaa2c5957f4af84c203333b453f',
  '0036-deadlines': '7de503dd4a9012b9042f33757aa0423d7112e2aa27a697d782402ee396a9a5c4',
  '0037-kept-runs': 'b400ae439da514ce953e6a5dc546305625d9a0665c965b7bb6e019140c55753a',
  '0040-announced-waits': 'aea4bb18b69ac7272a5c51af0b61cf08e727c6532ab047ff302a17e10e22532b',
  '0046-standing-rows': 'c12faa6c91271579878fdfcf2ac7a5f9668b5f6a58d0d10f2f35ef730be728d6',
  '0048-populations': '7ef8df4e5cd5adc89d4f0d1c2c4ec26c11833af5b42f953cb6a541942edd5bcf',
  '0050-endpoints': 'b94f452e593a0bc3357d6471cd2ff65c400d98c148dfdc289188e77620cb076e',
  '0051-ledger-keys': '50e4bbda8d92e2afad65d3c596bdc7fb0f2cb9a1ec970799a716e4186ba20d74',
  '0052-entered-facts': 'ce49fccfe1e2c5baca3b0d475bd7f284338af94ad5935586274c6f99830f8f92',
  '0055-approved-exceptions': '1f3153a8f3e3928b89c51e413f8593fb4cfab82d048aa790852e76b41f98642d',
  '0060-run-log': 'f2a4330df2f9ce9ae89040bce76c09b9c211cf094253ec3cf170fe90cb328ba7',
  '0062-record-timestamp': 'cda0345bd04ebcbbbeda32fae1dc95599155b60d4347426fd0fc8c49ecb0e188',
  '0063-action-log-order': '2c6575ebde09ea16543897b93348effec10b87293b044483f1a08a1f84b892cb',
  '0067-catalog-imports': '059c9b5c4e140cfddf7327487b27a1dba259c247bd897fd2eb7ab55049ffe7a8',
  '0068-renewed-items': 'ca7ff8e9318b65c52d06b0abd8a6fb709bc54e4767fece3db88bc0d5ba0c8975',
  '0071-finding-deadlines': '2d91df911d78bf03d14247aa8f8104644e94e65a8a943e9cfb073d3b19054740',
  '0077-monthly-lists': '01b95b734884c36a600773a1f650129a374e76807a4b93ac95313020b6a23ba2',
  '0078-queried-deadlines': '7823a52930f0e3d2890ea959184a6937f1e563d3b7acf4842898b8f926f317cf',
};

it('no step is edited once databases have it, and each has its line', () => {
  expect(Object.fromEntries(migrations.map((step) => [step.name, stepHash(step)]))).toEqual(frozen);
});

it('no two steps have the same number, but for the pair that has had it from the start', () => {
  const numbers = migrations.map(({ name }) => name.slice(0, 4));
  const doubled = numbers.filter((number, at) => numbers.indexOf(number) !== at);
  expect(doubled).toEqual(['0012']);
  expect(migrations.map(({ name }) => name).toSorted()).toEqual(migrations.map(({ name }) => name));
});

it.each([
  ['a statement', { statements: ['create table t (id bigint)'] }],
  ['who it is for', { standaloneOnly: true }],
  ['an order', { statements: ['create table t (id int)', 'select 1'].toReversed() }],
])('%s that was edited is another hash; a title is not', (_what, change) => {
  const step = {
    name: '0001-a',
    title: 'a',
    standaloneOnly: false,
    statements: ['create table t (id int)', 'select 1'],
  };
  expect(stepHash({ ...step, ...change })).not.toBe(stepHash(step));
  expect(stepHash({ ...step, title: 'b' })).toBe(stepHash(step));
});
