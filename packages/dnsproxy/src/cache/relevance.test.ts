import { recordedMessages } from '../../test/corpus';
import { decodeMessage } from '../message/message';
import { ofAnyMessage, ofPlainMessage } from './relevance';

/** What the quick look says of it, and whether the long one says something else. */
function judge(bytes: Uint8Array): 'plain' | 'not plain' | 'another judgement' {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok || !decoded.value.question) return 'not plain';
  const { value } = decoded;
  const plain = ofPlainMessage(value, decoded.value.question);
  if (!plain) return 'not plain';
  const any = ofAnyMessage(value, decoded.value.question);
  return JSON.stringify(any) === JSON.stringify(plain) ? 'plain' : 'another judgement';
}

test('of what is seen to be plain a look at every name says the same, whatever byte is changed', () => {
  const answers = recordedMessages().filter(({ name, bytes }) => !name.startsWith('query-') && bytes.length < 700);
  expect(answers.filter(({ bytes }) => judge(bytes) === 'plain').length).toBeGreaterThan(20);
  const different: string[] = [];
  for (const { name, bytes } of answers) {
    for (let at = 2; at < bytes.length; at++) {
      const octet = bytes[at] as number;
      for (const value of [0, 0xc0, octet ^ 1]) {
        bytes[at] = value;
        if (judge(bytes) === 'another judgement') different.push(`${name}: ${at} = ${value}`);
      }
      bytes[at] = octet;
    }
  }
  expect(different).toEqual([]);
});
