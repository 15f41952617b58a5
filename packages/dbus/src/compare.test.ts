import { compareInterfaces, parseIntrospection } from './compare';
import { compileInterface, defineInterface } from './interface';
import { introspectionXml } from './introspect';

const lamp = defineInterface({
  name: 'org.example.Lamp',
  methods: {
    Off: { in: '', out: '', noReply: true },
    Dim: { in: 'u percent, a{sv} options', out: 's state', deprecated: true },
    Old: { in: 's', out: '' },
  },
  signals: { Dimmed: 'u percent, as names', Gone: '' },
});

test('what is introspected is what the table says', () => {
  const xml = introspectionXml([compileInterface(lamp)], ['kitchen', 'hall']);
  expect(parseIntrospection(xml)).toEqual({ interfaces: [lamp], children: ['kitchen', 'hall'] });
});

test('other programs’ introspection data is read too', () => {
  const xml = `<node name="/"><interface name="a.b"><method name="M"><arg type="s" name="x" direction="in"/>
    <arg name="y" type="u" direction="out"/>
    <annotation name="org.freedesktop.DBus.Deprecated" value="true"/></method><method name="N"></method>
    <property name="P" type="s" access="read"/><signal name="S"><arg name="z" type="ao"/></signal></interface></node>`;
  expect(parseIntrospection(xml).interfaces).toEqual([
    {
      name: 'a.b',
      methods: { M: { in: 's x', out: 'u y', deprecated: true }, N: { in: '', out: '' } },
      signals: { S: 'ao z' },
    },
  ]);
});

test('the difference of two sets of tables is named member by member', () => {
  const other = {
    name: 'org.example.Lamp',
    methods: { Dim: { in: 'u percent', out: 's state' }, On: { in: '', out: '' }, Old: lamp.methods.Old },
    signals: { Gone: '' },
  };
  expect(compareInterfaces([lamp], [other])).toEqual({
    missing: ['org.example.Lamp.Off', 'org.example.Lamp.Dimmed'],
    different: [
      'org.example.Lamp.Dim: in is "u percent", not "u percent, a{sv} options"',
      'org.example.Lamp.Dim: deprecated is "false", not "true"',
    ],
    extra: ['org.example.Lamp.On'],
  });
  expect(compareInterfaces([lamp], [lamp])).toEqual({ missing: [], different: [], extra: [] });
});
