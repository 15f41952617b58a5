// How an access point of the laboratory protects its network: lines of hostapd.conf.

const RSN = ['wpa=2', 'rsn_pairwise=CCMP'];

export const wpa2 = (passphrase: string) => [...RSN, 'wpa_key_mgmt=WPA-PSK', `wpa_passphrase=${passphrase}`];

export const wpa1 = (passphrase: string) => [
  'wpa=1',
  'wpa_pairwise=TKIP',
  'wpa_key_mgmt=WPA-PSK',
  `wpa_passphrase=${passphrase}`,
];

/** WPA3 alone, with management frame protection and hash-to-element beside hunting-and-pecking. */
export const wpa3 = (passphrase: string) => [
  ...RSN,
  'wpa_key_mgmt=SAE',
  `sae_password=${passphrase}`,
  'sae_pwe=2',
  'ieee80211w=2',
];

/** WPA2 and WPA3 under one name. */
export const wpa2And3 = (passphrase: string) => [
  ...RSN,
  'wpa_key_mgmt=WPA-PSK SAE',
  `wpa_passphrase=${passphrase}`,
  'sae_pwe=2',
  'ieee80211w=1',
];

export const owe = [...RSN, 'wpa_key_mgmt=OWE', 'ieee80211w=2'];

/** A 104-bit key of 13 characters. */
export const wep = (key: string) => ['wep_default_key=0', `wep_key0="${key}"`, 'auth_algs=1'];

/** WPA2 with Wi-Fi Protected Setup by button or PIN. */
export const wps = (passphrase: string) => [
  ...wpa2(passphrase),
  'eap_server=1',
  'wps_state=2',
  'ap_setup_locked=0',
  'config_methods=label virtual_display virtual_push_button keypad',
  'device_name=Laboratory',
  'manufacturer=Laboratory',
  'ap_pin=12345670',
];

/** WPA2 Enterprise with hostapd's own authentication server; `folder` as enterprise.ts fills it. */
export const enterprise = (folder: string) => [
  ...RSN,
  'wpa_key_mgmt=WPA-EAP',
  'ieee8021x=1',
  'eap_server=1',
  `eap_user_file=${folder}/users`,
  `ca_cert=${folder}/ca.pem`,
  `server_cert=${folder}/server.pem`,
  `private_key=${folder}/server.key`,
];
