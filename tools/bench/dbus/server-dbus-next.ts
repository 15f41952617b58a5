/** The same server on dbus-next's low-level interface, its fastest. */
import { type Message, Message as NewMessage, sessionBus, Variant } from 'dbus-next';
import { type Samples, sampleService, servicePath } from './properties';

function properties(samples: Samples): Record<string, Variant> {
  return Object.fromEntries(
    Object.entries(samples).map(([name, [signature, value]]) => [
      name,
      new Variant(signature, signature === 'a{sv}' ? properties(value as Samples) : value),
    ]),
  );
}

function answer(call: Message): NewMessage | undefined {
  switch (call.member) {
    case 'Echo':
      return NewMessage.newMethodReturn(call, 's', call.body);
    case 'GetProperties':
      return NewMessage.newMethodReturn(call, 'a{sv}', [properties(sampleService(1))]);
    case 'GetServices':
      return NewMessage.newMethodReturn(call, 'a(oa{sv})', [
        Array.from({ length: 50 }, (_, i) => [servicePath(i), properties(sampleService(i))]),
      ]);
  }
  return undefined;
}

async function main(): Promise<void> {
  const [address = '', name = ''] = process.argv.slice(2);
  const bus = sessionBus({ busAddress: address } as never);
  bus.addMethodHandler((call: Message) => {
    const reply = answer(call);
    if (reply) bus.send(reply);
    return reply !== undefined;
  });
  await bus.requestName(name, 0);
  console.log('ready');
}

main();
