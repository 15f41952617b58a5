import { int16, uint32 } from '@connman/dbus';
import { bssOf } from '../../test/radio-conversation';
import { changeBss } from './facts';

test('an access point of which only the age changed is the same one, so that nothing is made of it again', () => {
  const bss = bssOf();
  expect(changeBss(bss, new Map([['Age', uint32(7)]]))).toBe(bss);
  expect(changeBss(bss, new Map([['Signal', int16(-70)]]))).toEqual({ ...bss, signalDbm: -70 });
});
