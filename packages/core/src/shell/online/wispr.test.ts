import { readWispr } from './wispr';

const redirect = `<html><head><title>Welcome</title></head><body>
<!--
<?xml version="1.0" encoding="UTF-8"?>
<WISPAccessGatewayParam xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://portal.test/wispr.xsd">
<Redirect>
<AccessProcedure>1.0</AccessProcedure>
<AccessLocation>12</AccessLocation>
<LoginURL>https://portal.test/login?a=1&amp;b=2</LoginURL>
<MessageType>100</MessageType>
<ResponseCode>0</ResponseCode>
</Redirect>
</WISPAccessGatewayParam>
-->
</body></html>`;
const nothing = { loginUrl: '', nextUrl: '', resultsUrl: '', replyMessage: '' };

test('the message is found in a comment of a page', () => {
  const loginUrl = 'https://portal.test/login?a=1&b=2';
  expect(readWispr(redirect)).toEqual({ ...nothing, messageType: 100, responseCode: 0, loginUrl });
});

test.each([
  [
    'with a namespace and CDATA',
    '<WISPAccessGatewayParam><w:Redirect><w:MessageType> 100 </w:MessageType><w:ResponseCode>0</w:ResponseCode>' +
      '<w:LoginURL><![CDATA[https://a/?x=1&y=2]]></w:LoginURL></w:Redirect></WISPAccessGatewayParam>',
    { messageType: 100, responseCode: 0, loginUrl: 'https://a/?x=1&y=2' },
  ],
  [
    'that does not end',
    '<WISPAccessGatewayParam><Proxy><MessageType>110</MessageType><ResponseCode>0</ResponseCode><NextURL>http://b/</NextURL>',
    { messageType: 110, responseCode: 0, nextUrl: 'http://b/' },
  ],
  [
    'in capitals, of more lines',
    '<WISPACCESSGATEWAYPARAM><MESSAGETYPE>120</MESSAGETYPE><RESPONSECODE>100</RESPONSECODE>' +
      '<REPLYMESSAGE>wrong\nname &#38; password</REPLYMESSAGE></WISPACCESSGATEWAYPARAM>',
    { messageType: 120, responseCode: 100, replyMessage: 'wrong\nname & password'.replace('\n', ' ') },
  ],
])('a message %s counts', (_, page, expected) => {
  expect(readWispr(page)).toEqual({ ...nothing, ...expected });
});

test.each([
  ['', 'an empty page'],
  ['<html>log in</html>', 'a page without one'],
  ['<WISPAccessGatewayParam><ResponseCode>0</ResponseCode></WISPAccessGatewayParam>', 'one without a type'],
  ['<WISPAccessGatewayParam><MessageType>x</MessageType><ResponseCode>0</ResponseCode>', 'one whose type is no number'],
])('%j is no message: %s', (page) => {
  expect(readWispr(page)).toBeUndefined();
});

test('a page cut short or with a byte changed anywhere is read or is not, without a fault', () => {
  let read = 0;
  for (let at = 0; at < redirect.length; at++) {
    readWispr(redirect.slice(0, at));
    for (const other of ['<', '&', '\0', '>']) {
      if (readWispr(redirect.slice(0, at) + other + redirect.slice(at + 1))) read++;
    }
  }
  expect(read).toBeGreaterThan(redirect.length);
});
