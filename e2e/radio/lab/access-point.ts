// An access point: a radio driven by hostapd, bridged into its site.
import type { Child } from '../../netns/lab/child';
import type { Radio, Radios } from './radios';
import type { Site } from './site';

export interface AccessPointPlan {
  readonly ssid: string | Buffer;
  /** Lines of hostapd.conf; see security.ts. None: an open network. */
  readonly security?: readonly string[];
  /** 1 to 13 in the 2.4 GHz band, 36 and up in the 5 GHz band. */
  readonly channel?: number;
  readonly hidden?: boolean;
  /** More lines of hostapd.conf, such as further networks ("bss=..."). */
  readonly more?: readonly string[];
}

let accessPoints = 0;

export class AccessPoint {
  readonly name: string;
  readonly radio: Radio;
  readonly site: Site;
  plan: AccessPointPlan;
  readonly #radios: Radios;
  #hostapd: Child | undefined;
  #bssid = '';

  private constructor(site: Site, radios: Radios, radio: Radio, plan: AccessPointPlan) {
    this.name = `ap${++accessPoints}`;
    this.site = site;
    this.plan = plan;
    this.radio = radio;
    this.#radios = radios;
  }

  static async open(site: Site, radios: Radios, plan: AccessPointPlan): Promise<AccessPoint> {
    const accessPoint = new AccessPoint(site, radios, await radios.takeTo(site.machine), plan);
    await accessPoint.start();
    return accessPoint;
  }

  get hostapd(): Child {
    if (!this.#hostapd) throw new Error(`${this.name} was not started`);
    return this.#hostapd;
  }

  /** Its address on the air. */
  get bssid(): string {
    return this.#bssid;
  }

  async start(): Promise<void> {
    if (this.#hostapd && !this.#hostapd.exit) return;
    this.#radios.setBlocked(this.radio, false);
    const { site, name } = this;
    site.machine.write(`/run/${name}.conf`, `${this.#config().join('\n')}\n`, 0o600);
    this.#hostapd = site.machine.start(['hostapd', '-t', `/run/${name}.conf`], { log: name });
    await this.#hostapd.line(/AP-ENABLED/);
    this.#bssid = /^bssid\[0\]=(.*)$/m.exec(await this.command('status'))?.[1] ?? '';
  }

  /** Switches off in order: hostapd deauthenticates its stations. */
  async stop(): Promise<void> {
    await this.hostapd.stop();
    // Where hostapd leaves it up, the kernel goes on sending beacons.
    await this.site.machine.run(`ip link set ${this.radio.link} down`);
  }

  /** Starts again as something else: another key, another channel, another name. */
  async become(plan: Partial<AccessPointPlan>): Promise<void> {
    await this.stop();
    this.plan = { ...this.plan, ...plan };
    await this.start();
  }

  /** Loses power, or goes out of range, without a frame to its stations. */
  vanish(): void {
    this.#radios.setShielded(this.radio, true);
  }

  appear(): void {
    this.#radios.setShielded(this.radio, false);
  }

  setSignal(dbm: number): void {
    this.#radios.setSignal(this.radio, dbm);
  }

  /** One command of hostapd_cli; @returns its answer. */
  async command(...words: string[]): Promise<string> {
    const cli = ['hostapd_cli', '-p', `/run/hostapd-${this.name}`, '-i', this.radio.link];
    return this.site.machine.run([...cli, ...words]);
  }

  /** Addresses of the stations that are associated and authorized. */
  async stations(): Promise<string[]> {
    return (await this.command('list_sta')).split('\n').filter((line) => line.includes(':'));
  }

  #config(): string[] {
    const { ssid, channel = 1, hidden = false, security = [], more = [] } = this.plan;
    const bytes = typeof ssid === 'string' ? Buffer.from(ssid) : ssid;
    return [
      `interface=${this.radio.link}`,
      `bridge=${this.site.bridge}`,
      'driver=nl80211',
      `ctrl_interface=/run/hostapd-${this.name}`,
      `ssid2=${bytes.toString('hex')}`,
      `hw_mode=${channel > 14 ? 'a' : 'g'}`,
      `channel=${channel}`,
      ...(channel > 14 ? ['country_code=US'] : []),
      ...(hidden ? ['ignore_broadcast_ssid=1'] : []),
      ...security,
      ...more,
    ];
  }
}
