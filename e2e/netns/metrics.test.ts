// What the daemon has counted, by connmanctl and by the socket that MetricsSocket names.
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

const mainConf = '[General]\nMetricsSocket=/run/connman/metrics\n';

onlyOurs('connmanctl metrics and a GET of MetricsSocket show the connection and the name server that was asked', () =>
  inLab(ours, async (lab) => {
    await lab.online({}, { mainConf });
    await lab.resolve('www.example.org');
    const curl = ['curl', '-s', '--unix-socket', '/run/connman/metrics', 'http://connman/metrics'];
    for (const text of [await lab.connmanctl('metrics'), await lab.machine.run(curl)]) {
      expect(text).toMatch(/^connman_connects_total\{technology="ethernet"\} 1$/m);
      expect(text).toMatch(/^connman_time_to_online_seconds_count\{technology="ethernet"\} 1$/m);
      expect(text).toMatch(
        /^connman_dns_round_trip_seconds_bucket\{server="10\.77\.1\.1",interface="eth0",le="\+Inf"\} [1-9]/m,
      );
      expect(text.trimEnd()).toMatch(/# EOF$/);
    }
    await lab.stopDaemon();
    expect(await lab.machine.run('ls /run/connman')).not.toContain('metrics');
  }),
);
