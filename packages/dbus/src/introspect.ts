/** Introspection data: interface tables to the XML of the D-Bus specification ("Introspection Data Format"). */
import { type Arguments, type CompiledInterface, parseArguments } from './interface';

const head =
  '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"\n' +
  '"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">\n';

/** Interfaces in the given order, then child nodes by their one path element. */
export function introspectionXml(interfaces: Iterable<CompiledInterface>, children: Iterable<string>): string {
  let xml = `${head}<node>\n`;
  for (const one of interfaces) xml += interfaceXml(one);
  for (const child of children) xml += `  <node name="${child}"/>\n`;
  return `${xml}</node>\n`;
}

function interfaceXml(one: CompiledInterface): string {
  let xml = `  <interface name="${one.name}">\n`;
  for (const method of one.methods.values()) {
    const content =
      argumentsXml(method.in, 'in') +
      argumentsXml(method.out, 'out') +
      (method.deprecated ? annotationXml('org.freedesktop.DBus.Deprecated') : '') +
      (method.noReply ? annotationXml('org.freedesktop.DBus.Method.NoReply') : '');
    xml += elementXml('method', method.name, content);
  }
  for (const [name, list] of one.signals) xml += elementXml('signal', name, argumentsXml(parseArguments(list), ''));
  return `${xml}  </interface>\n`;
}

function elementXml(tag: string, name: string, content: string): string {
  return content ? `    <${tag} name="${name}">\n${content}    </${tag}>\n` : `    <${tag} name="${name}"/>\n`;
}

function argumentsXml(list: Arguments, direction: string): string {
  let xml = '';
  list.types.forEach((type, index) => {
    const name = list.names[index] ? ` name="${list.names[index]}"` : '';
    xml += `      <arg${name} type="${type.signature}"${direction && ` direction="${direction}"`}/>\n`;
  });
  return xml;
}

function annotationXml(name: string): string {
  return `      <annotation name="${name}" value="true"/>\n`;
}
