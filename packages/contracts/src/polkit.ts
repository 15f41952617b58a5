/** What is used of polkit: one question, whether the sender of a call may do something. */
import { defineInterface } from '@connman/dbus';

export const polkitBusName = 'org.freedesktop.PolicyKit1';
export const polkitPath = '/org/freedesktop/PolicyKit1/Authority';

export const polkitAuthorityInterface = defineInterface({
  name: 'org.freedesktop.PolicyKit1.Authority',
  methods: {
    CheckAuthorization: {
      in: '(sa{sv}) subject, s action_id, a{ss} details, u flags, s cancellation_id',
      out: '(bba{ss}) result',
    },
  },
  signals: {},
});

/** CheckAuthorization may ask the user for a password. */
export const polkitAllowInteraction = 1;

/** The actions of tools/packaging/net.connman.policy. */
export type PolkitAction =
  /** Connect, configure, switch on and off: whatever changes the machine's network. */
  | 'net.connman.modify'
  /** The same of VPN connections. */
  | 'net.connman.vpn.modify';
