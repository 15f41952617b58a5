/** openconnect's command line. No secret is ever in it. */

type Settings = ReadonlyMap<string, string>;

/** Of both halves. */
export function commonArguments(settings: Settings): readonly string[] {
  const args: string[] = [];
  const put = (key: string, flag: string) => {
    const value = settings.get(key);
    if (value) args.push(flag, value);
  };
  const bare = (key: string, flag: string) => {
    if (settings.get(key) === 'true') args.push(flag);
  };
  put('OpenConnect.Protocol', '--protocol');
  put('OpenConnect.CACert', '--cafile');
  put('VPN.MTU', '--base-mtu');
  bare('OpenConnect.DisableIPv6', '--disable-ipv6');
  bare('OpenConnect.NoHTTPKeepalive', '--no-http-keepalive');
  bare('OpenConnect.NoDTLS', '--no-dtls');
  // A server may ask for the certificate whenever it is connected to.
  switch (settings.get('OpenConnect.AuthType')) {
    case 'publickey':
      put('OpenConnect.ClientCert', '--certificate');
      put('OpenConnect.UserPrivateKey', '--sslkey');
      break;
    case 'pkcs':
      put('OpenConnect.PKCSClientCert', '--certificate');
      break;
  }
  return args;
}

/** Of the first half. */
export function loginArguments(settings: Settings): readonly string[] {
  const args = [...commonArguments(settings)];
  const put = (key: string, flag: string) => {
    const value = settings.get(key);
    if (value) args.push(flag, value);
  };
  put('OpenConnect.ServerCert', '--servercert');
  put('OpenConnect.Usergroup', '--usergroup');
  put('OpenConnect.Group', '--authgroup');
  return args;
}
