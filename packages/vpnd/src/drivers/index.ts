/** The drivers, by type. To leave one out, take its line and its folder away. */
import type { VpnDriver } from '../driver';
import { l2tpDriver } from './l2tp/driver';
import { openConnectDriver } from './openconnect/driver';
import { openVpnDriver } from './openvpn/driver';
import { pptpDriver } from './pptp/driver';
import type { DriverTools } from './shared/tools';
import { vpncDriver } from './vpnc/driver';
import { wireguardDriver } from './wireguard/driver';

export function vpnDrivers(tools: DriverTools): ReadonlyMap<string, VpnDriver> {
  const drivers = [
    openVpnDriver(tools),
    wireguardDriver(tools),
    openConnectDriver(tools),
    vpncDriver(tools),
    l2tpDriver(tools),
    pptpDriver(tools),
  ];
  return new Map(drivers.map((driver) => [driver.type, driver]));
}
